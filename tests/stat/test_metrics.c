/* Metrics against scikit-learn, statsmodels and plain definitions (tests/ref/stat_golden.py), and the bootstrap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <math.h>
#include <unistd.h>

#include "base/rng.h"
#include "stat/metrics.h"
#include "table.h"

static const char *const name[] = {
	"plain", "ties", "constant", "constant_low", "separable", "reversed", "all_positive", "all_negative",
	"all_right", "one_positive", "saturated", "two_logits", "low_threshold", "no_logits", "edges", "three", "three_ties",
};
enum { NAMES = sizeof name / sizeof *name };

/* The independent implementations take each image for itself; test_cluster.c has those that count patients. */
static const struct metrics_how quick = {.positive = 1, .by_image = true, .boot = {.resamples = 0, .threads = 1, .level = .95}};

static const char *path_of(const char *base, const char *what)
{
	static char path[256];
	snprintf(path, sizeof path, "tests/stat/golden/%s.%s.tsv", base, what);
	return path;
}

static struct scores scores_of(const char *base)
{
	struct scores s;
	struct source src;
	struct err e;

	if (source_file(&src, path_of(base, "scores"), &e) || scores_read(&s, &src, NULL, 0, &e))
		fail_msg("%s", e.text);
	source_close(&src);
	return s;
}

static struct metrics metrics_of(const struct scores *s, const struct metrics_how *how)
{
	struct metrics m;
	struct err e;

	if (metrics_make(&m, s, how, &e))
		fail_msg("%s", e.text);
	return m;
}

/* scores come with nine digits, so 1e-6 of the value is what can be asked for */
static void near(const char *what, const char *metric, double got, double want)
{
	if (isnan(got) && isnan(want))
		return;
	if (!(fabs(got - want) <= 1e-6 * fmax(1, fabs(want))) && got != want)
		fail_msg("%s: %s is %.12g, want %.12g", what, metric, got, want);
}

static void test_goldens(void **state)
{
	(void)state;
	for (int i = 0; i < NAMES; i++) {
		struct scores s = scores_of(name[i]);
		struct metrics m = metrics_of(&s, &quick);
		struct cells want = cells_file(path_of(name[i], "metrics"));
		assert_true(want.rows > 14);
		for (size_t r = 1; r < want.rows; r++) {
			const struct estimate *got = metrics_get(&m, cells_at(&want, r, "metric"));
			assert_non_null(got);
			near(name[i], cells_at(&want, r, "metric"), got->value, cells_number(&want, r, "value"));
			if (!strcmp(cells_at(&want, r, "lo"), "skip"))
				continue;
			near(name[i], "lo", got->lo, cells_number(&want, r, "lo"));
			near(name[i], "hi", got->hi, cells_number(&want, r, "hi"));
		}
		cells_free(&want);
		metrics_free(&m);
		scores_free(&s);
	}
}

static struct cells curve_of(const struct metrics *m, enum curve c)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	metrics_curve(m, c, f);
	fclose(f);
	struct cells t = cells_text(text);
	free(text);
	return t;
}

static void compare_curve(const struct metrics *m, const char *base, enum curve c, size_t *compared)
{
	if (access(path_of(base, curve_name[c]), R_OK))
		return;
	struct cells want = cells_file(path_of(base, curve_name[c])), got = curve_of(m, c);
	size_t g = 1;
	for (size_t r = 1; r < want.rows; r++, g++) {
		while (c == CURVE_calibration && g < got.rows && !strcmp(cells_at(&got, g, "n"), "0"))
			g++; /* scikit-learn leaves empty bins out */
		assert_true(g < got.rows);
		for (int k = 0; k < want.columns; k++)
			near(base, want.cell[k], cells_number(&got, g, want.cell[k]),
			     cells_number(&want, r, want.cell[k]));
	}
	while (c == CURVE_calibration && g < got.rows && !strcmp(cells_at(&got, g, "n"), "0"))
		g++;
	assert_int_equal(g, got.rows);
	cells_free(&want);
	cells_free(&got);
	++*compared;
}

static void test_curves(void **state)
{
	size_t compared = 0;

	(void)state;
	for (int i = 0; i < NAMES; i++) {
		struct scores s = scores_of(name[i]);
		struct metrics m = metrics_of(&s, &quick);
		for (int c = 0; c < CURVE_confusion; c++)
			compare_curve(&m, name[i], c, &compared);
		metrics_free(&m);
		scores_free(&s);
	}
	assert_true(compared > 35);
}

/* Taking the first class for the positive one mirrors everything. */
static void test_positive_first(void **state)
{
	static const char *const pair[][2] = {
		{"recall", "specificity"}, {"precision", "npv"}, {"auc", "auc"}, {"mcc", "mcc"}, {"kappa", "kappa"},
		{"accuracy", "accuracy"}, {"brier", "brier"}, {"log_loss", "log_loss"},
	};
	struct scores s = scores_of("ties");
	struct metrics_how how = quick;
	struct metrics last = metrics_of(&s, &quick);

	(void)state;
	how.positive = 0;
	struct metrics first = metrics_of(&s, &how);
	for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
		const char *a = pair[i][0], *b = pair[i][1];
		near("first", a, metrics_get(&first, a)->value, metrics_get(&last, b)->value);
		near("first", b, metrics_get(&first, b)->value, metrics_get(&last, a)->value);
	}
	metrics_free(&first);
	metrics_free(&last);
	scores_free(&s);
}

static void test_threshold(void **state)
{
	struct scores s = scores_of("plain");
	int64_t called = 0, right = 0;

	(void)state;
	scores_predict(&s, 1, .8, "option");
	for (size_t i = 0; i < s.n; i++) {
		called += s.p[2 * i + 1] >= .8;
		right += s.p[2 * i + 1] >= .8 && s.item[i].label == 1;
	}
	struct metrics m = metrics_of(&s, &quick);
	near("threshold", "precision", metrics_get(&m, "precision")->value, (double)right / called);
	assert_int_equal(metrics_get(&m, "precision")->n, called);
	near("threshold", "threshold", metrics_get(&m, "threshold")->value, .8);
	metrics_free(&m);
	scores_free(&s);
}

/* s with item i repeated weight[i] times. */
static struct scores repeated(const struct scores *s, const uint32_t *weight)
{
	struct scores out;
	struct err e;

	assert_int_equal(scores_start(&out, s->class, s->nclass, &e), 0);
	for (size_t i = 0; i < s->n; i++)
		for (uint32_t k = 0; k < weight[i]; k++) {
			char id[64];
			snprintf(id, sizeof id, "%zu-%u", i, k);
			assert_int_equal(scores_add(&out, &(struct score_row){
				.id = id, .label = s->class[s->item[i].label], .patient = "", .pred = s->class[s->item[i].pred],
				.z = s->z + i * s->nlogit, .p = s->p + i * s->nclass, .nz = s->nlogit}, &e), 0);
		}
	assert_int_equal(scores_end(&out, &e), 0);
	return out;
}

/* What the bootstrap rests on: weights mean the same as repeated rows. */
static void test_weights_are_repeats(void **state)
{
	(void)state;
	for (int i = 0; i < NAMES; i++) {
		struct scores s = scores_of(name[i]);
		struct rng r = rng_at(3, RNG_TEST, i, 0);
		uint32_t *weight = xcalloc(s.n, sizeof *weight);
		double a[4 * NMEASURE], b[4 * NMEASURE];
		int64_t confusion_a[9], confusion_b[9];
		struct sample weighted, plain;
		for (size_t k = 0; k < s.n; k++)
			weight[k] = rng_below(&r, 4);
		weight[0] = 1;
		struct scores copy = repeated(&s, weight);
		copy.threshold = s.threshold; /* what the pred column tells of it depends on the items */
		assert_int_equal(sample_make(&weighted, &s, 1, NULL), 0);
		assert_int_equal(sample_make(&plain, &copy, 1, NULL), 0);
		sample_measure(&weighted, weight, confusion_a, a);
		sample_measure(&plain, plain.ones, confusion_b, b);
		assert_memory_equal(confusion_a, confusion_b, s.nclass * s.nclass * sizeof *confusion_a);
		for (size_t v = 0; v < sample_values(&plain); v++)
			near(name[i], "weighted", a[v], b[v]);
		sample_free(&weighted);
		sample_free(&plain);
		scores_free(&copy);
		scores_free(&s);
		free(weight);
	}
}

static void test_same_bits_for_any_threads(void **state)
{
	struct scores s = scores_of("three");
	double lo[3][4 * NMEASURE], hi[3][4 * NMEASURE];
	static const int threads[] = {1, 2, 7};
	struct sample m;

	(void)state;
	memset(lo, 0, sizeof lo);
	memset(hi, 0, sizeof hi);
	assert_int_equal(sample_make(&m, &s, 2, NULL), 0);
	for (int i = 0; i < 3; i++)
		sample_bootstrap(&m, &s, &(struct bootstrap){333, threads[i], 5, .9}, lo[i], hi[i]);
	assert_memory_equal(lo[0], lo[1], sizeof lo[0]);
	assert_memory_equal(lo[0], lo[2], sizeof lo[0]);
	assert_memory_equal(hi[0], hi[2], sizeof hi[0]);
	for (size_t v = 0; v < sample_values(&m); v++)
		if (v < NMEASURE || v % NMEASURE == M_recall)
			assert_true(lo[0][v] < hi[0][v]);
	sample_bootstrap(&m, &s, &(struct bootstrap){333, 1, 6, .9}, lo[1], hi[1]);
	assert_memory_not_equal(lo[0], lo[1], sizeof lo[0]);
	sample_free(&m);
	scores_free(&s);
}

/* Three images of each patient, all alike: the interval must be as wide as with one image each, not narrower. */
static void test_patients_are_the_unit(void **state)
{
	struct scores s = scores_of("plain");
	uint32_t *three = xcalloc(s.n, sizeof *three);
	double lo[2][NMEASURE], hi[2][NMEASURE];
	size_t patients;
	struct bootstrap how = {400, 1, 1, .95};

	(void)state;
	for (size_t i = 0; i < s.n; i++) {
		three[i] = 3;
		free(s.item[i].patient);
		s.item[i].patient = xasprintf("%03zu", i);
	}
	struct scores copy = repeated(&s, three);
	for (size_t i = 0; i < copy.n; i++) {
		free(copy.item[i].patient);
		copy.item[i].patient = xasprintf("%03zu", i / 3);
	}
	for (int i = 0; i < 2; i++) {
		struct sample m;
		assert_int_equal(sample_make(&m, i ? &copy : &s, 1, NULL), 0);
		sample_bootstrap(&m, i ? &copy : &s, &how, lo[i], hi[i]);
		sample_free(&m);
	}
	for (int v = 0; v < NMEASURE; v++) {
		if (v == M_aurc)
			continue; /* a mean over the numbers of images kept: three times as many are others */
		near("patients", "lo", lo[1][v], lo[0][v]);
		near("patients", "hi", hi[1][v], hi[0][v]);
	}
	free(scores_patients(&copy, &patients));
	assert_int_equal(patients, s.n);
	scores_free(&copy);
	scores_free(&s);
	free(three);
}

/* Of more than two classes against a search without derivatives; of two it is the slope of the logistic regression. */
static void test_softmax_slope(void **state)
{
	static const char *const many[] = {"three", "three_ties"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct scores s = scores_of(many[i]);
		struct cells want = cells_file(path_of(many[i], "slope"));
		int *y = xcalloc(s.n, sizeof *y);
		for (size_t k = 0; k < s.n; k++)
			y[k] = s.item[k].label;
		struct estimate e = stat_softmax_slope(s.z, y, s.n, s.nclass, .95);
		near(many[i], "slope", e.value, cells_number(&want, 1, "slope"));
		assert_true(fabs(e.lo - cells_number(&want, 1, "lo")) < 1e-5);
		assert_true(fabs(e.hi - cells_number(&want, 1, "hi")) < 1e-5);
		for (size_t k = 0; k < s.n; k++)
			y[k] = 0;
		assert_true(isnan(stat_softmax_slope(s.p, y, 0, s.nclass, .95).value));
		cells_free(&want);
		scores_free(&s);
		free(y);
	}
	enum { N = 200 };
	double x[N], z[2 * N] = {0};
	unsigned char hit[N];
	int y[N];
	struct estimate intercept, slope;
	for (int i = 0; i < N; i++) {
		z[2 * i + 1] = x[i] = 3 * sin(i * 1.3);
		hit[i] = y[i] = x[i] + 2 * cos(i * 2.9) > 0;
	}
	stat_logistic(x, hit, N, FIT_SLOPE, .95, &intercept, &slope);
	struct estimate e = stat_softmax_slope(z, y, N, 2, .95);
	near("two classes", "slope", e.value, slope.value);
	near("two classes", "lo", e.lo, slope.lo);
	for (int i = 0; i < N; i++)
		y[i] = x[i] > 0;
	assert_true(isnan(stat_softmax_slope(z, y, N, 2, .95).value)); /* the larger, the better */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_softmax_slope),
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_curves),
		cmocka_unit_test(test_positive_first),
		cmocka_unit_test(test_threshold),
		cmocka_unit_test(test_weights_are_repeats),
		cmocka_unit_test(test_same_bits_for_any_threads),
		cmocka_unit_test(test_patients_are_the_unit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
