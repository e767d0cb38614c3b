#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "unit.h"

/* SplitMix64 from state 0: the published first outputs. */
static void known(void **state)
{
	(void)state;
	struct rng r = {0};
	assert_true(rng_u64(&r) == 0xe220a8397b1dcdafu);
	assert_true(rng_u64(&r) == 0x6e789e6aa1b965f4u);
	assert_true(rng_u64(&r) == 0x06c45d188009454fu);
}

static void keys(void **state)
{
	(void)state;
	uint64_t seen[5] = {
		rng_at(1, RNG_TEST, 2, 3).state, rng_at(2, RNG_TEST, 2, 3).state, rng_at(1, RNG_INIT, 2, 3).state,
		rng_at(1, RNG_TEST, 3, 2).state, rng_at(1, RNG_TEST, 2, 4).state,
	};
	for (int i = 0; i < 5; i++)
		for (int j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
	assert_true(rng_at(1, RNG_TEST, 2, 3).state == seen[0]);
	assert_true(rng_hash("a", 1) != rng_hash("b", 1) && rng_hash("", 0) != rng_hash("\0", 1));
}

static void moments(void **state)
{
	(void)state;
	enum { N = 200000 };
	struct rng r = rng_at(7, RNG_TEST, 0, 0);
	double u = 0, n = 0, n2 = 0, n4 = 0;
	for (int i = 0; i < N; i++) {
		double v = rng_uniform(&r), z = rng_normal(&r);
		assert_true(v >= 0 && v < 1 && isfinite(z));
		u += v;
		n += z;
		n2 += z * z;
		n4 += z * z * z * z;
	}
	assert_true(fabs(u / N - .5) < .003);
	assert_true(fabs(n / N) < .01 && fabs(n2 / N - 1) < .015 && fabs(n4 / N - 3) < .15);
	for (int i = 0; i < 1000; i++) {
		double v = rng_between(&r, -2, -1);
		assert_true(v >= -2 && v < -1);
	}
}

static void below(void **state)
{
	(void)state;
	struct rng r = rng_at(7, RNG_TEST, 1, 0);
	int count[6] = {0};
	for (int i = 0; i < 60000; i++)
		count[rng_below(&r, 6)]++;
	for (int i = 0; i < 6; i++)
		assert_in_range(count[i], 9600, 10400);
	assert_int_equal(rng_below(&r, 1), 0);
	for (int i = 0; i < 100; i++)
		assert_true(rng_below(&r, (1ul << 63) + 1) <= 1ul << 63);
}

static void shuffles(void **state)
{
	(void)state;
	size_t a[100], b[100];
	int seen[100] = {0}, moved = 0;
	for (size_t i = 0; i < 100; i++)
		a[i] = b[i] = i;
	struct rng r = rng_at(1, RNG_SHUFFLE, 0, 0), s = rng_at(1, RNG_SHUFFLE, 0, 0);
	rng_shuffle(&r, a, 100);
	rng_shuffle(&s, b, 100);
	assert_memory_equal(a, b, sizeof a);
	for (size_t i = 0; i < 100; i++) {
		seen[a[i]]++;
		moved += a[i] != i;
	}
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(seen[i], 1);
	assert_true(moved > 80);
	rng_shuffle(&r, a, 0);
	rng_shuffle(&r, a, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known), cmocka_unit_test(keys),     cmocka_unit_test(moments),
		cmocka_unit_test(below), cmocka_unit_test(shuffles),
	};
	return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
