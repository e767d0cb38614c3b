/* Cuts of split conformal prediction: coverage on other images, text and back. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "stat/conformal.h"

/* The order statistics by hand: (n + 1)(1 - coverage) of them may be cut off. */
static void test_cut(void **state)
{
	double rank[19];

	(void)state;
	for (int i = 0; i < 19; i++)
		rank[i] = i;
	assert_float_equal(conformal_cut(rank, 19, 19, .9), 1, 0); /* the second of 20 x .1 */
	assert_float_equal(conformal_cut(rank, 19, 19, .95), 0, 0);
	assert_true(isinf(conformal_cut(rank, 19, 19, .99)));
	assert_true(isinf(conformal_cut(rank, 0, 0, .5)));
	assert_true(isinf(conformal_cut(rank, 19, 5, .9))); /* five patients say nothing of one in ten */
	assert_float_equal(conformal_cut(rank, 18, 9, .8), 3, 0); /* two of nine patients: four of 18 images */
}

/* The share of further draws below the cut is at most what was stated, and little less. */
static void test_coverage(void **state)
{
	enum { N = 60, ROUNDS = 4000 };
	double rank[N], out = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct rng r = rng_at(9, RNG_TEST, round, 0);
		for (int i = 0; i < N; i++) { /* in order by insertion */
			double x = rng_uniform(&r);
			int at = i;
			for (; at > 0 && rank[at - 1] > x; at--)
				rank[at] = rank[at - 1];
			rank[at] = x;
		}
		out += conformal_cut(rank, N, N, .9); /* uniform: the cut is the share below it */
	}
	assert_float_equal(out / ROUNDS, 6. / 61, .003);
}

static void test_text(void **state)
{
	double cut[CONFORMAL_CUTS], got;
	struct err e;

	(void)state;
	for (int i = 0; i < CONFORMAL_CUTS; i++)
		cut[i] = i == CONFORMAL_CUTS - 1 ? -INFINITY : 10.25 - i;
	char *text = conformal_text(cut);
	assert_int_equal(conformal_find(text, .5, &got, &e), 0);
	assert_float_equal(got, 10.25, 0);
	assert_int_equal(conformal_find(text, .9, &got, &e), 0);
	assert_float_equal(got, 10.25 - 40, 0);
	assert_int_equal(conformal_find(text, .901, &got, &e), 0);
	assert_float_equal(got, 10.25 - 41, 0);
	assert_int_equal(conformal_find(text, .99, &got, &e), 0);
	assert_true(isinf(got) && got < 0);
	assert_int_equal(conformal_find(text, .4, &got, &e), -1);
	assert_int_equal(conformal_find(text, .995, &got, &e), -1);
	assert_int_equal(conformal_find("1,2", .9, &got, &e), -1);
	assert_int_equal(conformal_find("x", .5, &got, &e), -1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
