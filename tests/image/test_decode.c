/* Every format that is read, against its definition or PIL; everything else is refused with a cause. */
#include "pic.h"

#include <math.h>
#include <pthread.h>

/* ---- lossless formats: 13 x 9 pixels of the pattern */

static const struct {
	const char *name;
	int channels;
	int alpha; /* channel that holds it, or 0 */
	double tolerance;
} formats[] = {
	{"gray.png", 1, 0, 0}, {"rgb.png", 3, 0, 0}, {"graya.png", 1, 1, 0.5}, {"rgba.png", 3, 3, 0.5},
	{"gray16.png", 1, 0, 0.02}, {"rgb16.png", 3, 0, 0.01}, {"rgba16.png", 3, 3, 0.01},
	{"gray.tif", 1, 0, 0}, {"rgb.tif", 3, 0, 0}, {"pages.tif", 1, 0, 0}, {"gray16.tif", 1, 0, 0.01},
	{"gray.gif", 1, 0, 0}, {"rgb.webp", 3, 0, 0}, {"rgba.webp", 3, 3, 0.5},
	{"high12.png", 1, 0, 0.01}, {"gray.pgm", 1, 0, 0}, {"rgb.ppm", 3, 0, 0}, {"plain.pgm", 1, 0, 0},
};

static void lossless_formats(void **state)
{
	struct image im;
	char recipe[80];

	(void)state;
	for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
		snprintf(recipe, sizeof recipe, "size=13x9 depth=float channels=%d", formats[f].channels);
		must_load(&im, formats[f].name, recipe);
		for (int i = 0; i < 13 * 9; i++)
			for (int c = 0; c < im.channels; c++) {
				double want = pattern(i / 13, i % 13, c), got = 255 * im.f32[i * im.channels + c];
				if (formats[f].alpha)
					want *= pattern(i / 13, i % 13, formats[f].alpha) / 255.0;
				if (fabs(got - want) > formats[f].tolerance + 1e-4)
					fail_msg("%s: pixel %d is %g, not %g", formats[f].name, i, got, want);
			}
		image_free(&im);
	}
}

static void palette_bits_and_12_bits(void **state)
{
	struct image im;

	(void)state;
	must_load(&im, "palette.png", "size=13x9");
	for (int i = 0; i < 13 * 9; i++) {
		int v = pattern(i / 13, i % 13, 0);
		assert_int_equal(im.u8[3 * i], v);
		assert_int_equal(im.u8[3 * i + 1], 255 - v);
		assert_int_equal(im.u8[3 * i + 2], v / 2);
	}
	image_free(&im);
	must_load(&im, "bit.png", "size=13x9 channels=1 mean=0.5 std=0.5");
	for (int i = 0; i < 13 * 9; i++)
		assert_int_equal(im.u8[i], pattern(i / 13, i % 13, 0) >= 60 ? 255 : 0);
	image_free(&im);
	/* the file says that white is 4095 */
	static const char *const twelve[] = {"gray12.pgm", "low12.png", "low12.tif", "inverted12.tif", "low12rgb.png"};
	for (size_t f = 0; f < sizeof twelve / sizeof *twelve; f++) {
		must_load(&im, twelve[f], "size=13x9 depth=float mean=0.5 std=0.5");
		for (int i = 0; i < 13 * 9 * 3; i++)
			assert_float_equal(im.f32[i], 16 * pattern(i / 39, i / 3 % 13, f == 4 ? i % 3 : 0) / 4095.0, 1e-6);
		image_free(&im);
	}
}

/* ---- JPEG: as PIL decodes it, upright as EXIF says */

static void same_as(const char *name, const char *golden, int tolerance)
{
	struct image a, b;
	unsigned char *bytes;
	size_t n;
	struct err e;

	slurp(name, &bytes, &n);
	if (image_decode(&a, bytes, n, &e) < 0)
		fail_msg("%s: %s", name, e.text);
	free(bytes);
	slurp(golden, &bytes, &n);
	assert_int_equal(image_decode(&b, bytes, n, &e), 0);
	free(bytes);
	assert_int_equal(a.width, b.width);
	assert_int_equal(a.height, b.height);
	assert_int_equal(a.channels, b.channels);
	for (int i = 0; i < a.width * a.height * a.channels; i++)
		assert_in_range(a.u8[i] - b.u8[i] + tolerance, 0, 2 * tolerance);
	image_free(&a);
	image_free(&b);
}

static void jpeg(void **state)
{
	(void)state;
	same_as("gray.jpeg", "gray.jpeg.pgm", 1);
	same_as("rgb.jpeg", "rgb.jpeg.ppm", 1);
	same_as("turned.jpeg", "turned.jpeg.pgm", 1);
}

/* Bytes of gray.jpeg with something wrong in a header that its pixels do not depend on. */
static void odd_headers(void **state)
{
	static const struct {
		const char *marker;
		int at;
		const char *bytes; /* written there, from the marker on */
	} odd[] = {
		{"\xff\xda", 8, "\0"},         /* the last coefficient of a scan that has all */
		{"\xff\xda", 7, "\3\77\22"},   /* the first, and an approximation */
		{"\xff\xe0", 9, "\7"},         /* JFIF of a version that never was */
	};
	unsigned char *bytes;
	size_t n;
	struct image want, im;
	struct err e;

	(void)state;
	slurp("gray.jpeg", &bytes, &n);
	assert_int_equal(image_decode(&want, bytes, n, &e), 0);
	for (size_t k = 0; k < sizeof odd / sizeof *odd; k++) {
		unsigned char *copy = malloc(n), *at;
		memcpy(copy, bytes, n);
		at = memmem(copy, n, odd[k].marker, 2);
		assert_non_null(at);
		memcpy(at + odd[k].at, odd[k].bytes, strlen(odd[k].bytes) ? strlen(odd[k].bytes) : 1);
		if (image_decode(&im, copy, n, &e) < 0)
			fail_msg("odd header %zu: %s", k, e.text);
		assert_memory_equal(im.u8, want.u8, (size_t)want.width * want.height);
		image_free(&im);
		free(copy);
	}
	/* bytes between two segments */
	unsigned char *longer = malloc(n + 5);
	size_t to = 4 + (bytes[4] << 8 | bytes[5]);
	memcpy(longer, bytes, to);
	memcpy(longer + to, "\0\1\2\xff\0", 5);
	memcpy(longer + to + 5, bytes + to, n - to);
	if (image_decode(&im, longer, n + 5, &e) < 0)
		fail_msg("bytes between segments: %s", e.text);
	assert_memory_equal(im.u8, want.u8, (size_t)want.width * want.height);
	image_free(&im);
	image_free(&want);
	free(longer);
	free(bytes);
}

/* A progressive JPEG whose last scan stands in it again and again: refused before libjpeg walks over it. */
static void many_scans(void **state)
{
	unsigned char *bytes, *many, *scan = NULL;
	size_t n;
	struct image im;
	struct err e;

	(void)state;
	slurp("rgb.jpeg", &bytes, &n);
	for (size_t i = 0; i + 1 < n; i++)
		if (bytes[i] == 0xff && bytes[i + 1] == 0xda)
			scan = bytes + i;
	assert_non_null(scan);
	size_t head = scan - bytes, length = n - 2 - head;
	many = malloc(head + 200 * length);
	memcpy(many, bytes, head);
	for (int i = 0; i < 200; i++)
		memcpy(many + head + i * length, scan, length);
	assert_int_equal(image_decode(&im, many, head + 200 * length, &e), -1);
	if (!strstr(e.text, "more than 100 scans"))
		fail_msg("%s", e.text);
	free(many);
	free(bytes);
}

/* ---- what is refused, and why */

static const struct {
	const char *name, *cause;
} refused[] = {
	{"gray.bmp", "BMP"}, {"cmyk.jpeg", "gray nor RGB"}, {"float.tif", "type float"},
	{"object.npy", "objects"}, {"struct.npy", "structures"}, {"i4.npy", "'<i4'"}, {"i8.npy", "'<i8'"},
	{"c8.npy", "'<c8'"},
	{"nan.npy", "not finite"}, {"negative.npy", "negative"}, {"line.npy", "shape"}, {"empty.npy", "no pixels"},
	{"wide.npy", "values from -2.5 to 300"},
};

static void refuses(void **state)
{
	struct image im;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		assert_int_equal(load(&im, refused[i].name, "size=13x9", &e), -1);
		assert_null(im.u8);
		assert_null(im.f32);
		if (!strstr(e.text, refused[i].cause) || strchr(e.text, '\n'))
			fail_msg("%s: %s", refused[i].name, e.text);
	}
}

static void bytes_refused(const char *bytes, size_t n, const char *cause)
{
	struct image im;
	struct err e;
	struct recipe r;
	struct image_facts facts;

	recipe_default(&r);
	assert_int_equal(image_load(&im, &r, (const unsigned char *)bytes, n, &facts, &e), -1);
	if (!strstr(e.text, cause))
		fail_msg("%s", e.text);
}

static void refuses_what_is_no_image(void **state)
{
	(void)state;
	bytes_refused("", 0, "empty file");
	bytes_refused("hello, world\n", 13, "not an image but text");
	bytes_refused("<svg width='9' height='9'></svg>", 32, "an SVG image, not an image that is read");
	bytes_refused("GIF89a\1\0\1\0\0\0\0", 13, "cannot decode");
	bytes_refused("PK\3\4zip", 7, "a ZIP archive, not an image");
	/* JPEG of 65500 x 65500: the size is read before libjpeg sees it */
	bytes_refused("\xff\xd8\xff\xc0\0\x0b\x08\xff\xdc\xff\xdc\1\1\x11\0", 15, "65500 x 65500 pixels are more than");
	bytes_refused("%PDF-1.4\n%\xe2\xe3", 11, "PDF document");
	bytes_refused("\0\0\0\0\0", 5, "not an image of a known format");
	bytes_refused("P5\n100000 100000\n255\n", 21, "million");
	bytes_refused("P5\n0 5\n255\n", 11, "no pixels");
	bytes_refused("P5\n2 2\n70000\n....", 17, "damaged");
	bytes_refused("P2\n2 1\n9\n5 10 ", 14, "beyond its maximum");
	/* PNG header of 100,000 x 100,000 pixels: refused by size, before anything is allocated */
	bytes_refused("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\x86\xa0\0\1\x86\xa0\x08\0\0\0\0\x95\x7d\xe5\x2a", 33, "cannot decode");
}

/* Cut anywhere, a file is refused, or (behind the last pixel of PNG and TIFF) gives the very same pixels. */
static void cut_everywhere(const char *name, bool strict)
{
	unsigned char *bytes, *cut;
	size_t n, survived = 0;
	struct image whole, im;
	struct err e;

	slurp(name, &bytes, &n);
	if (image_decode(&whole, bytes, n, &e) < 0)
		fail_msg("%s: %s", name, e.text);
	size_t size = (size_t)whole.width * whole.height * whole.channels;
	for (size_t k = 0; k < n; k++) {
		cut = malloc(k + 1); /* exact, so that a sanitizer sees a byte too many */
		memcpy(cut, bytes, k);
		if (image_decode(&im, cut, k, &e) == 0) {
			survived++;
			assert_memory_equal(im.u8, whole.u8, size);
			image_free(&im);
		}
		free(cut);
	}
	if (strict && survived)
		fail_msg("%s: %zu cut files were accepted", name, survived);
	assert_true(survived < 32);
	image_free(&whole);
	free(bytes);
}

static void truncation(void **state)
{
	(void)state;
	cut_everywhere("gray.jpeg", true);
	cut_everywhere("rgb.jpeg", true);
	cut_everywhere("gray.pgm", true);
	cut_everywhere("rgb.ppm", true);
	cut_everywhere("hwc.npy", true);
	cut_everywhere("fortran.npy", true);
	cut_everywhere("version2.npy", true);
	cut_everywhere("gray.png", false);
	cut_everywhere("rgb16.png", false);
	cut_everywhere("low12.png", false);
	cut_everywhere("gray.gif", false);
	cut_everywhere("rgb.webp", false);
	cut_everywhere("low12.tif", false);
	cut_everywhere("gray16.tif", false);
	cut_everywhere("rgb.tif", false);
}

/* A byte changed anywhere may give other pixels or an error, nothing worse. */
static void damage(void **state)
{
	static const char *const names[] = {"gray.jpeg", "rgb.png", "rgb.tif", "plain.pgm", "hwc.npy",
		"gray.gif", "rgb.webp", "low12.png", "low12.tif", "turned.jpeg"};
	struct image im;
	struct err e;

	(void)state;
	for (size_t f = 0; f < sizeof names / sizeof *names; f++) {
		unsigned char *bytes;
		size_t n;
		slurp(names[f], &bytes, &n);
		for (size_t k = 0; k < n; k++) {
			bytes[k] ^= 1 << k % 8;
			if (image_decode(&im, bytes, n, &e) == 0)
				image_free(&im);
			bytes[k] ^= 1 << k % 8;
		}
		free(bytes);
	}
}

/* libvips' error text is one for all threads: each failure must still get its own cause. */
static void *fail_often(void *arg)
{
	const char *name = arg, *cause = strstr(name, "cmyk") ? "gray nor RGB" : "premature end";
	unsigned char *bytes;
	size_t n;
	struct image im;
	struct err e;

	slurp(name, &bytes, &n);
	for (int i = 0; i < 50; i++) {
		size_t k = strstr(name, "cmyk") ? n : n / 2;
		if (image_decode(&im, bytes, k, &e) == 0 || !strstr(e.text, cause))
			return "wrong cause";
	}
	free(bytes);
	return NULL;
}

static void causes_do_not_mix(void **state)
{
	pthread_t t[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, fail_often, i % 2 ? "cmyk.jpeg" : "gray.jpeg");
	for (int i = 0; i < 4; i++) {
		void *result;
		pthread_join(t[i], &result);
		assert_null(result);
	}
}

/* ---- .npy */

static const struct {
	const char *name;
	int channels;
	double white, tolerance; /* of the type, and in 0..1 */
} arrays[] = {
	{"u1.npy", 1, 255, 1e-7}, {"u2.npy", 1, 255, 1e-7}, {"i2.npy", 1, 255, 2e-5},
	{"f2.npy", 1, 255, 3e-4}, {"f4.npy", 1, 255, 1e-7}, {"f8.npy", 1, 255, 1e-7},
	{"hwc.npy", 3, 255, 1e-7}, {"chw.npy", 3, 255, 1e-7}, {"hw1.npy", 1, 255, 1e-7}, {"1hw.npy", 1, 255, 1e-7},
	{"fortran.npy", 3, 255, 1e-7}, {"big.npy", 3, 255, 1e-7}, {"bigu2.npy", 3, 255, 1e-7},
	{"version2.npy", 3, 255, 1e-7},
};

static void npy(void **state)
{
	struct image im;
	char recipe[80];

	(void)state;
	for (size_t f = 0; f < sizeof arrays / sizeof *arrays; f++) {
		snprintf(recipe, sizeof recipe, "size=4x5 depth=float channels=%d", arrays[f].channels);
		must_load(&im, arrays[f].name, recipe);
		for (int i = 0; i < 4 * 5 * im.channels; i++) {
			double want = pattern(i / im.channels / 4, i / im.channels % 4, i % im.channels) / arrays[f].white;
			if (fabs(im.f32[i] - want) > arrays[f].tolerance)
				fail_msg("%s: element %d is %g, not %g", arrays[f].name, i, im.f32[i], want);
		}
		image_free(&im);
		/* rounding to 8 bits gives back what was divided by 255, float16 too */
		snprintf(recipe, sizeof recipe, "size=4x5 channels=%d", arrays[f].channels);
		must_load(&im, arrays[f].name, recipe);
		for (int i = 0; i < 4 * 5 * im.channels; i++)
			assert_int_equal(im.u8[i], pattern(i / im.channels / 4, i / im.channels % 4, i % im.channels));
		image_free(&im);
	}
	must_load(&im, "bool.npy", "size=4x5");
	for (int i = 0; i < 20; i++)
		assert_int_equal(im.u8[3 * i], pattern(i / 4, i % 4, 0) > 20 ? 255 : 0);
	image_free(&im);
	must_load(&im, "wide.npy", "size=2x2 channels=1 depth=float");
	assert_float_equal(im.f32[1], -2.5, 0);
	image_free(&im);
}

static void npy_headers(void **state)
{
	static const struct {
		const char *dict, *cause;
	} cases[] = {
		{"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2)}", NULL},
		{"{\"shape\":(2,2,),\"descr\":\"|u1\",\"fortran_order\":True}   \n", NULL},
		{"", "no header"}, {"{", "damaged"}, {"{}", "damaged"}, {"{'descr': '|u1'}", "damaged"},
		{"{'descr': '|u1', 'fortran_order': Nope, 'shape': (2, 2)}", "damaged"},
		{"{'descr': '|u1', 'fortran_order': False, 'shape': (2, -2)}", "damaged"},
		{"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2)} x", "damaged"},
		{"{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999, 2)}", "damaged"},
		{"{'descr': '|u1', 'fortran_order': False, 'shape': (2147483647, 2147483647, 3)}", "too large"},
		{"{'descr': '|u1', 'fortran_order': False, 'shape': (1,1,1,1,1)}", "no image"},
		{"{'descr': '|u1', 'fortran_order': False, 'shape': ()}", "shape"},
		{"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}", "truncated"},
		{"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1)}", "4 bytes of data"},
		{"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), 'x': 1}", "damaged"},
		{"{'descr': '|V9', 'fortran_order': False, 'shape': (2, 2)}", "'|V9'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned char bytes[200] = "\x93NUMPY\1";
		size_t n = strlen(cases[i].dict);
		struct image im;
		struct err e;
		bytes[8] = n;
		memcpy(bytes + 10, cases[i].dict, n);
		memcpy(bytes + 10 + n, "\1\2\3\4", 4);
		int rc = image_decode(&im, bytes, n + 14, &e);
		if (cases[i].cause ? rc == 0 || !strstr(e.text, cases[i].cause) : rc < 0)
			fail_msg("%s: %s", cases[i].dict, rc < 0 ? e.text : "accepted");
		if (rc == 0) {
			assert_int_equal(im.u8[1], i == 1 ? 3 : 2);
			image_free(&im);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lossless_formats),
		cmocka_unit_test(palette_bits_and_12_bits),
		cmocka_unit_test(jpeg),
		cmocka_unit_test(odd_headers),
		cmocka_unit_test(many_scans),
		cmocka_unit_test(refuses),
		cmocka_unit_test(refuses_what_is_no_image),
		cmocka_unit_test(truncation),
		cmocka_unit_test(damage),
		cmocka_unit_test(causes_do_not_mix),
		cmocka_unit_test(npy),
		cmocka_unit_test(npy_headers),
	};
	struct err e;

	if (image_start("test_decode", &e) < 0)
		return 1;
	int rc = cmocka_run_group_tests_name("decode", tests, NULL, NULL);
	image_stop();
	return rc;
}
