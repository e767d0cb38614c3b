/* Names chosen from a set, comma lists. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "unit.h"

static const char *const names[] = {"jet", "turbo", "viridis"}, *const words[] = {"old", "", "even"};

static void finds(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(choice_find("colour map", "jet", names, 3, &e), 0);
	assert_int_equal(choice_find("colour map", "viridis", names, 3, &e), 2);
	assert_int_equal(choice_find("colour map", "viridis", names, 2, &e), -1);
	assert_string_equal(e.text, "no colour map 'viridis': choose one of jet, turbo");
	assert_int_equal(choice_find("colour map", "", names, 3, &e), -1);
	assert_int_equal(choice_find("colour map", "Jet", names, 3, NULL), -1);
}

static void prints(void **state)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	choice_print(f, names, words, 3);
	choice_print(f, names, NULL, 2);
	fclose(f);
	assert_string_equal(text, "jet      old\nturbo    \nviridis  even\njet\nturbo\n");
	free(text);
}

static void splits(void **state)
{
	int n;
	char **word = choice_split("a,,bc,", ',', &n);

	(void)state;
	assert_int_equal(n, 4);
	assert_string_equal(word[0], "a");
	assert_string_equal(word[1], "");
	assert_string_equal(word[2], "bc");
	assert_string_equal(word[3], "");
	free(word);
	word = choice_split("", ',', &n);
	assert_int_equal(n, 1);
	assert_string_equal(word[0], "");
	free(word);
	word = choice_split("a,b+c", '+', &n);
	assert_int_equal(n, 2);
	assert_string_equal(word[0], "a,b");
	free(word);
}

static void has(void **state)
{
	(void)state;
	assert_true(choice_has("a,bc", "bc"));
	assert_true(choice_has("a,bc", "a"));
	assert_true(choice_has("", ""));
	assert_true(choice_has("a,", ""));
	assert_false(choice_has("a,bc", "b"));
	assert_false(choice_has("a,bc", "c"));
	assert_false(choice_has("a,bc", "a,bc"));
	assert_false(choice_has("a", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(prints),
		cmocka_unit_test(splits),
		cmocka_unit_test(has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
