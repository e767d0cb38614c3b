/* The primitives: quantiles, intervals and their coverage, degenerate input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <math.h>

#include "base/rng.h"
#include "stat/metrics.h"
#include "table.h"

static void near(double got, double want, double within)
{
	if (!(fabs(got - want) <= within))
		fail_msg("%.17g is not within %g of %.17g", got, within, want);
}

/* Figures of scipy.stats.norm.ppf. */
static void test_normal(void **state)
{
	(void)state;
	near(stat_normal_quantile(.975), 1.959963984540054, 1e-14);
	near(stat_normal_quantile(.95), 1.6448536269514722, 1e-14);
	near(stat_normal_quantile(.5), 0, 1e-15);
	near(stat_normal_quantile(.3), -0.5244005127080409, 1e-14);
	near(stat_normal_quantile(1e-300), -37.0471, 1e-4);
	near(stat_normal_quantile(1e-9), -5.9978070150076865, 1e-12);
	assert_true(isnan(stat_normal_quantile(-.1)) && isnan(stat_normal_quantile(NAN)));
	assert_true(isinf(stat_normal_quantile(0)) && isinf(stat_normal_quantile(1)));
	for (double p = .001; p < 1; p += .001)
		near(stat_normal_cdf(stat_normal_quantile(p)), p, 1e-14);
}

static void test_quantile(void **state)
{
	const double x[] = {1, 2, 4, 8};

	(void)state;
	near(stat_quantile(x, 4, 0), 1, 0);
	near(stat_quantile(x, 4, 1), 8, 0);
	near(stat_quantile(x, 4, .5), 3, 1e-15);
	near(stat_quantile(x, 4, .9), 6.8, 1e-14);
	assert_true(isnan(stat_quantile(x, 0, .5)));
}

/* Figures of statsmodels' proportion_confint(method="wilson"). */
static void test_wilson(void **state)
{
	struct estimate e = stat_wilson(8, 10, .95);

	(void)state;
	near(e.value, .8, 0);
	near(e.lo, 0.49016247153664183, 1e-12);
	near(e.hi, 0.9433178485456247, 1e-14);
	e = stat_wilson(0, 10, .95);
	assert_true(e.lo == 0);
	near(e.hi, 0.27753279986288926, 1e-14);
	e = stat_wilson(10, 10, .9);
	assert_true(e.hi == 1);
	e = stat_wilson(0, 0, .95);
	assert_true(isnan(e.value) && isnan(e.lo) && isnan(e.hi) && e.n == 0);
	assert_true(isnan(stat_wilson(3, 2, .95).value));
}

static void test_auc_degenerate(void **state)
{
	const double x[] = {1, 2, 3, 4}, bad[] = {1, NAN, 3, 4}, wide[] = {-INFINITY, -1e308, 1e308, INFINITY};
	const unsigned char y[] = {0, 0, 1, 1}, none[] = {0, 0, 0, 0}, one[] = {0, 1, 0, 0};

	(void)state;
	near(stat_auc(x, y, 4, .95).value, 1, 0);
	near(stat_auc(wide, y, 4, .95).value, 1, 0);
	near(stat_auc(wide, y, 4, .95).lo, 1, 0);
	assert_true(isnan(stat_auc(x, none, 4, .95).value));
	assert_true(isnan(stat_auc(bad, y, 4, .95).value));
	assert_true(isnan(stat_auc(x, y, 0, .95).value));
	near(stat_auc(x, one, 4, .95).value, 1. / 3, 1e-15);
	assert_true(isnan(stat_auc(x, one, 4, .95).lo));
}

static void test_bins(void **state)
{
	(void)state;
	assert_int_equal(stat_bin(0), 0);
	assert_int_equal(stat_bin(1), STAT_BINS - 1);
	for (int b = 1; b < STAT_BINS; b++) {
		double edge = b / (double)STAT_BINS;
		assert_int_equal(stat_bin(edge), b - 1);
		assert_int_equal(stat_bin(nextafter(edge, 1)), b);
	}
}

static double balance_of(uint32_t which, double threshold, const double *p, const unsigned char *y,
                         const uint32_t *part, int n)
{
	double all[2] = {0, 0}, right[2] = {0, 0};

	for (int i = 0; i < n; i++)
		if (part[i] == which) {
			all[y[i]]++;
			right[y[i]] += (p[i] >= threshold) == y[i];
		}
	return right[0] / all[0] + right[1] / all[1] - 1;
}

/* Every p as a threshold, counted plainly. */
static double brute_choice(enum threshold_kind kind, double at, const double *p, const unsigned char *y,
                           const uint32_t *part, int n)
{
	double best = -INFINITY, chosen = NAN;

	for (int i = 0; i < n; i++) {
		double tp = 0, fp = 0, fn = 0, tn = 0, merit = -INFINITY;
		for (int j = 0; j < n; j++)
			*(p[j] >= p[i] ? y[j] ? &tp : &fp : y[j] ? &fn : &tn) += 1;
		if (kind == BY_YOUDEN)
			merit = tp / (tp + fn) + tn / (tn + fp) - 1;
		else if (kind == BY_SENSITIVITY && tp >= at * (tp + fn) - 1e-9)
			merit = p[i];
		else if (kind == BY_SPECIFICITY && tn >= at * (tn + fp) - 1e-9)
			merit = tp - 1e-6 * fp;
		else if (kind == BY_PPV && tp >= at * (tp + fp) - 1e-9)
			merit = tp - 1e-6 * fp;
		else if (kind == BY_COST)
			merit = -(at * fn + fp);
		else if (kind == BY_EQUAL)
			merit = fmin(tp / (tp + fn), tn / (tn + fp));
		else if (kind == BY_WORST)
			merit = fmin(balance_of(0, p[i], p, y, part, n), balance_of(1, p[i], p, y, part, n));
		if (merit > best + 1e-12 || (merit > best - 1e-12 && p[i] > chosen)) {
			best = merit;
			chosen = p[i];
		}
	}
	return isinf(best) ? NAN : chosen;
}

static void test_choose(void **state)
{
	static const double at[] = {0, .9, .8, .75, 3, 0, 0};
	enum { N = 60 };
	double p[N], got;
	unsigned char y[N];
	uint32_t part[N];
	struct err e;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct rng r = rng_at(5, RNG_TEST, round, 0);
		for (int i = 0; i < N; i++) {
			y[i] = rng_uniform(&r) < .4;
			p[i] = floor(12 * (rng_uniform(&r) + .5 * y[i])) / 18; /* with ties */
			part[i] = i % 3 == 0;
		}
		for (int k = BY_YOUDEN; k <= BY_WORST; k++) {
			double want = brute_choice(k, at[k], p, y, part, N);
			if (stat_choose(&(struct threshold_rule){k, at[k]}, &(struct choice){p, y, part, N}, &got, &e))
				assert_true(isnan(want));
			else if (got != want)
				fail_msg("round %d, rule %d: %g, want %g", round, k, got, want);
		}
	}
	/* 10 positives at log odds 1 .. 10, 10 negatives at -10 .. -1 : .9 of them lie above 1.9 and below -1.9 */
	for (int i = 0; i < 20; i++) {
		y[i] = i >= 10;
		p[i] = 1 / (1 + exp(-(y[i] ? i - 9 : i - 10)));
	}
	assert_int_equal(stat_choose(&(struct threshold_rule){BY_MIDDLE, .9}, &(struct choice){p, y, NULL, 20}, &got, &e), 0);
	assert_float_equal(got, .5, 1e-12);
	memset(y, 1, sizeof y);
	struct choice one_class = {p, y, NULL, N};
	assert_int_equal(stat_choose(&(struct threshold_rule){BY_YOUDEN, 0}, &one_class, &got, &e), -1);
}

/* scipy 1.10.1 */
static void test_beta(void **state)
{
	(void)state;
	assert_float_equal(stat_beta_cdf(.3, 2, 5), .579825, 1e-11);
	assert_float_equal(stat_beta_cdf(.999, 800, 2), .808468467498, 1e-11);
	assert_float_equal(stat_beta_quantile(.025, 316, 200), .570012771178, 1e-11);
}

static void test_rule_parse(void **state)
{
	static const char *const bad[] = {"", "youden=1", "sensitivity", "sensitivity=", "sensitivity=1.1", "ppv=nan",
	                                  "cost=0", "cost=-1", "recall=.9", "youdenx", "sens=.9", "specificity=0"};
	struct threshold_rule r;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(stat_rule_parse(&r, bad[i], &e), -1);
	assert_int_equal(stat_rule_parse(&r, "cost=5", &e), 0);
	assert_true(r.kind == BY_COST && r.at == 5);
	assert_int_equal(stat_rule_parse(&r, "youden", &e), 0);
	assert_int_equal(r.kind, BY_YOUDEN);
}

/* Seeded simulations: how often a 95 % interval holds the truth. Binomial noise of 4,000 rounds is .0034, so
 * what lies more than .0125 off is wrong: an interval too narrow by a tenth holds it in .92. */
enum { ROUNDS = 4000 };

static void test_wilson_coverage(void **state)
{
	static const double truth[] = {.05, .3, .5, .93};
	int held = 0, total = 0;

	(void)state;
	for (int t = 0; t < 4; t++)
		for (int i = 0; i < ROUNDS; i++, total++) {
			struct rng r = rng_at(1, RNG_TEST, t, i);
			int n = 40 + 7 * (i % 20), k = 0;
			for (int j = 0; j < n; j++)
				k += rng_uniform(&r) < truth[t];
			struct estimate e = stat_wilson(k, n, .95);
			held += e.lo <= truth[t] && truth[t] <= e.hi;
		}
	near(held / (double)total, .9525, .0125);
}

/* Normal scores d apart: the true area is cdf(d / sqrt 2). */
static void test_delong_coverage(void **state)
{
	enum { N = 90 };
	double score[N], truth = stat_normal_cdf(1 / M_SQRT2);
	unsigned char positive[N];
	int held = 0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct rng r = rng_at(2, RNG_TEST, i, 0);
		for (int j = 0; j < N; j++) {
			positive[j] = j % 3 != 0;
			score[j] = rng_normal(&r) + positive[j];
		}
		struct estimate e = stat_auc(score, positive, N, .95);
		held += e.lo <= truth && truth <= e.hi;
	}
	near(held / (double)ROUNDS, .95, .0125);
}

/* Calls that are right 4 times of 5 in either class, half positive: F1, balanced accuracy .8, kappa and MCC .6. Two
 * images of a patient share the outcome, so intervals that took images as independent would hold it in 83 %. */
static struct scores simulate(int round, int patients)
{
	static char *const class[] = {"NORMAL", "PNEUMONIA"};
	struct rng r = rng_at(4, RNG_TEST, round, 0);
	struct scores s;
	struct err e;
	char id[32], patient[32];

	assert_int_equal(scores_start(&s, class, 2, &e), 0);
	for (int i = 0; i < 2 * patients; i++) {
		static int label, call;
		if (i % 2 == 0) {
			label = rng_uniform(&r) < .5;
			call = rng_uniform(&r) < .8 ? label : !label;
		}
		double p = call ? .8 : .2, both[2] = {1 - p, p};
		snprintf(id, sizeof id, "%d", i);
		snprintf(patient, sizeof patient, "%d", i / 2);
		struct score_row row = {.id = id, .label = class[label], .patient = patient, .status = "ok", .p = both};
		assert_int_equal(scores_add(&s, &row, &e), 0);
	}
	assert_int_equal(scores_end(&s, &e), 0);
	return s;
}

static void test_bootstrap_coverage(void **state)
{
	static const struct {
		enum measure what;
		double truth;
	} known[] = {{M_f1, .8}, {M_balanced_accuracy, .8}, {M_mcc, .6}, {M_kappa, .6}, {M_brier, .16}};
	enum { KNOWN = sizeof known / sizeof *known, TRIES = 600 };
	int held[KNOWN] = {0};

	(void)state;
	for (int t = 0; t < TRIES; t++) {
		struct scores s = simulate(t, 120);
		struct sample m;
		double lo[NMEASURE], hi[NMEASURE];
		assert_int_equal(sample_make(&m, &s, 1, NULL), 0);
		sample_bootstrap(&m, &s, &(struct bootstrap){400, 1, t, .95}, lo, hi);
		for (int k = 0; k < KNOWN; k++) {
			enum measure v = known[k].what;
			held[k] += lo[v] <= known[k].truth + 1e-12 && known[k].truth - 1e-12 <= hi[v];
		}
		sample_free(&m);
		scores_free(&s);
	}
	for (int k = 0; k < KNOWN; k++)
		near(held[k] / (double)TRIES, .945, .03);
}

/* Figures of numpy's covariances of the structural components, and of statsmodels' mcnemar and GLM. */
static void test_pairs(void **state)
{
	enum { N = 40 };
	double a[N], b[N], p;
	unsigned char y[N];
	struct estimate intercept, slope;

	(void)state;
	for (int i = 0; i < N; i++) {
		y[i] = i * 7 % 5 < 2;
		a[i] = sin(i * 1.7) + .8 * y[i];
		b[i] = round(3 * cos(i * 2.3) + 2 * y[i]) / 3; /* with ties */
	}
	struct estimate d = stat_auc_difference(a, b, y, N, .95, &p);
	near(d.value, -0.01953125, 1e-14);
	near(d.lo, -0.22030257665167188, 1e-12);
	near(d.hi, 0.18124007665167188, 1e-12);
	near(p, 0.84878618218614021, 1e-12);
	d = stat_auc_difference(a, a, y, N, .95, &p);
	assert_true(d.value == 0 && d.lo == 0 && d.hi == 0 && p == 1);
	memset(y, 0, 39);
	assert_true(isnan(stat_auc_difference(a, b, y, N, .95, &p).value) && isnan(p));
	near(stat_mcnemar(3, 11), 0.057373046875, 1e-12);
	near(stat_mcnemar(260, 200), 0.0058839224731039984, 1e-12);
	near(stat_mcnemar(0, 0), 1, 0);
	near(stat_mcnemar(5, 5), 1, 0);
	for (int i = 0; i < N; i++)
		y[i] = i * 7 % 5 < 2;
	stat_logistic(a, y, N, FIT_SLOPE, .95, &intercept, &slope);
	near(slope.value, 0.995668344898021, 1e-10);
	near(slope.lo, 0.14750052, 1e-7);
	near(slope.hi, 1.84383617, 1e-7);
}

/* Figures of scikit-learn's Ridge(alpha=1). */
static void test_ridge(void **state)
{
	static const double want[] = {0.290258340446544, 0.0929155974530147, -0.0698311732693184, 0.350304362673637};
	enum { N = 40 };
	double x[N * 3], w[4];
	unsigned char y[N], use[N];

	(void)state;
	for (int i = 0; i < N; i++) {
		y[i] = i * 7 % 5 < 2;
		use[i] = i % 4 != 0;
		x[3 * i] = sin(i * 1.7) + .8 * y[i];
		x[3 * i + 1] = cos(i * 2.3);
		x[3 * i + 2] = i / 40.;
	}
	assert_true(stat_ridge(x, y, use, N, 3, 1, w));
	for (int k = 0; k < 4; k++)
		near(w[k], want[k], 1e-10);
	memset(use, 0, sizeof use);
	assert_false(stat_ridge(x, y, use, N, 3, 1, w));
}

static void test_logistic_degenerate(void **state)
{
	const double x[] = {-2, -1, 1, 2}, same[] = {1, 1, 1, 1}, wild[] = {-700, 700, -700, 36};
	const unsigned char y[] = {0, 0, 1, 1}, mixed[] = {0, 1, 0, 1}, none[4] = {0};
	struct estimate a, b;

	(void)state;
	for (int fit = FIT_BOTH; fit <= FIT_SLOPE; fit++) {
		stat_logistic(x, none, 4, fit, .95, &a, &b);
		assert_true(isnan(a.value) && isnan(b.value));
		stat_logistic(x, NULL, 0, fit, .95, &a, &b);
		assert_true(isnan(a.value) && isnan(b.value));
	}
	stat_logistic(x, y, 4, FIT_BOTH, .95, &a, &b);
	assert_true(isnan(b.value)); /* separated */
	stat_logistic(x, y, 4, FIT_SLOPE, .95, &a, &b);
	assert_true(isnan(b.value));
	stat_logistic(same, mixed, 4, FIT_BOTH, .95, &a, &b);
	assert_true(isnan(b.value)); /* no spread */
	stat_logistic(wild, mixed, 4, FIT_INTERCEPT, .95, &a, &b);
	assert_true(isnan(a.value) || isfinite(a.lo));
}

/* Wald's interval of the slope of probabilities that are right holds 1. */
static void test_slope_coverage(void **state)
{
	enum { N = 200, TRIES = 2000 };
	double x[N];
	unsigned char y[N];
	int held[2] = {0, 0};

	(void)state;
	for (int i = 0; i < TRIES; i++) {
		struct rng r = rng_at(6, RNG_TEST, i, 0);
		struct estimate intercept, slope, unused;
		for (int j = 0; j < N; j++) {
			x[j] = 1.5 * rng_normal(&r);
			y[j] = rng_uniform(&r) < 1 / (1 + exp(-x[j]));
		}
		stat_logistic(x, y, N, FIT_INTERCEPT, .95, &intercept, &unused);
		stat_logistic(x, y, N, FIT_BOTH, .95, &unused, &slope);
		held[0] += intercept.lo <= 0 && 0 <= intercept.hi;
		held[1] += slope.lo <= 1 && 1 <= slope.hi;
	}
	near(held[0] / (double)TRIES, .95, .015);
	near(held[1] / (double)TRIES, .95, .015);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normal),
		cmocka_unit_test(test_quantile),
		cmocka_unit_test(test_wilson),
		cmocka_unit_test(test_auc_degenerate),
		cmocka_unit_test(test_bins),
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_rule_parse), cmocka_unit_test(test_beta),
		cmocka_unit_test(test_wilson_coverage),
		cmocka_unit_test(test_delong_coverage),
		cmocka_unit_test(test_bootstrap_coverage),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_ridge),
		cmocka_unit_test(test_logistic_degenerate),
		cmocka_unit_test(test_slope_coverage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
