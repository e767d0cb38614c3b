/* Intervals of ECE and of Murphy's parts: golden values (tests/ref/stat_gaps.py), no width and no images, and how often
 * they hold a truth that is known, in a simulation (CXR_SIMULATIONS sets of each kind; make check-stat draws many). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "stat/gaps.h"
#include "gaps_golden.h"
#include "simulation.h"

enum { MOST = 4096 };

struct drawn {
	size_t n;
	struct sampled_item item[MOST];
	uint32_t of[MOST];
	struct clusters c;
};

static void add(struct drawn *s, uint32_t patient, double stated, bool hit)
{
	s->item[s->n] = (struct sampled_item){.bin = (uint8_t)stat_bin(stated), .hit = hit, .stated = stated};
	s->of[s->n++] = patient;
}

/* Stated probabilities between `least` and 1 - least, those of a patient .1 apart at most; what is above `from` is `off`
 * too high. Images of a patient have one truth: whether its number is below the true probability. */
struct design {
	const char *name;
	int patients, images;
	double least, from, off, truth;
};

static void draw(struct drawn *s, const struct design *d, uint64_t index)
{
	struct rng rng = rng_at(2, RNG_TEST, index, 0);

	s->n = 0;
	for (int k = 0; k < d->patients; k++) {
		double number = rng_uniform(&rng), own = rng_uniform(&rng);
		for (int i = 0; i < d->images; i++) {
			double where = d->images == 1 ? own : .9 * own + .1 * rng_uniform(&rng);
			double p = d->least + (1 - 2 * d->least) * where;
			add(s, (uint32_t)k, p, number < p - (p >= d->from ? d->off : 0));
		}
	}
	s->c = (struct clusters){s->of, (size_t)d->patients};
}

static void test_coverage(void **state)
{
	static const struct design design[] = {
		{"200 images, right", 200, 1, .01, 2, 0, 0},
		{"1000 images, right", 1000, 1, .01, 2, 0, 0},
		{"150 patients, 4 images, right", 150, 4, .01, 2, 0, 0},
		{"60 images, right", 60, 1, .01, 2, 0, 0},
		{"200 images, all .08 too high", 200, 1, .1, 0, .08, .08},
		{"1000 images, all .08 too high", 1000, 1, .1, 0, .08, .08},
		{"150 patients, 4 images, .08", 150, 4, .1, 0, .08, .08},
		{"300 images, a fifth .4 too high", 300, 1, 0, .8, .4, .08},
		{"1000 images, a fifth .4 too high", 1000, 1, 0, .8, .4, .08},
	};
	int n = simulations();
	struct drawn *s = xmalloc(sizeof *s);

	(void)state;
	for (size_t k = 0; k < sizeof design / sizeof *design; k++) {
		const struct design *d = &design[k];
		int covered = 0, gap = 0;
		double width = 0;

		for (int r = 0; r < n; r++) {
			draw(s, d, k * 1000000 + (uint64_t)r);
			struct estimate e = stat_gaps(M_ece, s->item, NULL, s->n, s->c, .95);
			covered += e.lo <= d->truth && d->truth <= e.hi;
			gap += e.lo > 0;
			width += (e.hi - e.lo) / n;
		}
		near_rate(d->name, "ECE covered", covered, n, .93, 1);
		if (d->truth == 0)
			near_rate(d->name, "a gap where there is none", gap, n, 0, .05);
		else if (d->patients >= 1000)
			near_rate(d->name, "a gap is seen", gap, n, .95, 1);
		if (n >= 1000)
			print_message("# %-34s mean width %.3f\n", d->name, width);
	}
	free(s);
}

/* None seen is not none: 300 images called .0001, all rightly. */
static void test_certain(void **state)
{
	enum { N = 300 };
	struct drawn *s = xmalloc(sizeof *s);

	(void)state;
	s->n = 0;
	for (uint32_t i = 0; i < N; i++)
		add(s, i, .0001, false);
	s->c = (struct clusters){s->of, N};
	struct estimate e = stat_gaps(M_ece, s->item, NULL, N, s->c, .95);
	assert_true(fabs(e.value - .0001) < 1e-12 && e.lo == 0 && e.hi > .008 && e.hi < .02 && e.n == N);
	e = stat_gaps(M_ece, s->item, NULL, 0, s->c, .95);
	assert_true(isnan(e.value) && isnan(e.lo) && isnan(e.hi) && e.n == 0);
	free(s);
}

/* The golden draws what is expanded here, so that its ends are those of chance, too. */
static void agrees(const char *what, struct estimate e, const double want[3])
{
	double near = .02 * want[0] + .0005;

	if (fabs(e.value - want[0]) > 2e-6 || fabs(e.lo - want[1]) > near || fabs(e.hi - want[2]) > near)
		fail_msg("%s: %g (%g to %g), wanted %g (%g to %g)", what, e.value, e.lo, e.hi, want[0], want[1], want[2]);
}

static void test_golden(void **state)
{
	struct drawn *s = xmalloc(sizeof *s);

	(void)state;
	for (int k = 0; k < GOLDEN_SETS; k++) {
		s->n = 0;
		for (int i = 0; i < golden[k].patients * golden[k].images; i++)
			add(s, (unsigned)(i / golden[k].images), golden[k].p[i], golden[k].y[i]);
		s->c = (struct clusters){s->of, (size_t)golden[k].patients};
		agrees("ece", stat_gaps(M_ece, s->item, NULL, s->n, s->c, .95), golden[k].ece);
		agrees("reliability", stat_gaps(M_reliability, s->item, NULL, s->n, s->c, .95), golden[k].reliability);
		agrees("resolution", stat_gaps(M_resolution, s->item, NULL, s->n, s->c, .95), golden[k].resolution);
	}
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden), cmocka_unit_test(test_certain), cmocka_unit_test(test_coverage)};
	return cmocka_run_group_tests_name("gaps", tests, NULL, NULL);
}
