/* Tables of measures of heat maps: which rows count, what is damaged, and the means. */
#include "made.h"
#include "near.h"
#include "stat/table.h"

#define HEAD "id\tlabel\tpatient\tsplit\tclass\tmap\tdeletion\tx y\tstatus\n"

static int read_text(struct map_table *m, const char *text, const struct filter *filter, int nfilter, struct err *e)
{
	struct source src;
	int rc;

	source_memory(&src, "table", text, strlen(text));
	rc = map_table_read(m, &src, filter, nfilter, e);
	source_close(&src);
	return rc;
}

static const char table[] = HEAD
	"a\tB\tp1\ttest\tB\tgradcam\t.5\t1\tok\n"
	"a\tB\tp1\ttest\tB\trandom\t.1\t\tok\n"
	"a\tB\tp1\ttest\tA\tgradcam\t9\t9\tok\n"         /* a class that the image has not */
	"b\t\tp2\ttest\tA\tgradcam\t.7\tnan\tok\n"       /* no label: counts */
	"c\tA\tp2\tval\tA\tgradcam\t.3\t2\tok\n"
	"d\tA\t\ttest\tA\tgradcam\t9\t9\tcannot decode\n"; /* failed */

static void rows_that_count(void **state)
{
	struct map_table m;
	struct err e;

	(void)state;
	assert_int_equal(read_text(&m, table, NULL, 0, &e), 0);
	assert_int_equal(m.n, 4);
	assert_int_equal(m.items.n, 3);
	assert_int_equal(m.maps.n, 2);
	assert_int_equal(m.nmeasure, 2);
	assert_string_equal(m.measure[1], "x y");
	assert_string_equal(m.maps.word[1], "random");
	assert_true(isnan(m.row[1].value[1]) && isnan(m.row[2].value[1])); /* empty, and nan */
	map_table_free(&m);
	assert_int_equal(read_text(&m, table, (struct filter[]){{"split", "val"}}, 1, &e), 0);
	assert_int_equal(m.n, 1);
	map_table_free(&m);
	assert_int_equal(read_text(&m, table, (struct filter[]){{"split", "val,test"}, {"patient", "p2"}}, 2, &e), 0);
	assert_int_equal(m.n, 2);
	map_table_free(&m);
}

static void means(void **state)
{
	const struct bootstrap how = {.resamples = 40, .threads = 1, .seed = 1, .level = .95};
	struct written w;
	struct map_table m;
	struct err e;

	(void)state;
	assert_int_equal(read_text(&m, table, NULL, 0, &e), 0);
	map_table_write(&m, &how, written_start(&w));
	written_end(&w);
	struct cells c = cells_text(w.text);

	free(w.text);
	assert_int_equal(c.rows, 4); /* none of "x y" of random, which has no value */
	assert_string_equal(cells_at(&c, 1, "measure"), "deletion");
	assert_string_equal(cells_at(&c, 1, "map"), "gradcam");
	assert_near(cells_number(&c, 1, "value"), .5, 1e-9);
	assert_true(cells_number(&c, 1, "n") == 3);
	assert_near(cells_number(&c, 2, "value"), .1, 1e-9);
	assert_near(cells_number(&c, 3, "value"), 1.5, 1e-9); /* without the one that is not defined */
	assert_true(cells_number(&c, 3, "n") == 2);
	/* both patients have .5 in the mean: no interval, rather than one without width */
	assert_true(isnan(cells_number(&c, 1, "lo")) && isnan(cells_number(&c, 1, "hi")));
	cells_free(&c);
	map_table_free(&m);
}

/* What is best on other images is not what is best here. */
static void a_share_is_learned(void **state)
{
	static const char head[] = "id\tlabel\tpatient\tclass\tmap\tiou_top5\thit\tiou_top10\tstatus\n";
	char *here = xasprintf("%sa\tB\tp1\tB\tcam\t.9\t1\t.2\tok\nb\tB\tp2\tB\tcam\t.9\t1\t\tok\n"
	                       "a\tB\tp1\tB\tnew\t.9\t1\t.2\tok\n", head);
	char *there = xasprintf("%sc\tB\tp3\tB\tcam\t.3\t1\t.4\tok\nd\tB\tp4\tB\tcam\t.3\t9\t.4\tok\n", head);
	struct map_table m, on;
	struct err e;

	(void)state;
	assert_int_equal(read_text(&m, here, NULL, 0, &e), 0);
	assert_int_equal(read_text(&on, there, NULL, 0, &e), 0);
	assert_int_equal(map_table_tune(&m, &on, &e), 0);
	assert_int_equal(m.nmeasure, 5);
	assert_string_equal(m.measure[3], "iou_tuned");
	assert_near(m.row[0].value[3], .2, 1e-9);
	assert_true(m.row[0].value[4] == 10);
	assert_true(isnan(m.row[1].value[3]) && isnan(m.row[1].value[4])); /* not measured */
	assert_true(isnan(m.row[2].value[3]));                             /* a map that is not there */
	map_table_free(&m);
	map_table_free(&on);
	assert_int_equal(read_text(&m, table, NULL, 0, &e), 0);
	assert_int_equal(read_text(&on, table, NULL, 0, &e), 0);
	assert_int_equal(map_table_tune(&m, &on, &e), -1);
	assert_non_null(strstr(e.text, "no measures iou_topN"));
	map_table_free(&m);
	map_table_free(&on);
	free(here);
	free(there);
}

static void damage_is_told(void **state)
{
	static const struct { const char *text, *why; } cases[] = {
		{"", "table: empty"},
		{"id\tlabel\n", "no column patient"},
		{"id\tlabel\tpatient\tclass\tmap\tstatus\n", "no measures: was cxr-cam run with --measure?"},
		{HEAD "a\tB\tp1\ttest\tB\tgradcam\thalf\t1\tok\n", "line 2: 'half' is no number"},
		{HEAD "a\tB\tp1\ttest\tB\tgradcam\t1\tok\n", "line 2: 8 columns, the header has 9"},
	};
	struct map_table m;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(read_text(&m, cases[i].text, NULL, 0, &e), -1);
		if (!strstr(e.text, cases[i].why))
			fail_msg("'%s' does not say '%s'", e.text, cases[i].why);
		map_table_free(&m);
	}
	assert_int_equal(read_text(&m, table, (struct filter[]){{"view", "PA"}}, 1, &e), -1);
	assert_non_null(strstr(e.text, "no column view"));
	map_table_free(&m);
	assert_int_equal(read_text(&m, HEAD, NULL, 0, &e), 0); /* no rows: none are left */
	assert_int_equal(m.n, 0);
	map_table_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_that_count),
		cmocka_unit_test(means),
		cmocka_unit_test(a_share_is_learned),
		cmocka_unit_test(damage_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
