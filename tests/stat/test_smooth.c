/* The smooth calibration curve and what is measured beside it, against tests/ref/stat_smooth.py. */
#include "near.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stat/metrics.h"
#include "stat/smooth.h"
#include "smooth_golden.h"

static const struct clusters patients = {smooth_of, SMOOTH_PATIENTS};

static void test_curve(void **state)
{
	struct smooth f;
	struct estimate gap[3];

	(void)state;
	assert_true(stat_smooth(&f, smooth_z, smooth_y, SMOOTH_N, patients));
	for (int i = 0; i < 3; i++) {
		struct estimate e = stat_smooth_at(&f, smooth_at[i], .95);
		assert_near(e.value, smooth_curve[i], 1e-7);
		assert_near(e.lo, smooth_lo[i], 1e-4); /* Student's quantile is an approximation */
		assert_near(e.hi, smooth_hi[i], 1e-4);
	}
	stat_smooth_gaps(&f, smooth_z, SMOOTH_N, 1, .95, gap);
	for (int i = 0; i < 3; i++) {
		assert_near(gap[i].value, smooth_gaps[i], 1e-7);
		assert_near(gap[i].lo, smooth_gaps_lo[i], .015); /* other draws */
		assert_near(gap[i].hi, smooth_gaps_hi[i], .015);
	}
}

/* One class, classes apart, one value. */
static void test_no_curve(void **state)
{
	unsigned char y[SMOOTH_N] = {0};
	double x[SMOOTH_N];
	struct smooth f;

	(void)state;
	assert_false(stat_smooth(&f, smooth_z, y, SMOOTH_N, patients));
	for (int i = 0; i < SMOOTH_N; i++)
		x[i] = smooth_y[i] ? 1 + i : -1 - i;
	assert_false(stat_smooth(&f, x, smooth_y, SMOOTH_N, patients));
	for (int i = 0; i < SMOOTH_N; i++)
		x[i] = .5;
	assert_false(stat_smooth(&f, x, smooth_y, SMOOTH_N, patients));
}

static void test_platt(void **state)
{
	double a, b, x[SMOOTH_N];

	(void)state;
	assert_true(stat_platt(smooth_z, smooth_y, SMOOTH_N, FIT_BOTH, &a, &b));
	assert_near(a, smooth_platt[0], 1e-5);
	assert_near(b, smooth_platt[1], 1e-5);
	for (int i = 0; i < SMOOTH_N; i++)
		x[i] = smooth_y[i] ? fabs(smooth_z[i]) + .1 : -fabs(smooth_z[i]) - .1;
	assert_true(stat_platt(x, smooth_y, SMOOTH_N, FIT_BOTH, &a, &b));
	assert_near(a, smooth_platt_apart[0], 1e-5);
	assert_near(b, smooth_platt_apart[1], 1e-5);
}

static struct scores make_scores(void)
{
	char *class[] = {"NORMAL", "PNEUMONIA"};
	struct scores s;
	struct err e;

	assert_int_equal(scores_start(&s, class, 2, &e), 0);
	for (int i = 0; i < SMOOTH_N; i++) {
		char id[16], who[16];
		double z = smooth_z[i], one = round(1e9 / (1 + exp(-z))) / 1e9, p[2] = {1 - one, one};
		snprintf(id, sizeof id, "%d", i);
		snprintf(who, sizeof who, "p%03d", (int)smooth_of[i]);
		struct score_row row = {.id = id, .label = class[smooth_y[i]], .patient = who, .z = &z, .p = p, .nz = 1};
		assert_int_equal(scores_add(&s, &row, &e), 0);
	}
	assert_int_equal(scores_end(&s, &e), 0);
	return s;
}

static void test_measures(void **state)
{
	struct metrics_how how = {.positive = 1, .boot = {.resamples = 0, .seed = 1, .level = .95}};
	struct scores s = make_scores();
	struct metrics m;
	struct err e;
	char *text = NULL, *row;
	size_t size;
	double want;

	(void)state;
	assert_int_equal(metrics_make(&m, &s, &how, &e), 0);
	assert_near(metrics_get(&m, "partial_auc")->value, smooth_partial[0], 1e-12);
	assert_near(metrics_get(&m, "recall_at_specificity_95")->value, smooth_partial[1], 1e-12);
	assert_near(metrics_get(&m, "aurc")->value, smooth_aurc[0], 1e-12);
	assert_near(metrics_get(&m, "ici")->value, smooth_gaps[0], 1e-6);
	FILE *f = open_memstream(&text, &size);
	metrics_curve(&m, CURVE_decision, f);
	fclose(f);
	row = strstr(text, "\t0.3\t");
	assert_non_null(row);
	assert_int_equal(sscanf(row, "\t0.3\t%lf\t%*f\t%lf\t%lf", &want, &how.prevalence, &how.boot.level), 3);
	assert_near(want, smooth_benefit[0], 1e-8);
	assert_near(how.prevalence, smooth_benefit[1], 1e-8);
	assert_near(how.boot.level, smooth_benefit[2], 1e-8);
	free(text);
	metrics_free(&m);
	scores_free(&s);
}

/* At a stated prevalence: net benefit, and predictive values where shares are middling, 1, and where no alarm is false. */
static void test_stated(void **state)
{
	static const struct estimate right[] = {{.9, .8, .95, 100}, {1, .93, 1, 50}, {.9, .8, .95, 100}};
	static const struct estimate other[] = {{.7, .6, .78, 100}, {.7, .6, .78, 100}, {1, .91, 1, 40}};
	struct metrics_how how = {.positive = 1, .prevalence = .1, .boot = {.seed = 1, .level = .95}};
	struct scores s = make_scores();
	struct metrics m;
	struct err e;
	char *text = NULL, *row;
	size_t size;
	double value, lo, hi;

	(void)state;
	assert_int_equal(metrics_make(&m, &s, &how, &e), 0);
	FILE *f = open_memstream(&text, &size);
	metrics_curve(&m, CURVE_decision, f);
	fclose(f);
	row = strstr(text, "\t0.3\t");
	assert_non_null(row);
	assert_int_equal(sscanf(row, "\t0.3\t%lf\t%*f\t%lf\t%lf", &value, &lo, &hi), 3);
	assert_near(value, smooth_benefit_stated[0], 1e-8);
	assert_near(lo, smooth_benefit_stated[1], 1e-8);
	assert_near(hi, smooth_benefit_stated[2], 1e-8);
	for (int k = 0; k < 3; k++) {
		struct estimate p = stat_predictive(right[k], other[k], .1);
		assert_near(p.value, smooth_predictive[3 * k], 1e-12);
		assert_near(p.lo, smooth_predictive[3 * k + 1], 1e-12);
		assert_near(p.hi, smooth_predictive[3 * k + 2], 1e-12);
	}
	assert_near(metrics_get(&m, "stated_precision")->value,
	            stat_predictive(*metrics_get(&m, "recall"), *metrics_get(&m, "specificity"), .1).value, 1e-15);
	struct estimate none = stat_predictive((struct estimate){0, 0, .2, 9}, (struct estimate){1, .8, 1, 9}, .1);
	assert_true(isnan(none.value)); /* nothing is called positive */
	free(text);
	metrics_free(&m);
	scores_free(&s);
}

/* Bins with half certain images: the expected error of right probabilities, by hand. */
static void test_expected(void **state)
{
	enum { N = 400 };
	double p[N];
	uint32_t of[N];

	(void)state;
	for (int i = 0; i < N; i++) {
		p[i] = .5;
		of[i] = i;
	}
	struct estimate e = stat_ece_expected(p, N, (struct clusters){of, N}, 1, .95);
	assert_near(e.value, .5 * sqrt(2 / M_PI / N), .002); /* the mean of |binomial - half| is sqrt(n / 2 pi) */
	assert_true(e.lo < e.value && e.hi > 1.8 * e.value && e.hi < 3 * e.value);
	for (int i = 0; i < N; i++)
		p[i] = i % 2;
	e = stat_ece_expected(p, N, (struct clusters){of, N}, 1, .95);
	assert_near(e.hi, 0, 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_curve),    cmocka_unit_test(test_no_curve), cmocka_unit_test(test_platt),
		cmocka_unit_test(test_measures), cmocka_unit_test(test_expected),
		cmocka_unit_test(test_stated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
