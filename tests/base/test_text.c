/* Messages, memory, numbers, TSV and escapes. */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "unit.h"

static void errors(void **state)
{
	(void)state;
	struct err e;
	char longer[3000];
	assert_int_equal(err_set(&e, "a\tb\033[2J%d\n", 7), -1);
	assert_string_equal(e.text, "a?b?[2J7?");
	errno = ENOENT;
	assert_int_equal(err_errno(&e, "%s", "file"), -1);
	assert_string_equal(e.text, "file: No such file or directory");
	assert_int_equal(err_prefix(&e, "x%%%d", 1), -1);
	assert_string_equal(e.text, "x%1: file: No such file or directory");
	memset(longer, 'q', sizeof longer);
	longer[sizeof longer - 1] = 0;
	err_prefix(&e, "%s", longer);
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
	err_set(&e, "%s", longer);
	errno = ENOENT;
	err_errno(&e, "%s", longer);
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
	assert_int_equal(err_set(NULL, "x"), -1);
	assert_int_equal(err_errno(NULL, "x"), -1);
	assert_int_equal(err_prefix(NULL, "x"), -1);
}

static jmp_buf failed;
static void note_failure(size_t bytes)
{
	(void)bytes;
	longjmp(failed, 1);
}

static void memory(void **state)
{
	(void)state;
	size_t cap = 0;
	int *a = NULL;
	for (size_t i = 0; i < 1000; i++) {
		a = grow(a, i, &cap, sizeof *a);
		a[i] = i;
	}
	assert_int_equal(a[999], 999);
	assert_in_range(cap, 1000, 2000);
	free(a);
	char *big = mem_big(1000, 3);
	assert_int_equal((uintptr_t)big % 64, 0);
	for (int i = 0; i < 3000; i++)
		assert_int_equal(big[i], 0);
	free(big);
	errno = 0;
	assert_null(mem_big(SIZE_MAX / 2, 3));
	assert_int_equal(errno, ENOMEM);
	assert_null(mem_big(SIZE_MAX - 100, 1));
	mem_fail = note_failure;
	if (!setjmp(failed)) {
		xreallocarray(NULL, SIZE_MAX / 2, 4);
		fail_msg("an overflowing size was allocated");
	}
	mem_fail = NULL;
	free(xmalloc(0));
	char *s = xstrndup("abcdef", 3);
	assert_string_equal(s, "abc");
	free(s);
	s = xasprintf("%d-%s", 5, "x");
	assert_string_equal(s, "5-x");
	free(s);
}

static void realigned(void **state)
{
	(void)state;
	unsigned char *p = NULL;
	size_t have = 0;
	for (size_t want = 100; want < 40 << 20; want = want * 3 + 1) {
		p = mem_realign(p, have, want);
		assert_int_equal((uintptr_t)p % 64, 0);
		for (size_t i = 0; i < have; i += 97)
			assert_int_equal(p[i], i % 251);
		for (size_t i = 0; i < want; i++)
			p[i] = i % 251;
		have = want;
	}
	assert_null(mem_realign(p, have, SIZE_MAX));
	assert_int_equal(p[1], 1);
	free(p);
}

static void texts(void **state)
{
	(void)state;
	struct text t = {0};
	for (int i = 0; i < 300; i++)
		text_addf(&t, "%d,", i % 10);
	assert_int_equal(t.len, 600);
	assert_int_equal(strlen(t.s), 600);
	text_addn(&t, "xyz", 2);
	text_add(&t, "");
	assert_string_equal(t.s + 596, "8,9,xy");
	text_free(&t);
	assert_null(t.s);
}

static void numbers(void **state)
{
	(void)state;
	int64_t v;
	double d;
	char buf[NUM_TEXT];
	static const char *const not_int[] = {"", " 1", "1 ", "1x", "0x10", "1.0", "-", "+", "--1", "9223372036854775808", "nan"};
	static const char *const not_double[] = {"", " 1", "1 ", "1,5", "x", "1e", "1e999", "--1"};
	assert_true(num_int("-9223372036854775808", INT64_MIN, INT64_MAX, &v) && v == INT64_MIN);
	assert_true(num_int("+12", 0, 12, &v) && v == 12);
	assert_false(num_int("13", 0, 12, &v));
	assert_false(num_int("-1", 0, 12, &v));
	for (size_t i = 0; i < sizeof not_int / sizeof *not_int; i++)
		assert_false(num_int(not_int[i], INT64_MIN, INT64_MAX, &v));
	for (size_t i = 0; i < sizeof not_double / sizeof *not_double; i++)
		assert_false(num_double(not_double[i], &d));
	assert_true(num_double("-1.5e3", &d) && d == -1500);
	assert_true(num_double("nan", &d) && isnan(d));
	assert_true(num_double("-inf", &d) && isinf(d));
	assert_string_equal(num_text(0.1f, buf), "0.100000001");
	assert_string_equal(num_text(-INFINITY, buf), "-inf");
	assert_string_equal(num_text(-NAN, buf), "nan");
	assert_string_equal(num_text(-1.23456789e-300, buf), "-1.23456789e-300");
	assert_string_equal(num_text(1e15, buf), "1e+15");
}

/* A locale with a decimal comma changes nothing. Skipped where none is installed. */
static void locales(void **state)
{
	(void)state;
	char buf[NUM_TEXT];
	double d;
	if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8"))
		skip();
	assert_true(num_double("1.5", &d) && d == 1.5);
	assert_string_equal(num_text(1.5, buf), "1.5");
	setlocale(LC_ALL, "C");
}

static void sizes(void **state)
{
	(void)state;
	size_t v;
	unsigned char b[8];
	assert_true(num_mul(1u << 31, 2, &v) && v == 1ul << 32);
	assert_false(num_mul(SIZE_MAX / 2 + 1, 2, &v));
	assert_true(num_add(SIZE_MAX, 0, &v) && v == SIZE_MAX);
	assert_false(num_add(SIZE_MAX, 1, &v));
	num_put64(b, 0x8877665544332211u);
	assert_int_equal(b[0], 0x11);
	assert_true(num_get64(b) == 0x8877665544332211u);
	assert_int_equal(num_get32(b), 0x44332211);
	assert_int_equal(num_get16(b + 1), 0x3322);
	b[3] = 0xff;
	assert_true(num_get32(b) == 0xff332211u && num_get64(b) == 0x88776655ff332211u);
}

static void halves(void **state)
{
	(void)state;
	assert_true(num_half(0x3c00) == 1 && num_half(0xc000) == -2 && num_half(0x7bff) == 65504);
	assert_true(num_half(0x0001) == 0x1p-24f && num_half(0x03ff) == 1023 * 0x1p-24f && num_half(0x0400) == 0x1p-14f);
	assert_true(num_half(0x8000) == 0 && signbit(num_half(0x8000)));
	assert_true(isinf(num_half(0x7c00)) && num_half(0xfc00) < 0 && isnan(num_half(0x7e00)));
}

static void digests(void **state)
{
	(void)state;
	char hex[SHA256_HEX];
	struct sha256 s;
	sha256_of("", 0, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_init(&s);
	for (int i = 0; i < 1000000; i++)
		sha256_add(&s, "a", 1);
	sha256_hex(&s, hex);
	assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void uids(void **state)
{
	static const struct {
		const char *hex, *uid;
	} want[] = { /* the first is the example of X.667 */
		{"f81d4fae7dec11d0a76500a0c91e6bf6", "2.25.329800735698586629295641978511506172918"},
		{"00000000000000000000000000000000ff", "2.25.0"}, {"0000000000000000000000000000000a", "2.25.10"},
		{"ffffffffffffffffffffffffffffffff", "2.25.340282366920938463463374607431768211455"},
	};
	char uid[DIGEST_UID];

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		digest_uid(want[i].hex, uid);
		assert_string_equal(uid, want[i].uid);
	}
}

static struct tsv table;
static struct source src;
static void start(const char *bytes, size_t n, char delimiter)
{
	source_memory(&src, "table", bytes, n);
	tsv_init(&table, &src, delimiter);
}
static void stop(void)
{
	tsv_free(&table);
	source_close(&src);
}

static void tsv_rows(void **state)
{
	(void)state;
	struct err e;
	static const char text[] = "\xef\xbb\xbfpath\tlabel\r\n\na\\tb\\n\\\\\\q\\\t\n\t\t\nlast";
	start(text, sizeof text - 1, '\n');
	assert_int_equal(tsv_next(&table, &e), 1);
	assert_int_equal(table.nfield, 2);
	assert_int_equal(tsv_find(&table, "label"), 1);
	assert_int_equal(tsv_find(&table, "labels"), -1);
	assert_int_equal(tsv_next(&table, &e), 1);
	assert_int_equal(table.nfield, 1);
	assert_string_equal(table.field[0], "");
	assert_int_equal(tsv_next(&table, &e), 1);
	assert_int_equal(table.nfield, 2);
	assert_string_equal(table.field[0], "a\tb\n\\\\q\\");
	assert_int_equal(tsv_next(&table, &e), 1);
	assert_int_equal(table.nfield, 3);
	assert_int_equal(tsv_next(&table, &e), 1);
	assert_string_equal(table.field[0], "last");
	assert_int_equal(table.line, 5);
	assert_int_equal(tsv_next(&table, &e), 0);
	assert_int_equal(tsv_next(&table, &e), 0);
	stop();
	start("", 0, '\n');
	assert_int_equal(tsv_next(&table, &e), 0);
	stop();
}

static void tsv_nul(void **state)
{
	(void)state;
	struct err e;
	static const char text[] = "a\tb\\n\r\0c\nd\0e";
	start(text, sizeof text - 1, '\0');
	assert_int_equal(tsv_next(&table, &e), 1);
	assert_int_equal(table.nfield, 1);
	assert_string_equal(table.field[0], "a\tb\\n\r");
	assert_int_equal(tsv_next(&table, &e), 1);
	assert_string_equal(table.field[0], "c\nd");
	assert_int_equal(tsv_next(&table, &e), 1);
	assert_string_equal(table.field[0], "e");
	assert_int_equal(tsv_next(&table, &e), 0);
	stop();
	start(text, sizeof text - 1, '\n');
	assert_int_equal(tsv_next(&table, &e), -1);
	assert_non_null(strstr(e.text, "table: line 1: NUL"));
	stop();
}

static void tsv_long(void **state)
{
	(void)state;
	struct err e;
	size_t n = (20 << 20) + 1;
	char *text = xmalloc(n);
	memset(text, 'x', n);
	text[5 << 20] = '\n'; /* long, but a line */
	start(text, n, '\n');
	assert_int_equal(tsv_next(&table, &e), 1);
	assert_int_equal(strlen(table.field[0]), 5 << 20);
	stop();
	text[5 << 20] = 'x';
	start(text, n, '\n');
	assert_int_equal(tsv_next(&table, &e), -1);
	assert_non_null(strstr(e.text, "16 MiB"));
	stop();
	free(text);
}

/* What tsv_put writes, tsv_next reads back, whatever it is. */
static void tsv_round(void **state)
{
	(void)state;
	static const char *const value[] = {"", "\\", "\\t", "\t\n\r\\", "a b", "\xff\x01", "\\\\n", "\xc3\xa9"};
	enum { N = sizeof value / sizeof *value };
	char *bytes;
	size_t n;
	struct err e;
	FILE *f = open_memstream(&bytes, &n);
	for (int i = 0; i < N; i++)
		tsv_put(f, value[i], i == N - 1 ? '\n' : '\t');
	fclose(f);
	start(bytes, n, '\n');
	assert_int_equal(tsv_next(&table, &e), 1);
	assert_int_equal(table.nfield, N);
	for (int i = 0; i < N; i++)
		assert_string_equal(table.field[i], value[i]);
	assert_int_equal(tsv_next(&table, &e), 0);
	stop();
	free(bytes);
}

static void check_escape(const char *bytes, size_t n, const char *want)
{
	size_t len;
	char *s = text_escape(bytes, n), *back = text_unescape(s, &len);
	assert_string_equal(s, want);
	assert_int_equal(len, n);
	assert_memory_equal(back, bytes, n);
	free(s);
	free(back);
}

static void escapes(void **state)
{
	(void)state;
	check_escape("", 0, "");
	check_escape("a\0b", 3, "a\\x00b");
	check_escape("\\x41\n\x7f", 6, "\\\\x41\\x0a\\x7f");
	check_escape("\xc3\xa9\xe2\x82\xac\xf0\x9f\xa9\xbb", 9, "\xc3\xa9\xe2\x82\xac\xf0\x9f\xa9\xbb");
	check_escape("\xc3", 1, "\\xc3");
	check_escape("\xc3\x28", 2, "\\xc3(");
	check_escape("\xc0\x80", 2, "\\xc0\\x80");             /* overlong */
	check_escape("\xe0\x9f\xbf", 3, "\\xe0\\x9f\\xbf");    /* overlong */
	check_escape("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");    /* surrogate */
	check_escape("\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
	check_escape("\xc2\x9b", 2, "\\xc2\\x9b");             /* C1 control */
	check_escape("\xe2\x80\xae", 3, "\\xe2\\x80\\xae");     /* from right to left from here on */
	check_escape("\xe2\x81\xa9", 3, "\\xe2\\x81\\xa9");     /* the end of that */
	check_escape("\xe2\x80\xa7\xe2\x81\xa5", 6, "\xe2\x80\xa7\xe2\x81\xa5");
	size_t n;
	char *s = text_unescape("\\q\\x4\\xzz\\x4A\\", &n);
	assert_string_equal(s, "\\q\\x4\\xzzJ\\");
	free(s);
	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			char two[2] = {a, b};
			s = text_escape(two, 2);
			char *back = text_unescape(s, &n);
			assert_int_equal(n, 2);
			assert_memory_equal(back, two, 2);
			free(s);
			free(back);
		}
}

/* ESC, C1 controls in both spellings and bytes that are no UTF-8 do not reach a terminal; letters do. */
static void cleaned(void **state)
{
	char text[] = "a\x1b[2J\n\x9b\xc2\x9b\xc3\xa9\x7f\xc3";
	struct err e;

	(void)state;
	text_clean(text);
	assert_string_equal(text, "a?[2J?\?\?\?\xc3\xa9?\?");
	err_set(&e, "%s: %s", "x\xc2\x85y", "z\x1b");
	assert_string_equal(e.text, "x\?\?y: z?");
}

static void json(void **state)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	text_put_json(f, "a\"\\\n\x1b\x7f\xc3\xa9\xff\xc2\x9b\xe2\x80\xae\xc3");
	fclose(f);
	assert_string_equal(text, "\"a\\\"\\\\\\u000a\\u001b\\u007f\xc3\xa9\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\"");
	free(text);
}

static void text_streams(void **state)
{
	struct text t = {0};
	FILE *f = text_open(&t);

	(void)state;
	for (int i = 0; i < 20000; i++)
		fprintf(f, "%05d", i);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(t.len, 100000);
	t.len = 0;
	fputs("again", f);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(t.s, "again");
	text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors),    cmocka_unit_test(memory),   cmocka_unit_test(realigned), cmocka_unit_test(texts),
		cmocka_unit_test(numbers),   cmocka_unit_test(locales),  cmocka_unit_test(sizes),     cmocka_unit_test(halves),
		cmocka_unit_test(digests),   cmocka_unit_test(uids),
		cmocka_unit_test(tsv_rows), cmocka_unit_test(tsv_nul),   cmocka_unit_test(tsv_long),
		cmocka_unit_test(tsv_round), cmocka_unit_test(escapes),  cmocka_unit_test(cleaned),
		cmocka_unit_test(json),      cmocka_unit_test(text_streams),
	};
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
