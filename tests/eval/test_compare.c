/* Two sets of scores of the same images, and groups of one set. */
#include "made.h"
#include "near.h"
#include "stat/table.h"

static const struct metrics_how how = {.positive = 1, .boot = {.resamples = 40, .threads = 1, .seed = 1, .level = .95}};

static const struct made good[] = {
	{"a", "1", "x", 0, -2}, {"b", "2", "x", 0, -1}, {"c", "3", "y", 0, .5}, {"d", "4", "y", 1, 1}, {"e", "5", "x", 1, 2},
	{"f", "6", "y", 1, -.5},
};

static struct cells compared(const struct scores *s, struct scores *other)
{
	struct written w;
	struct err e = {""};
	int rc = eval_compare(s, other, &how, 0, written_start(&w), &e);

	written_end(&w);
	assert_int_equal(rc, 0);
	struct cells c = cells_text(w.text);

	free(w.text);
	return c;
}

static size_t row_of(const struct cells *c, const char *column, const char *name)
{
	for (size_t i = 1; i < c->rows; i++)
		if (!strcmp(cells_at(c, i, column), name))
			return i;
	fail_msg("no row %s", name);
	return 0;
}

static void no_difference(void **state)
{
	struct made turned[6];
	struct scores s = MADE(good), other;

	(void)state;
	for (int i = 0; i < 6; i++)
		turned[i] = good[5 - i]; /* another order of the same */
	other = MADE(turned);
	struct cells c = compared(&s, &other);

	assert_true(c.rows > 10);
	for (size_t i = 1; i < c.rows; i++) {
		const char *value = cells_at(&c, i, "value");

		assert_string_equal(value, cells_at(&c, i, "other"));
		if (strcmp(value, "nan"))
			assert_true(cells_number(&c, i, "difference") == 0);
	}
	assert_near(cells_number(&c, row_of(&c, "metric", "accuracy"), "p"), 1, 1e-12);
	cells_free(&c);
	scores_free(&s);
	scores_free(&other);
}

static void a_difference(void **state)
{
	struct made worse[6];
	struct scores s = MADE(good), other;

	(void)state;
	memcpy(worse, good, sizeof worse);
	for (int i = 0; i < 6; i++)
		worse[i].z = worse[i].label ? -1 - i * .1 : 1 + i * .1; /* every image on the wrong side */
	other = MADE(worse);
	struct cells c = compared(&s, &other);
	size_t auc = row_of(&c, "metric", "auc"), accuracy = row_of(&c, "metric", "accuracy");

	assert_near(cells_number(&c, auc, "value"), 8 / 9., 1e-9);
	assert_near(cells_number(&c, auc, "other"), 0, 1e-9);
	assert_near(cells_number(&c, auc, "difference"), 8 / 9., 1e-9);
	assert_near(cells_number(&c, accuracy, "difference"), 4 / 6., 1e-9);
	assert_near(cells_number(&c, accuracy, "p"), 2 * pow(.5, 4), 1e-9); /* McNemar: 4 of 4 discordant */
	cells_free(&c);
	scores_free(&s);
	scores_free(&other);
}

static void others_are_refused(void **state)
{
	struct made two[6];
	struct scores s = MADE(good), other;
	struct written w;
	struct err e;

	(void)state;
	memcpy(two, good, sizeof two);
	two[3].id = "z";
	other = MADE(two);
	assert_int_equal(eval_compare(&s, &other, &how, 0, written_start(&w), &e), -1);
	assert_string_equal(written_end(&w), "");
	free(w.text);
	scores_free(&other);
	memcpy(two, good, sizeof two);
	two[3].label = 0;
	other = MADE(two);
	assert_int_equal(eval_compare(&s, &other, &how, 0, written_start(&w), &e), -1);
	written_end(&w);
	free(w.text);
	other.class[1][0] = 'Z';
	assert_int_equal(eval_compare(&s, &other, &how, 0, written_start(&w), &e), -1);
	assert_non_null(strstr(e.text, "class 'Z' where 'B' is here"));
	written_end(&w);
	free(w.text);
	scores_free(&other);
	scores_free(&s);
}

/* Ten of x, all right; twelve of y, six of them wrong; three of z, too few to be told. */
static void groups_are_measured(void **state)
{
	struct made m[25];
	struct written w;
	struct err e;
	char ids[25][3];

	(void)state;
	for (int i = 0; i < 25; i++) {
		bool wrong = i >= 10 && i < 16;

		snprintf(ids[i], sizeof ids[i], "%d", i);
		m[i] = (struct made){ids[i], "", i < 10 ? "x" : i < 22 ? "y" : "z", i % 2, (i % 2 != wrong ? 1 : -1) * (1 + i * .1)};
	}
	struct scores s = MADE(m);

	assert_int_equal(eval_groups(&s, &how, written_start(&w), &e), 0);
	written_end(&w);
	struct cells c = cells_text(w.text);

	free(w.text);
	for (size_t i = 1; i < c.rows; i++) {
		const char *group = cells_at(&c, i, "group");

		assert_true(cells_number(&c, i, "n") == (*group == 'x' ? 10 : *group == 'y' ? 12 : 3));
		if (strcmp(cells_at(&c, i, "metric"), "accuracy"))
			continue;
		if (*group == 'z') {
			assert_string_equal(cells_at(&c, i, "value"), "nan");
			assert_non_null(strstr(cells_at(&c, i, "note"), "fewer than 10"));
		} else { /* x: 10 of 10, the others 9 of 15; y: 6 of 12, the others 13 of 13 */
			assert_near(cells_number(&c, i, "value"), *group == 'x' ? 1 : .5, 1e-9);
			assert_near(cells_number(&c, i, "difference"), *group == 'x' ? 6 / 15. : -.5, 1e-9);
		}
	}
	assert_string_equal(cells_at(&c, 1, "group"), "x"); /* in the order of their names */
	cells_free(&c);
	scores_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_difference),
		cmocka_unit_test(a_difference),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(groups_are_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
