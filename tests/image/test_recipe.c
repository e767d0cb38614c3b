/* From pixels to tensors: resampling against PIL, fits, depths, normalising. */
#include "pic.h"

#include <math.h>

#include "stream/stream.h"

/* ---- resampling: PIL rounds between its two passes, we do not, so single pixels differ by one level */

static void compare(const char *source, const char *golden, const char *recipe, int *most, double *mean)
{
	struct image got, want;
	unsigned char *bytes;
	size_t n, sum = 0;
	struct err e;

	must_load(&got, source, recipe);
	slurp(golden, &bytes, &n);
	assert_int_equal(image_decode(&want, bytes, n, &e), 0);
	free(bytes);
	assert_int_equal(got.width, want.width);
	assert_int_equal(got.height, want.height);
	assert_int_equal(got.channels, want.channels);
	int count = got.width * got.height * got.channels;
	for (int i = 0; i < count; i++) {
		int d = abs(got.u8[i] - want.u8[i]);
		sum += d;
		*most = d > *most ? d : *most;
	}
	*mean = fmax(*mean, (double)sum / count);
	image_free(&got);
	image_free(&want);
}

static void against_pil(const char *kernel, int most_allowed, double mean_allowed)
{
	static const char *const sizes[] = {"16x16", "9x70", "100x20", "7x5"};
	char golden[80], recipe[120];
	int most = 0;
	double mean = 0;

	for (size_t s = 0; s < 4; s++) {
		if (strcmp(kernel, "mitchell") == 0 && s % 2 == 1)
			continue;
		snprintf(golden, sizeof golden, "%s-1-%s.pnm", kernel, sizes[s]);
		snprintf(recipe, sizeof recipe, "size=%s channels=1 kernel=%s", sizes[s], kernel);
		compare("scene.pgm", golden, recipe, &most, &mean);
	}
	if (strcmp(kernel, "mitchell") != 0) {
		snprintf(golden, sizeof golden, "%s-3-16x12.pnm", kernel);
		snprintf(recipe, sizeof recipe, "size=16x12 kernel=%s", kernel);
		compare("scene.ppm", golden, recipe, &most, &mean);
	}
	print_message("%s: largest difference %d, largest mean difference %.3f\n", kernel, most, mean);
	assert_true(most <= most_allowed);
	assert_true(mean <= mean_allowed);
}

static void kernels(void **state)
{
	(void)state;
	against_pil("nearest", 0, 0);
	against_pil("linear", 1, 0.3);
	against_pil("cubic", 1, 0.3);
	against_pil("lanczos3", 1, 0.3);
	against_pil("mitchell", 1, 0.01);
}

static void fits(void **state)
{
	int most = 0;
	double mean = 0;

	(void)state;
	compare("scene.pgm", "crop-1-16x16.pnm", "size=16x16 channels=1 fit=crop", &most, &mean);
	compare("scene.pgm", "pad-1-32x32.pnm", "size=32x32 channels=1 fit=pad", &most, &mean);
	assert_true(most <= 1 && mean <= 0.3);
}

static void colours(void **state)
{
	int most = 0;
	double mean = 0;
	struct image im;

	(void)state;
	compare("scene.ppm", "luma.pgm", "size=61x47 channels=1", &most, &mean);
	assert_int_equal(most, 0);
	compare("scene.pgm", "scene.pgm", "size=61x47 channels=1 kernel=mitchell", &most, &mean); /* same size: no change */
	assert_int_equal(most, 0);
	must_load(&im, "scene.pgm", "size=20x20");
	assert_int_equal(im.channels, 3);
	for (int i = 0; i < 400; i++)
		assert_true(im.u8[3 * i] == im.u8[3 * i + 1] && im.u8[3 * i] == im.u8[3 * i + 2]);
	image_free(&im);
}

static void flat_stays_flat(void **state)
{
	static const char *const kernel[] = {"nearest", "linear", "cubic", "lanczos3", "mitchell"};
	char file[20 + 70 * 50] = "P5\n70 50\n255\n", line[120];
	size_t head = strlen(file);
	struct recipe r;
	struct image im;
	struct err e;
	struct image_facts facts;

	(void)state;
	memset(file + head, 201, 3500);
	for (int k = 0; k < 5; k++)
		for (int side = 1; side < 160; side += 13) {
			recipe_default(&r);
			snprintf(line, sizeof line, "size=%dx%d channels=1 kernel=%s", side, 160 - side, kernel[k]);
			assert_int_equal(recipe_parse(&r, line, &e), 0);
			assert_int_equal(image_load(&im, &r, (unsigned char *)file, head + 3500, &facts, &e), 0);
			for (int i = 0; i < side * (160 - side); i++)
				assert_int_equal(im.u8[i], 201);
			image_free(&im);
		}
}

/* ---- depth and normalising */

static void u8_and_f32_give_the_same_bits(void **state)
{
	static const char *const recipes[] = {"imagenet size=31x17", "gray size=224x224", "perimage size=20x20",
		"gray norm=image size=9x9"};
	static const char *const names[] = {"rgb.jpeg", "gray.jpeg", "gray16.png", "chw.npy", "rgba.png"};

	(void)state;
	for (size_t k = 0; k < 4; k++)
		for (size_t f = 0; f < 5; f++) {
			struct recipe r;
			struct image im;
			struct record item = {0};
			struct err e;
			recipe_default(&r);
			assert_int_equal(recipe_parse(&r, recipes[k], &e), 0);
			must_load(&im, names[f], recipes[k]);
			assert_non_null(im.u8);
			size_t n = (size_t)im.width * im.height * im.channels;
			float *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
			int64_t shape[3] = {im.height, im.width, im.channels};
			image_normalise(&im, &r, a);
			memcpy(record_add(&item, "image", DT_U8, 3, shape), im.u8, n);
			assert_int_equal(recipe_image(&r, &item, b, &e), 0);
			assert_memory_equal(a, b, n * sizeof *a);
			record_free(&item);
			image_free(&im);
			free(a);
			free(b);
		}
}

static void depths(void **state)
{
	struct image im, exact;

	(void)state;
	must_load(&exact, "gray16.png", "size=6x4 channels=1 depth=float");
	must_load(&im, "gray16.png", "size=6x4 channels=1 depth=16");
	for (int i = 0; i < 24; i++) {
		assert_float_equal(im.f32[i], exact.f32[i], 0.51 / 65535);
		assert_float_equal(im.f32[i] * 65535, roundf(im.f32[i] * 65535), 1e-2);
	}
	image_free(&im);
	must_load(&im, "gray16.png", "size=6x4 channels=1 depth=8");
	for (int i = 0; i < 24; i++)
		assert_float_equal(im.u8[i] / 255.0, exact.f32[i], 0.51 / 255);
	image_free(&im);
	image_free(&exact);
	must_load(&im, "gray.png", "size=13x9 channels=1 depth=float"); /* 8-bit files on the 0..1 scale */
	for (int i = 0; i < 13 * 9; i++)
		assert_float_equal(im.f32[i], pattern(i / 13, i % 13, 0) / 255.0, 1e-7);
	image_free(&im);
}

static void normalising_floats(void **state)
{
	struct recipe r;
	struct image im;
	struct err e;
	float out[20 * 3];
	double sum = 0, squares = 0;

	(void)state;
	recipe_default(&r);
	must_load(&im, "hwc.npy", "size=4x5 depth=float");
	image_normalise(&im, &r, out);
	for (int i = 0; i < 60; i++)
		assert_float_equal(out[i], (pattern(i / 3 / 4, i / 3 % 4, i % 3) / 255.0 - r.mean[i % 3]) / r.std[i % 3], 1e-5);
	assert_int_equal(recipe_parse(&r, "norm=image", &e), 0);
	image_normalise(&im, &r, out);
	for (int i = 0; i < 60; i++) {
		sum += out[i];
		squares += out[i] * out[i];
	}
	assert_float_equal(sum / 60, 0, 1e-6);
	assert_float_equal(squares / 60, 1, 1e-5);
	for (int i = 0; i < 60; i++) /* flat */
		im.f32[i] = 0.3f;
	image_normalise(&im, &r, out);
	for (int i = 0; i < 60; i++)
		assert_float_equal(out[i], 0, 0);
	image_free(&im);
}

/* shrink=load is close to, and not the same as, a full decode; the size reported is the file's. */
static void shrink_on_load(void **state)
{
	struct image full, load_;
	struct recipe r;
	struct err e;
	unsigned char *bytes;
	size_t n;
	struct image_facts facts;
	double sum = 0;

	(void)state;
	must_load(&full, "gray.jpeg", "size=6x5 channels=1");
	recipe_default(&r);
	assert_int_equal(recipe_parse(&r, "size=6x5 channels=1 shrink=load", &e), 0);
	slurp("gray.jpeg", &bytes, &n);
	assert_int_equal(image_load(&load_, &r, bytes, n, &facts, &e), 0);
	free(bytes);
	assert_int_equal(facts.width, 61);
	assert_int_equal(facts.height, 47);
	for (int i = 0; i < 30; i++)
		sum += abs(full.u8[i] - load_.u8[i]);
	print_message("shrink=load: mean difference %.2f\n", sum / 30);
	assert_true(sum > 0 && sum / 30 < 4);
	image_free(&full);
	image_free(&load_);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels),
		cmocka_unit_test(fits),
		cmocka_unit_test(colours),
		cmocka_unit_test(flat_stays_flat),
		cmocka_unit_test(u8_and_f32_give_the_same_bits),
		cmocka_unit_test(depths),
		cmocka_unit_test(normalising_floats),
		cmocka_unit_test(shrink_on_load),
	};
	struct err e;

	if (image_start("test_recipe", &e) < 0)
		return 1;
	int rc = cmocka_run_group_tests_name("recipe", tests, NULL, NULL);
	image_stop();
	return rc;
}
