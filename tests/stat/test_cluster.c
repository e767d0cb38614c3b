/* Intervals that count patients: golden values from the papers' formulas, and how often they hold the truth in a
 * simulation (CXR_SIMULATIONS sets of scores of each kind; make check-stat draws many). */
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
#include "stat/cluster.h"
#include "cluster_golden.h"
#include "simulation.h"

static const struct clusters golden = {golden_of, GOLDEN_PATIENTS};

/* Student's quantile is an expansion: ends agree to a thousandth. */
static void agrees(struct estimate e, const double want[3])
{
	assert_true(fabs(e.value - want[0]) < 1e-9);
	assert_true(fabs(e.lo - want[1]) < 1e-3);
	assert_true(fabs(e.hi - want[2]) < 1e-3);
}

static void test_golden(void **state)
{
	unsigned char hit[GOLDEN_N];
	signed char d[GOLDEN_N];
	struct estimate e, slope;
	double p;

	(void)state;
	agrees(stat_auc_clustered(golden_score, golden_y, GOLDEN_N, golden, .95), golden_auc);
	e = stat_auc_difference_clustered(golden_score, golden_other, golden_y, GOLDEN_N, golden, .95, &p);
	agrees(e, golden_difference);
	assert_true(fabs(p - golden_difference[3]) < 1e-9);
	for (int i = 0; i < GOLDEN_N; i++) {
		hit[i] = golden_score[i] > .5;
		d[i] = (signed char)((hit[i] == golden_y[i]) - ((golden_other[i] > .5) == golden_y[i]));
	}
	agrees(stat_share_clustered(hit, golden_y, GOLDEN_N, golden, .95), golden_recall);
	assert_true(fabs(stat_mcnemar_clustered(d, GOLDEN_N, golden) - golden_mcnemar[0]) < 1e-9);
	stat_logistic_clustered(golden_score, golden_y, GOLDEN_N, FIT_BOTH, golden, .95, &e, &slope);
	agrees(e, golden_intercept);
	agrees(slope, golden_slope);
}

static void test_t_quantile(void **state)
{
	(void)state;
	assert_true(fabs(stat_t_quantile(.975, 5) - 2.570582) < .01);
	assert_true(fabs(stat_t_quantile(.975, 10) - 2.228139) < .001);
	assert_true(fabs(stat_t_quantile(.025, 30) + 2.042272) < .0001);
	assert_true(fabs(stat_t_quantile(.975, 1e9) - 1.959964) < 1e-6);
}

/* Nothing is certain because it went well in a few images. */
static void test_no_zero_width(void **state)
{
	enum { N = 24 };
	double score[N], p;
	unsigned char y[N], all[N], none[N];
	uint32_t of[N];
	struct clusters c = {of, N / 2};

	(void)state;
	for (int i = 0; i < N; i++) {
		of[i] = (uint32_t)i / 2;
		y[i] = i >= N / 2;
		score[i] = i;
		all[i] = 1;
		none[i] = 0;
	}
	struct estimate e = stat_auc_clustered(score, y, N, c, .95);
	assert_true(e.value == 1 && e.hi == 1 && fabs(e.lo - pow(.025, 1 / 6.)) < 1e-12);
	for (int i = 0; i < N; i++)
		score[i] = -i;
	e = stat_auc_clustered(score, y, N, c, .95);
	assert_true(e.value == 0 && e.lo == 0 && fabs(e.hi - (1 - pow(.025, 1 / 6.))) < 1e-12);
	e = stat_share_clustered(all, all, N, c, .95);
	assert_true(e.value == 1 && e.hi == 1 && fabs(e.lo - stat_wilson(12, 12, .95).lo) < 1e-12);
	e = stat_share_clustered(none, all, N, c, .95);
	assert_true(e.value == 0 && e.lo == 0 && e.hi > .2);
	e = stat_share_clustered(all, none, N, c, .95);
	assert_true(isnan(e.value) && e.n == 0);
	e = stat_auc_difference_clustered(score, score, y, N, c, .95, &p);
	assert_true(e.value == 0 && p == 1);
	e = stat_auc_clustered(score, all, N, c, .95);
	assert_true(isnan(e.value));
}

/* Simulation. Patients are ill or not, and have an effect of their own that all their scores share: images of one are
 * alike. Scores of the ill are `apart` higher. */
struct design {
	const char *name;
	int patients;
	double images; /* a patient, in the mean */
	double apart, share; /* of the variance that is the patient's */
};

static double normal(struct rng *rng)
{
	double u = (rng_below(rng, 1u << 30) + .5) / (1u << 30);
	return stat_normal_quantile(u);
}

struct drawn {
	size_t n;
	double score[4096], other[4096];
	unsigned char y[4096], hit[4096], hit_other[4096], all[4096];
	uint32_t of[4096];
	struct clusters c;
};

static void draw_scores(struct drawn *s, const struct design *d, uint64_t index)
{
	struct rng rng = rng_at(1, RNG_TEST, index, 0);
	double own = sqrt(d->share), rest = sqrt(1 - d->share);

	s->n = 0;
	for (int k = 0; k < d->patients; k++) {
		double effect = normal(&rng), effect_other = normal(&rng);
		double more = d->images - 1;
		int images = 1 + (more < 1 ? (rng_below(&rng, 1000) < more * 1000) : (int)rng_below(&rng, (uint32_t)(2 * more) + 1));
		for (int i = 0; i < images && s->n < 4096; i++, s->n++) {
			s->of[s->n] = (uint32_t)k;
			s->y[s->n] = k % 2;
			s->score[s->n] = own * effect + rest * normal(&rng) + d->apart * (k % 2);
			s->other[s->n] = own * effect_other + rest * normal(&rng) + d->apart * (k % 2);
			s->hit[s->n] = (s->score[s->n] > d->apart / 2) == (k % 2);
			s->hit_other[s->n] = (s->other[s->n] > d->apart / 2) == (k % 2);
			s->all[s->n] = 1;
		}
	}
	s->c = (struct clusters){s->of, (size_t)d->patients};
}

static void test_coverage(void **state)
{
	static const struct design design[] = {
		{"150 patients, 4 images each", 150, 4, 1.5, .7},
		{"150 patients, 1.4 images each", 150, 1.4, 1.5, .7},
		{"20 patients, 3 images each", 20, 3, 1.5, .6},
		{"150 patients, 4 images, AUC .99", 150, 4, 3.29, .7},
	};
	int n = simulations();
	struct drawn *s = xmalloc(sizeof *s);

	(void)state;
	for (size_t k = 0; k < sizeof design / sizeof *design; k++) {
		const struct design *d = &design[k];
		double auc = stat_normal_cdf(d->apart / sqrt(2)), right = stat_normal_cdf(d->apart / 2), p;
		int area = 0, share = 0, slope = 0, slopes = 0, auc_test = 0, mcnemar = 0;

		for (int r = 0; r < n; r++) {
			struct estimate a, b;
			signed char pair[4096];

			draw_scores(s, d, k * 1000000 + (uint64_t)r);
			a = stat_auc_clustered(s->score, s->y, s->n, s->c, .95);
			area += a.lo <= auc && auc <= a.hi;
			a = stat_share_clustered(s->hit, s->y, s->n, s->c, .95);
			share += a.lo <= right && right <= a.hi;
			/* the log odds of two normals with one variance are linear: slope apart, intercept -apart^2 / 2 */
			stat_logistic_clustered(s->score, s->y, s->n, FIT_BOTH, s->c, .95, &a, &b);
			slopes += isfinite(b.lo);
			slope += b.lo <= d->apart && d->apart <= b.hi;
			stat_auc_difference_clustered(s->score, s->other, s->y, s->n, s->c, .95, &p);
			auc_test += p < .05;
			for (size_t i = 0; i < s->n; i++)
				pair[i] = (signed char)(s->hit[i] - s->hit_other[i]);
			mcnemar += stat_mcnemar_clustered(pair, s->n, s->c) < .05;
		}
		near_rate(d->name, "AUC covered", area, n, .93, .97);
		near_rate(d->name, "sensitivity covered", share, n, .93, .97);
		if (d->patients >= 50 && d->apart < 3)
			near_rate(d->name, "calibration slope covered", slope, slopes, .93, .97);
		near_rate(d->name, "equal AUCs told apart", auc_test, n, d->apart > 3 ? .02 : .03, .07);
		near_rate(d->name, "equal accuracies told apart", mcnemar, n, .03, .07);
	}
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden), cmocka_unit_test(test_t_quantile), cmocka_unit_test(test_no_zero_width),
		cmocka_unit_test(test_coverage),
	};
	return cmocka_run_group_tests_name("cluster", tests, NULL, NULL);
}
