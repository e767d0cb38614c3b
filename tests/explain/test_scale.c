/* Resizing, quantiles and normalisers: PyTorch's and numpy's numbers, and maps that show nothing. */
#include <float.h>

#include "explain/scale.h"
#include "nn/nets.h"
#include "scale_golden.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void resizing_is_pytorchs(void **state)
{
	const double *want = golden_resized;

	(void)state;
	for (size_t i = 0; i < COUNT(golden_resize); i++) {
		const int *r = golden_resize[i];
		size_t n = (size_t)r[2] * (size_t)r[3];
		float in[120], *out = xmalloc(n * sizeof *out);

		fill_noise(in, (size_t)r[0] * (size_t)r[1], 20 + (uint32_t)i);
		map_resize(in, r[0], r[1], out, r[2], r[3]);
		assert_near(apart(out, want, n), 0, 2e-7);
		want += n;
		free(out);
	}
	assert_ptr_equal(want, golden_resized + COUNT(golden_resized));
}

static void resizing_invents_nothing(void **state)
{
	float in[6] = {FLT_MAX, -FLT_MAX, FLT_MAX, .1f, .1f, .1f}, out[35], same[6];

	(void)state;
	map_resize(in, 2, 3, same, 2, 3);
	assert_bits(same, in, 6, "the same size");
	map_resize(in, 2, 3, out, 5, 7);
	assert_true(map_is_finite(out, 35));
	for (int i = 0; i < 6; i++)
		in[i] = .1f;
	map_resize(in, 2, 3, out, 5, 7);
	for (int i = 0; i < 35; i++)
		assert_true(out[i] == .1f);
}

static void quantiles_are_numpys(void **state)
{
	const double *want = golden_quantiles;
	float v[1000];

	(void)state;
	for (size_t i = 0; i < COUNT(golden_count); i++) {
		fill_noise(v, (size_t)golden_count[i], 40 + (uint32_t)i);
		for (size_t q = 0; q < COUNT(golden_quantile); q++)
			assert_near(map_quantile(v, golden_count[i], golden_quantile[q]), *want++, 1e-7);
	}
}

static void normalisers_are_right(void **state)
{
	static const double *const want[] = {golden_max, golden_minmax, golden_p99, golden_none, golden_plateau};
	float raw[20], out[143];

	(void)state;
	fill_noise(raw, 20, 9);
	for (int k = 0; k < NORMALISE_COUNT; k++) {
		assert_true(map_finish(k, raw, 4, 5, out, 13, 11));
		assert_near(apart(out, want[k], 143), 0, 1e-6);
	}
}

static void extremes(const float *v, float *lo, float *hi)
{
	*lo = *hi = v[0];
	for (int i = 1; i < 12; i++) {
		*lo = fminf(*lo, v[i]);
		*hi = fmaxf(*hi, v[i]);
	}
}

/* 2x2 maps made 3x4: whether they show anything under each normaliser, and the extremes then. */
static void edges(void **state)
{
	static const struct {
		float raw[4];
		bool shows[NORMALISE_COUNT]; /* max, minmax, p99, none, plateau */
		float lo, hi;                /* of none */
	} cases[] = {
		{{0, 0, 0, 0}, {false, false, false, false, false}, 0, 0},
		{{-0.f, 0, 0, -0.f}, {false, false, false, false, false}, 0, 0},
		{{3, 3, 3, 3}, {false, false, false, false, false}, 3, 3},
		{{1, 1 + FLT_EPSILON, 1, 1}, {false, false, false, false, false}, 1, 1 + FLT_EPSILON},
		{{-2, -2, -2, -2}, {false, false, false, false, false}, -2, -2},
		{{-1, -2, -3, -4}, {false, true, false, true, false}, -4, -1},
		{{-1, 2, 0, 1}, {true, true, true, true, true}, -1, 2},
		{{1, 2, 3, 4}, {true, true, true, true, true}, 1, 4},
		{{1e-30f, 0, 0, 0}, {true, true, true, true, true}, 0, 1e-30f},
		{{1e-41f, 0, 0, 2e-41f}, {true, true, true, true, true}, 0, 2e-41f},
		{{FLT_MAX, -FLT_MAX, 0, 1}, {true, true, true, true, true}, -FLT_MAX, FLT_MAX},
		{{FLT_MAX, FLT_MAX, FLT_MAX, 0}, {true, true, true, true, true}, 0, FLT_MAX},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (int k = 0; k < NORMALISE_COUNT; k++) {
			float out[12], lo, hi;
			bool shows = map_finish(k, cases[i].raw, 2, 2, out, 3, 4);

			if (shows != cases[i].shows[k])
				fail_msg("case %zu, %s: %d", i, normaliser_name(k), shows);
			assert_true(map_is_finite(out, 12));
			extremes(out, &lo, &hi);
			if (k == NORMALISE_none)
				assert_true(lo == cases[i].lo && hi == cases[i].hi);
			else if (!shows || k == NORMALISE_minmax)
				assert_true(lo == 0 && hi == (shows ? 1 : 0));
			else
				assert_true(lo >= 0 && hi == 1);
		}
}

/* Fewer than one place in a hundred has a signal: the 99th percentile is 0, and the signal still shows. */
static void a_lone_place_shows(void **state)
{
	float raw[400] = {0}, out[400], one;

	(void)state;
	raw[123] = 1e-3f;
	assert_true(map_finish(NORMALISE_p99, raw, 20, 20, out, 20, 20));
	for (int i = 0; i < 400; i++)
		assert_true(out[i] == (i == 123));
	assert_true(map_finish(NORMALISE_max, raw, 20, 20, out, 3, 3)); /* none of the nine is at that place */
	assert_true(map_is_finite(out, 9));
	assert_true(map_finish(NORMALISE_minmax, raw, 20, 20, out, 3, 3));
	assert_true(map_is_finite(out, 9));
	assert_false(map_finish(NORMALISE_max, &raw[123], 1, 1, &one, 1, 1));
	assert_true(one == 0);
	assert_false(map_finish(NORMALISE_none, &raw[123], 1, 1, &one, 1, 1));
	assert_true(one == 1e-3f);
}

static void what_is_not_finite_is_seen(void **state)
{
	float v[3] = {1, FLT_MAX, -FLT_MAX};

	(void)state;
	assert_true(map_is_finite(v, 3));
	for (int i = 0; i < 3; i++) {
		float bad[3] = {NAN, INFINITY, -INFINITY}, w[3] = {1, 2, 3};

		w[i] = bad[i];
		assert_false(map_is_finite(w, 3));
		assert_true(map_is_finite(w, i));
	}
}

static void names(void **state)
{
	static const char *const bad[] = {"", "Max", "max ", "max,none", "p98"};
	enum normaliser how;
	struct err e;

	(void)state;
	for (int k = 0; k < NORMALISE_COUNT; k++) {
		assert_int_equal(normaliser_parse(normaliser_name(k), &how, &e), 0);
		assert_int_equal(how, k);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(normaliser_parse(bad[i], &how, &e), -1);
		assert_non_null(strstr(e.text, "max, minmax, p99, none, plateau"));
	}
}

/* Two levels: any cut between is best, and the cut is between. */
static void otsu_parts_two_levels(void **state)
{
	float map[100], zero[100] = {0};
	float cut;

	(void)state;
	for (int i = 0; i < 100; i++)
		map[i] = i < 80 ? .1f + .001f * (float)(i % 5) : 3 + .01f * (float)(i % 7);
	cut = map_otsu(map, 100);
	assert_true(cut > .104f && cut < 3);
	assert_true(map_otsu(zero, 100) == 0);
	for (int i = 0; i < 100; i++) /* numpy over all cuts: 39.69 */
		map[i] = (float)(i * i) / 100;
	cut = map_otsu(map, 100);
	assert_true(cut > 39 && cut < 41);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(otsu_parts_two_levels),
		cmocka_unit_test(resizing_is_pytorchs),
		cmocka_unit_test(resizing_invents_nothing),
		cmocka_unit_test(quantiles_are_numpys),
		cmocka_unit_test(normalisers_are_right),
		cmocka_unit_test(edges),
		cmocka_unit_test(a_lone_place_shows),
		cmocka_unit_test(what_is_not_finite_is_seen),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
