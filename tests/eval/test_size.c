/* How many images an evaluation needs, against the papers' formulas (tests/ref/stat_smooth.py). */
#include "made.h"
#include "stat/smooth_golden.h"
#include "near.h"
#include "stat/table.h"

/* The data of the golden, each image for itself where alone. */
static struct scores golden_scores(bool alone)
{
	struct made *item = xcalloc(SMOOTH_N, sizeof *item);

	for (int i = 0; i < SMOOTH_N; i++)
		item[i] = (struct made){xasprintf("%d", i), alone ? NULL : xasprintf("p%03d", (int)smooth_of[i]), NULL,
		                        smooth_y[i], smooth_z[i]};
	struct scores s = made_scores(item, SMOOTH_N);
	for (int i = 0; i < SMOOTH_N; i++) {
		free((char *)item[i].id);
		free((char *)item[i].patient);
	}
	free(item);
	return s;
}

static struct cells sizes(const struct scores *s)
{
	static const struct eval_widths widths = {.1, .2, .4};
	struct metrics_how how = {.positive = 1, .prevalence = .1, .boot = {.seed = 1, .level = .95}};
	struct metrics m;
	struct written w;
	struct err e;

	assert_int_equal(metrics_make(&m, s, &how, &e), 0);
	int rc = eval_size(&m, &widths, written_start(&w), &e);
	char *text = written_end(&w);

	assert_int_equal(rc, 0);
	struct cells c = cells_text(text);
	free(text);
	metrics_free(&m);
	return c;
}

static void formulas(void **state)
{
	static const char *const name[] = {"recall", "specificity", "auc", "observed_to_expected", "calibration_slope"};
	struct scores s = golden_scores(true);
	struct cells c = sizes(&s);

	(void)state;
	assert_int_equal(c.rows, 6);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(cells_at(&c, i + 1, "measure"), name[i]);
		assert_near(cells_number(&c, i + 1, "independent"), smooth_sizes[i], 1); /* the search ends within one */
		assert_near(cells_number(&c, i + 1, "design_effect"), 1, 0);
		assert_near(cells_number(&c, i + 1, "images"), cells_number(&c, i + 1, "independent"), 0);
	}
	cells_free(&c);
	scores_free(&s);
}

/* Images of a patient tell less: more of them are needed, at most as many times as patients have images. */
static void images_of_patients(void **state)
{
	struct scores s = golden_scores(false);
	struct cells c = sizes(&s);

	(void)state;
	for (size_t i = 1; i < c.rows; i++) {
		double effect = cells_number(&c, i, "design_effect");

		assert_true(effect >= 1 && effect < 4);
		assert_near(cells_number(&c, i, "independent"), smooth_sizes[i - 1], 1);
		assert_true(cells_number(&c, i, "images") >= cells_number(&c, i, "independent"));
	}
	cells_free(&c);
	scores_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(formulas), cmocka_unit_test(images_of_patients)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
