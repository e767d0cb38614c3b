/* DICOM: the gray scale against the formulas of PS3.3 C.11, stored values, what is refused, which bytes are DICOM; the
 * set of real files, where it is, against sums that another decoder (GDCM under pydicom) gave. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "image/dicom_read.h"

static struct dicom_gray plain(int stored, bool is_signed)
{
	return (struct dicom_gray){.stored = stored, .is_signed = is_signed, .slope = 1};
}

static void near(double got, double want)
{
	if (!(fabs(got - want) < 1e-6))
		fail_msg("%.9g, not %.9g", got, want);
}

/* ---- windows */

/* C.11.2.1.2.1, as pseudo-code there, for ymin 0 and ymax 1. */
static double linear(double x, double c, double w)
{
	if (x <= c - 0.5 - (w - 1) / 2)
		return 0;
	if (x > c - 0.5 + (w - 1) / 2)
		return 1;
	return (x - (c - 0.5)) / (w - 1) + 0.5;
}

static double linear_exact(double x, double c, double w)
{
	if (x <= c - w / 2)
		return 0;
	if (x > c + w / 2)
		return 1;
	return (x - c) / w + 0.5;
}

static double sigmoid(double x, double c, double w)
{
	return 1 / (1 + exp(-4 * (x - c) / w));
}

static void windows(void **state)
{
	static const double shapes[][2] = {{2048, 4096}, {550, 1024}, {40, 400}, {100.5, 1}, {0.3, 2}, {-500, 1500}, {2047, 1e6}};
	double (*const formula[])(double, double, double) = {linear, linear_exact, sigmoid};

	(void)state;
	for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
		for (int f = DICOM_LINEAR; f <= DICOM_SIGMOID; f++)
			for (int v = -2048; v < 2048; v++) {
				struct dicom_gray g = plain(12, true);
				g.windowed = true;
				g.function = f;
				g.center = shapes[s][0];
				g.width = shapes[s][1];
				g.slope = 1.25;
				g.intercept = -24;
				near(dicom_gray(&g, v, false), formula[f](v * 1.25 - 24, g.center, g.width));
				near(dicom_gray(&g, v, true), (v + 2048) / 4095.0);
				g.inverted = true;
				near(dicom_gray(&g, v, false), 1 - formula[f](v * 1.25 - 24, g.center, g.width));
			}
}

/* The standard's own example: center 2048, width 4096 is the identity on 12 bits. */
static void window_of_the_standard(void **state)
{
	struct dicom_gray g = plain(12, false);

	(void)state;
	g.windowed = true;
	g.center = 2048;
	g.width = 4096;
	for (int v = 0; v < 4096; v++)
		near(dicom_gray(&g, v, false), v / 4095.0);
}

static void no_window(void **state)
{
	struct dicom_gray g = plain(10, false);

	(void)state;
	g.windowed = true;
	for (int f = DICOM_LINEAR; f <= DICOM_SIGMOID; f++)
		for (int bad = 0; bad < 4; bad++) {
			g.function = f;
			g.center = 100;
			g.width = (double[]){0, -5, NAN, INFINITY}[bad];
			near(dicom_gray(&g, 512, false), 512 / 1023.0);
		}
	g.function = DICOM_LINEAR;
	g.width = 0.5;
	near(dicom_gray(&g, 512, false), 512 / 1023.0);
	g.windowed = false;
	g.slope = -2; /* the smallest stored value is the brightest */
	g.intercept = 7;
	near(dicom_gray(&g, 0, false), 1);
	near(dicom_gray(&g, 1023, false), 0);
	g.slope = 1e-300; /* all values are one behind the intercept */
	near(dicom_gray(&g, 1023, false), 1);
}

/* ---- tables */

static void voi_table(void **state)
{
	uint16_t value[4] = {0, 100, 3000, 4095};
	struct dicom_gray g = plain(12, false);

	(void)state;
	g.voi = (struct dicom_lut){.n = 4, .first = 10, .bits = 12, .value = value};
	g.windowed = true; /* a table comes before a window */
	g.center = g.width = 50;
	near(dicom_gray(&g, 0, false), 0);
	near(dicom_gray(&g, 11, false), 100 / 4095.0);
	near(dicom_gray(&g, 12, false), 3000 / 4095.0);
	near(dicom_gray(&g, 4000, false), 1);
	near(dicom_gray(&g, 4000, true), 4000 / 4095.0);
	g.voi.bits = 16; /* Agfa: 12-bit data in a "16-bit" table */
	near(dicom_gray(&g, 12, false), 3000 / 4095.0);
	value[3] = 40000;
	near(dicom_gray(&g, 12, false), 3000 / 65535.0);
	g.voi.bits = 8; /* more than the bits say */
	near(dicom_gray(&g, 4000, false), 40000 / 65535.0);
}

static void modality_table(void **state)
{
	uint16_t value[3] = {5, 128, 255};
	struct dicom_gray g = plain(8, true);

	(void)state;
	g.modality = (struct dicom_lut){.n = 3, .first = -1, .bits = 8, .value = value};
	g.slope = 0; /* not used */
	near(dicom_gray(&g, -100, false), 5 / 255.0);
	near(dicom_gray(&g, 0, false), 128 / 255.0);
	near(dicom_gray(&g, 100, true), 1);
	g.windowed = true;
	g.center = 128;
	g.width = 256;
	near(dicom_gray(&g, 0, false), 128 / 255.0);
}

static void padding_is_black(void **state)
{
	struct dicom_gray g = plain(8, false);

	(void)state;
	g.inverted = g.padded = true;
	g.pad_from = 0;
	g.pad_to = 2;
	near(dicom_gray(&g, 0, false), 0);
	near(dicom_gray(&g, 2, true), 0);
	near(dicom_gray(&g, 3, false), 1 - 3 / 255.0);
}

/* ---- stored values */

static struct dicom stored(const char *syntax, int allocated, int bits, int high, bool is_signed)
{
	struct dicom d = {.width = 2, .height = 2, .samples = 1, .frames = 1, .allocated = allocated, .high = high, .aspect = 1};

	strcpy(d.syntax, syntax);
	d.lossy = dicom_is_lossy(syntax);
	strcpy(d.facts.photometric, "MONOCHROME2");
	d.gray = plain(bits, is_signed);
	return d;
}

#define NATIVE   "1.2.840.10008.1.2.1"
#define EXTENDED "1.2.840.10008.1.2.4.51"
#define LOSSLESS "1.2.840.10008.1.2.4.70"

static void values(void **state)
{
	struct dicom d = stored(NATIVE, 16, 10, 15, false);

	(void)state;
	assert_int_equal(dicom_value(&d, 0xffc0), 1023); /* high bit 15: shifted */
	d = stored(NATIVE, 16, 10, 9, false);
	assert_int_equal(dicom_value(&d, 0xfc05), 5); /* old overlays above: masked */
	d = stored(NATIVE, 16, 12, 11, true);
	assert_int_equal(dicom_value(&d, 0x0fff), -1);
	assert_int_equal(dicom_value(&d, 0x07ff), 2047);
	d = stored(NATIVE, 8, 8, 7, true);
	assert_int_equal(dicom_value(&d, 0x80), -128);
	d = stored(EXTENDED, 16, 10, 9, false);
	assert_int_equal(dicom_value(&d, 1024), 1023); /* overshoot: clamped */
	assert_int_equal(dicom_value(&d, 65535), 1023);
	d = stored(EXTENDED, 16, 12, 11, true);
	assert_int_equal(dicom_value(&d, 0xfffe), -2);
	assert_int_equal(dicom_value(&d, 0x0ffe), -2);
	assert_int_equal(dicom_value(&d, 0x8000), -2048);
	d = stored(LOSSLESS, 16, 12, 11, true);
	assert_int_equal(dicom_value(&d, 0x0fff), -1);
	assert_int_equal(dicom_value(&d, 0xffff), -1);
}

/* ---- what is refused */

static void refused(const struct dicom *d, const char *words)
{
	struct dicom_options o = {0};
	struct err e = {""};

	assert_int_equal(dicom_check(d, &o, &e), -1);
	if (!strstr(e.text, words))
		fail_msg("'%s' does not say '%s'", e.text, words);
}

static void refusals(void **state)
{
	struct dicom good = stored(NATIVE, 16, 12, 11, false), d;
	struct dicom_options o = {0};
	struct err e;

	(void)state;
	assert_int_equal(dicom_check(&good, &o, &e), 0);
#define BAD(field, value, words) (d = good, d.field = (value), refused(&d, words))
	BAD(directory, true, "DICOMDIR");
	BAD(width, 0, "no pixels");
	BAD(height, 0, "no pixels");
	BAD(samples, 3, "3 samples");
	BAD(frames, 12, "12 frames");
	BAD(enhanced, true, "enhanced");
	BAD(float_pixels, true, "float");
	BAD(allocated, 32, "32 bits allocated");
	BAD(allocated, 1, "1 bits allocated");
	BAD(gray.stored, 17, "cannot be");
	BAD(gray.stored, 0, "cannot be");
	BAD(high, 10, "cannot be");
	BAD(high, 16, "cannot be");
	BAD(gray.slope, 0, "slope");
	BAD(for_processing, true, "FOR PROCESSING");
	BAD(aspect, 2, "not square");
	d = good;
	d.width = d.height = 65535;
	refused(&d, "65535 x 65535 pixels are more than");
	d = good;
	strcpy(d.facts.photometric, "YBR_FULL_422");
	refused(&d, "YBR_FULL_422");
	strcpy(d.facts.photometric, "DOE JOHN");
	refused(&d, "neither MONOCHROME1 nor MONOCHROME2");
	strcpy(d.syntax, "1.2.840.10008.1.2.4.100");
	refused(&d, "1.2.840.10008.1.2.4.100 (MPEG video)");
	strcpy(d.syntax, "1.2.3.4.5");
	refused(&d, "private transfer syntax");
	o.for_processing = o.any_aspect = true;
	d = good;
	d.for_processing = true;
	d.aspect = 2;
	assert_int_equal(dicom_check(&d, &o, &e), 0);
}

static void recognised(void **state)
{
	unsigned char b[200] = {0};

	(void)state;
	assert_false(dicom_knows(b, sizeof b));
	memcpy(b + 128, "DICM", 4);
	assert_true(dicom_knows(b, sizeof b));
	assert_false(dicom_knows(b, 131));
	memset(b, 0, sizeof b);
	memcpy(b, "\x08\0\x05\0CS\x0a\0", 8);
	assert_true(dicom_knows(b, sizeof b));
	memcpy(b, "\x08\0\0\0\x04\0\0\0", 8);
	assert_true(dicom_knows(b, sizeof b));
	memcpy(b, "\0\x08\0\x05" "CS\0\x0a", 8);
	assert_true(dicom_knows(b, sizeof b));
	memset(b, ' ', sizeof b);
	assert_false(dicom_knows(b, sizeof b));
}

/* ---- real files */

#ifdef CXR_DICOM
static const struct {
	const char *name;
	int width, height, least, most;
	long long sum, weighed; /* weights 0 to 250 over and over */
} files[] = { /* of rg3_jply GDCM makes the 8 samples that overshoot, 1024, 0: they count as 1023 here */
	{"chest_cr_jpeg_baseline.dcm", 1024, 1024, 0, 254, 168189534, 21026752286},
	{"chest_cr_mono1_10bit_nometa.dcm", 440, 440, 0, 979, 97159572, 12139513905},
	{"chest_cr_monochrome1.dcm", 1024, 1024, 0, 254, 168189534, 21026752286},
	{"chest_rg1_mono1_j2k_lossy.dcm", 1841, 1955, 803, 26512, 26602973060, 3325779126487},
	{"chest_rg1_mono1_jpegls_near.dcm", 1841, 1955, 871, 26481, 26603007623, 3325779887052},
	{"other_JPEG-lossy.dcm", 256, 1024, 0, 264, 3767007, 476444318},
	{"other_MR_small_implicit.dcm", 64, 64, 127, 2145, 2125338, 262866647},
	{"rg3_j2kr.dcm", 1760, 1760, 0, 1023, 1030616989, 128774096123},
	{"rg3_jlsl.dcm", 1760, 1760, 0, 1023, 1030616989, 128774096123},
	{"rg3_jpll.dcm", 1760, 1760, 0, 1023, 1030616989, 128774096123},
	{"rg3_jply.dcm", 1760, 1760, 0, 1023, 1032402019, 128996616794},
	{"rg3_rle.dcm", 1760, 1760, 0, 1023, 1030616989, 128774096123},
	{"rg3_unc.dcm", 1760, 1760, 0, 1023, 1030616989, 128774096123},
};

static unsigned char *read_real(const char *name, size_t *n)
{
	const char *data = getenv("CXR_DATA");
	char path[4096];
	unsigned char *bytes;
	struct err e;

	snprintf(path, sizeof path, "%s/dicom/%s", data ? data : "", name);
	return data && *data && !file_read(path, 1 << 30, &bytes, n, &e) ? bytes : NULL;
}

static void check_words(size_t f, const struct dicom *d, const uint16_t *word)
{
	int least = 1 << 16, most = -(1 << 16);
	long long sum = 0, weighed = 0;

	for (int i = 0; i < d->width * d->height; i++) {
		int v = dicom_value(d, word[i]);
		least = v < least ? v : least;
		most = v > most ? v : most;
		sum += v;
		weighed += (long long)v * (i % 251);
	}
	if (least != files[f].least || most != files[f].most || sum != files[f].sum || weighed != files[f].weighed)
		fail_msg("%s: %d to %d, sums %lld %lld", files[f].name, least, most, sum, weighed);
}

static void real_files(void **state)
{
	(void)state;
	for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
		struct dicom d;
		struct dicom_options o = {0};
		struct err e = {""};
		size_t n;
		unsigned char *bytes = read_real(files[f].name, &n);

		if (!bytes)
			skip();
		uint16_t *word = malloc((size_t)files[f].width * files[f].height * sizeof *word);
		if (dicom_header(&d, bytes, n, &e) || dicom_check(&d, &o, &e) || d.width != files[f].width ||
		    d.height != files[f].height || dicom_read_words(&d, bytes, n, word, &e))
			fail_msg("%s: %s", files[f].name, e.text);
		check_words(f, &d, word);
		dicom_free(&d);
		free(word);
		free(bytes);
	}
}

static void cut_files(void **state)
{
	static const int percent[] = {1, 5, 30, 70, 99};

	(void)state;
	for (size_t f = 0; f < sizeof files / sizeof *files; f++)
		for (size_t p = 0; p < sizeof percent / sizeof *percent; p++) {
			struct dicom_options o = {0};
			struct image im = {0};
			struct err e = {""};
			size_t n;
			unsigned char *bytes = read_real(files[f].name, &n);

			if (!bytes)
				skip();
			if (!dicom_decode(&im, bytes, n * percent[p] / 100, &o, &e))
				fail_msg("%s cut at %d %% is taken", files[f].name, percent[p]);
			assert_true(e.text[0]);
			free(bytes);
		}
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows), cmocka_unit_test(window_of_the_standard), cmocka_unit_test(no_window),
		cmocka_unit_test(voi_table), cmocka_unit_test(modality_table), cmocka_unit_test(padding_is_black),
		cmocka_unit_test(values), cmocka_unit_test(refusals), cmocka_unit_test(recognised),
#ifdef CXR_DICOM
		cmocka_unit_test(real_files), cmocka_unit_test(cut_files),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
