#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/opt.h"
#include "unit.h"

enum { SIZE = 300, SIZES };
static const struct opt table[] = {
	{'q', "quiet", NULL, "say nothing", NULL},
	{'j', "threads", "N", "threads [%s]", "4"},
	{SIZE, "store", "KIND", "f32 or u8", NULL},
	{SIZES, "strict", NULL, "stop", NULL},
	{0, NULL, NULL, NULL, NULL},
};

/* Runs the words through the table: keys and arguments as one text, or the message. */
static const char *parse(const char *words)
{
	static char got[512];
	static char copy[256];
	char *argv[16] = {"tool"}, *save = NULL;
	int argc = 1, key;
	struct opts o;
	struct err e;
	strcpy(copy, words);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	got[0] = 0;
	opts_init(&o, table, argc, argv);
	while ((key = opts_next(&o, &e)) > 0) {
		size_t n = strlen(got);
		snprintf(got + n, sizeof got - n, "%d:%s ", key, o.arg ? o.arg : "");
	}
	if (key < 0)
		strcpy(got, e.text);
	else
		for (int i = opts_rest(&o); i < argc; i++) {
			strcat(got, argv[i]);
			strcat(got, i + 1 < argc ? " " : "");
		}
	opts_free(&o);
	return got;
}

static void good(void **state)
{
	(void)state;
	assert_string_equal(parse(""), "");
	assert_string_equal(parse("-q -j 3 a b"), "113: 106:3 a b");
	assert_string_equal(parse("a -qj3 b --store=u8 --strict"), "113: 106:3 300:u8 301: a b");
	assert_string_equal(parse("--threads 2 -- -q"), "106:2 -q");
	assert_string_equal(parse("--sto x -"), "300:x -");
}

static void bad(void **state)
{
	(void)state;
	assert_string_equal(parse("-z"), "unknown option -z");
	assert_string_equal(parse("-qz"), "unknown option -z");
	assert_string_equal(parse("--zoo=5"), "unknown or ambiguous option --zoo");
	assert_string_equal(parse("--st x"), "unknown or ambiguous option --st");
	assert_string_equal(parse("a -j"), "option --threads needs an argument");
	assert_string_equal(parse("--store"), "option --store needs an argument");
	assert_string_equal(parse("--quiet=yes"), "option --quiet takes no argument");
	assert_string_equal(parse("--strict=yes"), "option --strict takes no argument");
}

static void helps(void **state)
{
	(void)state;
	char *s = opts_help(table, 80);
	assert_string_equal(s, "  -q, --quiet       say nothing\n"
	                       "  -j, --threads N   threads [4]\n"
	                       "      --store KIND  f32 or u8\n"
	                       "      --strict      stop\n");
	free(s);
}

static void wraps(void **state)
{
	const struct opt long_table[] = {
		{'a', "arch", "SPEC", "one of several networks [the first of them]", NULL},
		{300, "a-very-long-name", "VALUE", "what it does", NULL},
		{0, NULL, NULL, NULL, NULL},
	};
	char *s = opts_help(long_table, 40);
	struct text t = {0};

	(void)state;
	assert_string_equal(s, "  -a, --arch SPEC   one of several\n"
	                       "                    networks\n"
	                       "                    [the first of them]\n"
	                       "      --a-very-long-name VALUE\n"
	                       "                    what it does\n");
	free(s);
	text_add(&t, "usage: x ");
	opts_wrap(&t, "[-q] [--lr X] [--columns A,... [--label-if X]] [FILE]", 4, 21);
	assert_string_equal(t.s, "usage: x [-q]\n    [--lr X]\n    [--columns A,...\n    [--label-if X]]\n    [FILE]\n");
	text_free(&t);
	opts_wrap(&t, "words\nof two lines\n", 2, 40);
	assert_string_equal(t.s, "words of two lines\n");
	text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(good), cmocka_unit_test(bad), cmocka_unit_test(helps), cmocka_unit_test(wraps)};
	return cmocka_run_group_tests_name("opt", tests, NULL, NULL);
}
