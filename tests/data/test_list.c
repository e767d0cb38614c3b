/* Lists read, written, filtered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/list.h"

static int read_text(struct list *l, const char *text, size_t n, char delimiter, struct err *e)
{
	struct source s;
	int r;

	*l = (struct list){0};
	source_memory(&s, "text", text, n);
	r = list_read(l, &s, delimiter, e);
	source_close(&s);
	return r;
}

static char *write_text(const struct list *l)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	list_write(l, f);
	fclose(f);
	return text;
}

static void plain_paths(void **state)
{
	static const char text[] = "train/NORMAL/IM-0001-0001.jpeg\r\n\nb/c.png";
	struct list l;
	struct err e;
	char *out;

	(void)state;
	assert_int_equal(read_text(&l, text, sizeof text - 1, '\n', &e), 0);
	out = write_text(&l);
	assert_string_equal(out, "path\tlabel\tpatient\tsplit\n"
	                         "train/NORMAL/IM-0001-0001.jpeg\tNORMAL\tIM-0001\ttrain\nb/c.png\tb\t\t\n");
	free(out);
	list_free(&l);
}

static void nul_paths(void **state)
{
	static const char text[] = "a\tb\\t\n/c.png\0path\0";
	struct list l;
	struct err e;

	(void)state;
	assert_int_equal(read_text(&l, text, sizeof text - 1, '\0', &e), 0);
	assert_int_equal(l.n, 2);
	assert_string_equal(l.item[0].path, "a\tb\\t\n/c.png");
	assert_string_equal(l.item[0].label, "a\tb\\t\n");
	assert_string_equal(l.item[1].path, "path");
	list_free(&l);
}

static void round_trip(void **state)
{
	static const char text[] = "path\tlabel\tpatient\tsplit\tsex\tx y\n"
	                           "a\\tb\\n.png\t\tp\\\\1\tval\tF\t\xff\n"
	                           "c\tL\t\t\t\t\n";
	struct list l;
	struct err e;
	char *out, hex[65];

	(void)state;
	assert_int_equal(read_text(&l, text, sizeof text - 1, '\n', &e), 0);
	assert_int_equal(l.nextra, 2);
	assert_string_equal(l.item[0].path, "a\tb\n.png");
	assert_string_equal(l.item[0].label, ""); /* given, though empty */
	assert_string_equal(l.item[0].patient, "p\\1");
	assert_string_equal(l.item[1].patient, "");
	out = write_text(&l);
	assert_string_equal(out, text);
	list_digest(&l, hex);
	assert_int_equal(strlen(hex), 64);
	free(out);
	list_free(&l);
}

static void columns_in_any_order(void **state)
{
	static const char text[] = "path\tage\tlabel\nq/p1.png\t7\tSICK\n";
	struct list l;
	struct err e;
	char *out;

	(void)state;
	assert_int_equal(read_text(&l, text, sizeof text - 1, '\n', &e), 0);
	out = write_text(&l);
	assert_string_equal(out, "path\tlabel\tpatient\tsplit\tage\nq/p1.png\tSICK\t\t\t7\n");
	free(out);
	list_free(&l);
}

static void refused(void **state)
{
	static const char *const rows[][2] = {
		{"path\tlabel\na\n", "line 2: 1 columns where the header has 2"},
		{"path\tlabel\na\tb\tc\n", "line 2: 3 columns"},
		{"path\tx\tx\n", "two columns are called x"},
		{"path\tlabel\tpath\n", "two columns are called path"},
		{"path\t\n", "has no name"},
		{"path\tlabel\n\tb\n", "empty path"},
		{"a\tb\n", "no header line"},
		{"label\tpath\na\tb\n", "no header line"},
	};
	struct list l;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(read_text(&l, rows[i][0], strlen(rows[i][0]), '\n', &e), -1);
		assert_non_null(strstr(e.text, rows[i][1]));
		list_free(&l);
	}
	assert_int_equal(read_text(&l, "a\0b\n", 4, '\n', &e), -1);
	list_free(&l);
	assert_int_equal(read_text(&l, "", 0, '\n', &e), 0);
	assert_int_equal(l.n, 0);
	list_free(&l);
}

static void filter(void **state)
{
	static const char text[] = "path\tlabel\tpatient\tsplit\tsex\n"
	                           "a\tN\t1\ttrain\tF\nb\tP\t2\tval\tM\nc\tP\t3\ttest\t\nd\tN\t4\tval\tF\n";
	struct list l;
	struct err e;
	char *classes;

	(void)state;
	assert_int_equal(read_text(&l, text, sizeof text - 1, '\n', &e), 0);
	classes = list_classes(&l);
	assert_string_equal(classes, "N,P");
	free(classes);
	assert_int_equal(list_only(&l, "nothing=1", &e), -1);
	assert_int_equal(list_only(&l, "split", &e), -1);
	assert_int_equal(list_only(&l, "=x", &e), -1);
	assert_int_equal(l.n, 4);
	assert_int_equal(list_only(&l, "split=val,test", &e), 0);
	assert_int_equal(l.n, 3);
	assert_int_equal(list_only(&l, "sex=,F", &e), 0);
	assert_int_equal(l.n, 2);
	assert_string_equal(l.item[0].path, "c");
	assert_string_equal(l.item[1].path, "d");
	assert_int_equal(list_only(&l, "split=va", &e), 0);
	assert_int_equal(l.n, 0);
	list_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_paths), cmocka_unit_test(nul_paths),
		cmocka_unit_test(round_trip),  cmocka_unit_test(columns_in_any_order),
		cmocka_unit_test(refused),     cmocka_unit_test(filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
