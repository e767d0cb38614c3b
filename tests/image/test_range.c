/* What white is: the type's maximum, what the file states, the recipe's value or percentile; images without contrast. */
#include "pic.h"

#include <math.h>
#include <stdio.h>

#define SIDE 8

/* A 16-bit PGM of SIDE x SIDE values with the maximum that is given. */
static int load_pgm(struct image *im, struct image_facts *f, const int *v, int max, const char *recipe, struct err *e)
{
	unsigned char file[64 + 2 * SIDE * SIDE];
	int n = snprintf((char *)file, 64, "P5 %d %d %d\n", SIDE, SIDE, max);
	struct recipe r;

	for (int i = 0; i < SIDE * SIDE; i++) {
		file[n++] = v[i] >> 8;
		file[n++] = v[i] & 255;
	}
	recipe_default(&r);
	assert_int_equal(recipe_parse(&r, "gray size=8x8 depth=float", e), 0);
	assert_int_equal(recipe_parse(&r, recipe, e), 0);
	return image_load(im, &r, file, n, f, e);
}

static void ramp(int v[SIDE * SIDE], int step)
{
	for (int i = 0; i < SIDE * SIDE; i++)
		v[i] = step * i;
}

static void recipes(void **state)
{
	static const struct {
		const char *recipe;
		int max;
		double white;
	} cases[] = {
		{"white=auto", 65535, 65535}, {"white=auto", 4095, 4095}, {"white=4095", 65535, 4095},
		{"white=70000", 65535, 65535}, {"white=p100", 65535, 63 * 40}, {"white=p50", 65535, 32 * 40},
	};
	int v[SIDE * SIDE];

	(void)state;
	ramp(v, 40);
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
		struct image im;
		struct image_facts f;
		struct err e;
		assert_int_equal(load_pgm(&im, &f, v, cases[k].max, cases[k].recipe, &e), 0);
		for (int i = 0; i < SIDE * SIDE; i++)
			assert_float_equal(im.f32[i], v[i] / cases[k].white, 1e-6);
		assert_int_equal(f.narrow[0] != 0, k == 0 || k == 3);
		assert_string_equal(f.flat, "");
		image_free(&im);
	}
}

static void clips_above_white(void **state)
{
	int v[SIDE * SIDE];
	struct image im;
	struct image_facts f;
	struct err e;

	(void)state;
	ramp(v, 40);
	assert_int_equal(load_pgm(&im, &f, v, 65535, "white=1000 depth=8", &e), 0);
	for (int i = 0; i < SIDE * SIDE; i++)
		assert_int_equal(im.u8[i], v[i] >= 1000 ? 255 : v[i] * 255 / 1000.f + .5f);
	image_free(&im);
}

static void flat(void **state)
{
	int v[SIDE * SIDE];
	struct image im;
	struct image_facts f;
	struct err e;

	(void)state;
	ramp(v, 0);
	v[0] = 0;
	assert_int_equal(load_pgm(&im, &f, v, 65535, "depth=8", &e), 0);
	assert_string_equal(f.flat, "flat: every pixel is 0");
	assert_string_equal(f.narrow, "");
	image_free(&im);
	ramp(v, 1); /* 0 to 63 of 65535: nothing is left in 8 bits */
	assert_int_equal(load_pgm(&im, &f, v, 65535, "depth=8", &e), 0);
	assert_string_equal(f.flat, "flat: values from 0 to 63 of 65535 leave no contrast");
	image_free(&im);
	assert_int_equal(load_pgm(&im, &f, v, 65535, "depth=8 white=63", &e), 0);
	assert_string_equal(f.flat, "");
	image_free(&im);
}

static void hidden(void **state)
{
	unsigned char *bytes;
	size_t n;
	struct recipe r;
	struct image im;
	struct image_facts f;
	struct err e;

	(void)state;
	recipe_default(&r);
	slurp("hidden.png", &bytes, &n);
	assert_int_equal(image_load(&im, &r, bytes, n, &f, &e), 0);
	assert_string_equal(f.flat, "flat: the alpha channel hides every pixel");
	image_free(&im);
	free(bytes);
}

/* ---- arrays of floats */

static int load_array(struct image *im, struct image_facts *f, const float v[4], const char *recipe, struct err *e)
{
	unsigned char file[128 + 16] = "\x93NUMPY\1\0\x76\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}";
	struct recipe r;

	for (int i = 10; i < 128; i++)
		file[i] = file[i] ? file[i] : ' ';
	memcpy(file + 128, v, 16);
	recipe_default(&r);
	assert_int_equal(recipe_parse(&r, "gray size=2x2", e), 0);
	assert_int_equal(recipe_parse(&r, recipe, e), 0);
	return image_load(im, &r, file, sizeof file, f, e);
}

static void arrays(void **state)
{
	static const struct {
		float v[4];
		const char *recipe, *cause; /* NULL: taken */
	} cases[] = {
		{{0, .5f, 1, .25f}, "depth=8", NULL},
		{{0, 5, 10, 2.5f}, "white=10", NULL},
		{{0, 5, 10, 2.5f}, "white=p99.9", NULL},
		{{-5, 5, 10, 2.5f}, "depth=float", NULL},
		{{0, 5, 10, 2.5f}, "depth=8", "values from 0 to 10, not 0 to 1"},
		{{-1, -1, -1, -1}, "depth=8", "flat: every value is -1, not 0 to 1"},
		{{-5, 5, 10, 2.5f}, "white=10", "values from -5 to 10, not 0 to 10"},
		{{0, 1e38f, 0, 0}, "depth=float", "too large"},
		{{0, 1e38f, 0, 0}, "white=1e30", "too large"},
		{{0, NAN, 0, 0}, "depth=float", "not finite"},
		{{0, INFINITY, 0, 0}, "depth=float", "not finite"},
	};

	(void)state;
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
		struct image im;
		struct image_facts f;
		struct err e = {0};
		int rc = load_array(&im, &f, cases[k].v, cases[k].recipe, &e);
		if (cases[k].cause ? rc == 0 || !strstr(e.text, cases[k].cause) : rc != 0)
			fail_msg("case %zu: %s", k, rc ? e.text : "taken");
		image_free(&im);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recipes),
		cmocka_unit_test(clips_above_white),
		cmocka_unit_test(flat),
		cmocka_unit_test(hidden),
		cmocka_unit_test(arrays),
	};
	struct err e;

	if (image_start("test_range", &e) < 0)
		return 1;
	int rc = cmocka_run_group_tests_name("range", tests, NULL, NULL);
	image_stop();
	return rc;
}
