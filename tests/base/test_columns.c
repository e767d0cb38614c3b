/* TSV files in memory: cells by name, and what is damaged is refused. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/columns.h"
#include "unit.h"

static const char *const path = "test_columns.tmp";

static int read_text(struct columns *t, const char *text, struct err *e)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
	int rc = columns_read(t, path, e);
	unlink(path);
	return rc;
}

static void cells_are_found(void **state)
{
	struct columns t;
	struct err e;

	(void)state;
	assert_int_equal(read_text(&t, "a\tb\nx\t1.5\ny\\tz\tnan\n", &e), 0);
	assert_int_equal(t.ncol, 2);
	assert_int_equal(t.nrow, 2);
	assert_false(t.cut);
	assert_string_equal(columns_at(&t, 1, columns_find(&t, "a")), "y\tz");
	assert_true(columns_number(&t, 0, 1) == 1.5);
	assert_true(isnan(columns_number(&t, 0, 0)) && isnan(columns_number(&t, 1, 1)));
	assert_int_equal(columns_find(&t, "c"), -1);
	assert_string_equal(columns_at(&t, 0, -1), "");
	columns_free(&t);
}

static void damage_is_named(void **state)
{
	static const struct { const char *text, *says; } damaged[] = {
		{"", "empty"}, {"a\tb\n1\n", "line 2: 1 columns, the header has 2"}, {"a\ta\n1\t2\n", "two columns"},
		{"a\tb\n1\t2\na\tb\n", "line 3: the header again"}, {"a\n1\n2\t3\n", "line 3: 2 columns"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
		struct columns t;
		struct err e;
		assert_int_equal(read_text(&t, damaged[i].text, &e), -1);
		assert_non_null(strstr(e.text, path));
		assert_non_null(strstr(e.text, damaged[i].says));
		columns_free(&t);
	}
}

static void a_missing_newline_is_remarked(void **state)
{
	struct columns t;

	(void)state;
	assert_int_equal(read_text(&t, "a\tb\n1\t2", NULL), 0);
	assert_true(t.cut);
	columns_free(&t);
}

static void what_cannot_be_read_is_an_error(void **state)
{
	struct columns t;
	struct err e;

	(void)state;
	assert_int_equal(columns_read(&t, "no/such/table.tsv", &e), -1);
	assert_int_equal(columns_read(&t, ".", &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_found),
		cmocka_unit_test(damage_is_named),
		cmocka_unit_test(a_missing_newline_is_remarked),
		cmocka_unit_test(what_cannot_be_read_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
