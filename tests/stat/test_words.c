/* The words of measures: complete, without markup, found by name. */
#include <string.h>

#include "explain/evidence.h"
#include "stat/words.h"
#include "unit.h"

static void every_word_is_whole(void **state)
{
	const struct word *w;

	(void)state;
	for (int about = WORD_ANSWERS; about <= WORD_MAPS; about++)
		for (int i = 0; (w = word_at(about, i)); i++) {
			assert_true(*w->name && *w->title && *w->brief && *w->meaning);
			assert_null(strpbrk(w->title, "<>&"));
			assert_null(strpbrk(w->meaning, "<>&"));
			assert_ptr_equal(word_find(w->name), w);
		}
}

static void names_lead_to_words(void **state)
{
	(void)state;
	assert_string_equal(word_find("sensitivity")->name, "recall");
	assert_null(word_find("no such"));
	assert_int_equal(word_find("brier")->better, -1);
	assert_false(word_find("log_loss")->share);
}

/* What cxr-cam can measure of a map has words. */
static void every_evidence_has_words(void **state)
{
	(void)state;
#define X(name) assert_non_null(word_find(#name));
	EVIDENCES(X)
#undef X
}

static void baselines_know_nothing_of_the_network(void **state)
{
	(void)state;
	assert_true(word_is_baseline("random"));
	assert_true(word_is_baseline("edges.input"));
	assert_true(word_is_baseline("gaussian"));
	assert_false(word_is_baseline("gradcam.layer4.1"));
	assert_false(word_is_baseline("randomised"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_is_whole),
		cmocka_unit_test(names_lead_to_words),
		cmocka_unit_test(every_evidence_has_words),
		cmocka_unit_test(baselines_know_nothing_of_the_network),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
