#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/stress.h"

enum { H = 37, W = 50, N = H * W }; /* no multiples of 8 */

/* A smooth image with a bright middle, between 40 and 215, and a small spot. */
static void draw(unsigned char *p, int c)
{
	for (int i = 0; i < N * c; i++) {
		double x = (i / c % W - 24.5) / 25, y = ((double)(i / c) / W - 18) / 18;

		p[i] = (unsigned char)(40 + 175 * exp(-2 * (x * x + y * y)));
		if (i / c == 10 * W + 6)
			p[i] = 100;
	}
}

static struct stress named(const char *name)
{
	for (int i = 0; i < STRESS_N; i++)
		if (!strcmp(stress_battery[i].name, name))
			return stress_battery[i];
	fail_msg("no shift %s", name);
	return stress_battery[0];
}

static void made(const char *name, uint64_t item, unsigned char *p)
{
	struct stress s = named(name);

	draw(p, 1);
	stress_apply(&s, item, p, H, W, 1);
}

static double mean(const unsigned char *p)
{
	double sum = 0;

	for (int i = 0; i < N; i++)
		sum += p[i];
	return sum / N;
}

static double spread(const unsigned char *p)
{
	double m = mean(p), sum = 0;

	for (int i = 0; i < N; i++)
		sum += (p[i] - m) * (p[i] - m);
	return sqrt(sum / N);
}

static void strength_0_is_nothing(void **state)
{
	unsigned char plain[3 * N], p[3 * N];

	(void)state;
	draw(plain, 3);
	for (int i = 0; i < STRESS_N; i++) {
		struct stress s = stress_battery[i];

		s.strength = 0;
		draw(p, 3);
		stress_apply(&s, 5, p, H, W, 3);
		if (memcmp(p, plain, sizeof p))
			fail_msg("%s at strength 0 changes pixels", s.name);
	}
}

static void same_item_same_bits(void **state)
{
	unsigned char plain[N], a[N], b[N];

	(void)state;
	draw(plain, 1);
	for (int i = 0; i < STRESS_N; i++) {
		const struct stress *s = &stress_battery[i];

		made(s->name, 5, a);
		made(s->name, 5, b);
		assert_memory_equal(a, b, N);
		if (!memcmp(a, plain, N) && strcmp(s->name, "blur-1")) /* .17 of a pixel here */
			fail_msg("%s changes nothing", s->name);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(s->name, stress_battery[k].name);
	}
	made("noise-1", 6, a);
	made("noise-1", 5, b);
	assert_memory_not_equal(a, b, N);
}

static void gray_stays_gray(void **state)
{
	unsigned char one[N], p[3 * N];

	(void)state;
	for (int i = 0; i < STRESS_N; i++) {
		made(stress_battery[i].name, 9, one);
		draw(p, 3);
		stress_apply(&stress_battery[i], 9, p, H, W, 3);
		for (int k = 0; k < 3 * N; k++)
			if (abs(p[k] - one[k / 3]) > 1 || p[k] != p[k / 3 * 3])
				fail_msg("%s: channel %d of pixel %d", stress_battery[i].name, k % 3, k / 3);
	}
}

static void tones_are_as_stated(void **state)
{
	unsigned char plain[N], p[N];

	(void)state;
	draw(plain, 1);
	made("brighter", 1, p);
	assert_int_equal(p[0], plain[0] + 38); /* .15 * 255 */
	made("darker", 1, p);
	assert_int_equal(p[N / 2], plain[N / 2] - 38);
	made("gamma-dark-1", 1, p);
	assert_int_equal(p[0], lrint(255 * pow(plain[0] / 255., exp(.3))));
	made("gamma-light-2", 1, p);
	assert_int_equal(p[0], lrint(255 * pow(plain[0] / 255., exp(-.6))));
	made("contrast-low-1", 1, p);
	assert_true(fabs(spread(p) / spread(plain) - exp(-.3)) < .01 && fabs(mean(p) - mean(plain)) < .5);
	made("noise-2", 1, p);
	double sum = 0;
	for (int i = 0; i < N; i++)
		sum += (p[i] - plain[i]) * (p[i] - plain[i]);
	assert_true(fabs(sqrt(sum / N) / (.05 * 255) - 1) < .05);
}

/* The step between black and white takes as many pixels as the standard deviation says. */
static void blur_is_a_share_of_the_side(void **state)
{
	struct stress s = {"blur", named("blur-1").change, .05};
	unsigned char p[N];
	double sum = 0;

	(void)state;
	for (int i = 0; i < N; i++)
		p[i] = i % W < W / 2 ? 0 : 255;
	stress_apply(&s, 0, p, H, W, 1);
	for (int i = 18 * W; i < 19 * W - 1; i++) {
		double x = i % W + 1 - W / 2; /* from the step to the middle between this pixel and the next */

		sum += (p[i + 1] - p[i]) / 255. * x * x;
	}
	assert_true(fabs(sqrt(sum) / (.05 * sqrt(H * W)) - 1) < .05);
}

/* Centre of what is bright, and how wide it is. */
static void centre(const unsigned char *p, double at[2], double width[2])
{
	double sum = 0, x = 0, y = 0, xx = 0, yy = 0;

	for (int i = 0; i < N; i++) {
		double w = p[i] > 100 ? p[i] - 100 : 0;

		sum += w;
		x += w * (i % W);
		y += w * (i / W);
		xx += w * (i % W) * (i % W);
		yy += w * (i / W) * (i / W);
	}
	at[0] = x / sum;
	at[1] = y / sum;
	width[0] = sqrt(xx / sum - at[0] * at[0]);
	width[1] = sqrt(yy / sum - at[1] * at[1]);
}

static void movements_are_as_stated(void **state)
{
	unsigned char p[N];
	double at[2], width[2], at0[2], width0[2];

	(void)state;
	draw(p, 1);
	centre(p, at0, width0);
	made("shift", 3, p);
	centre(p, at, width);
	assert_true(fabs(fabs(at[0] - at0[0]) - .08 * W) < .2 && fabs(fabs(at[1] - at0[1]) - .08 * H) < .2);
	made("zoom-out", 3, p);
	centre(p, at, width);
	assert_true(fabs(width[0] / width0[0] - exp(-.15)) < .02 && fabs(width[1] / width0[1] - exp(-.15)) < .02);
	assert_int_equal(p[0], 0); /* black beyond the edge */
	made("aspect", 3, p);
	centre(p, at, width);
	double x = width[0] / width0[0], y = width[1] / width0[1];
	assert_true(fabs(fmax(x, y) - exp(.15)) < .02 && fabs(fmin(x, y) - 1) < .02);
	made("border-cropped", 3, p);
	centre(p, at, width);
	assert_true(width[0] / width0[0] > 1.08 && width[0] / width0[0] < 1.2 && p[0] > 0 && p[N - 1] > 0);
	made("border-black", 3, p);
	for (int i = 0; i < W; i++)
		assert_true(p[i] == 0 && p[N - 1 - i] == 0); /* .05 of the height is more than a row */
}

static void corners_are_blank(void **state)
{
	unsigned char plain[N], p[N];
	int w = (int)(.16 * W), black = 0;

	(void)state;
	draw(plain, 1);
	made("corners-blank", 2, p);
	assert_true(!p[0] && !p[w - 1] && p[w] && !p[W - 1] && !p[W - w] && p[W - w - 1]);
	assert_true(!p[N - 1] && !p[N - W]);
	for (int i = 0; i < N; i++) {
		black += !p[i];
		assert_true(!p[i] || p[i] == plain[i]);
	}
	assert_true(black >= 4 * w * 2 && black <= 4 * w * 5); /* .08 to .16 of 37 rows each */
}

/* The level of a flat block to the nearest step; a single pixel's detail goes. */
static void jpeg_rounds_coefficients(void **state)
{
	struct stress s = {"jpeg", named("jpeg-1").change, 3};
	unsigned char p[256];

	(void)state;
	memset(p, 132, sizeof p); /* 8 (132 - 128) = 32 becomes 48, one step of 3 * 16 */
	stress_apply(&s, 0, p, 16, 16, 1);
	for (int i = 0; i < 256; i++)
		assert_int_equal(p[i], 134);
	memset(p, 128, sizeof p);
	p[17] = 148;
	s.strength = 5;
	stress_apply(&s, 0, p, 16, 16, 1);
	for (int i = 0; i < 256; i++)
		assert_int_equal(p[i], 128); /* no coefficient reaches half of its step */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strength_0_is_nothing), cmocka_unit_test(same_item_same_bits),
		cmocka_unit_test(gray_stays_gray), cmocka_unit_test(tones_are_as_stated),
		cmocka_unit_test(blur_is_a_share_of_the_side), cmocka_unit_test(movements_are_as_stated),
		cmocka_unit_test(corners_are_blank), cmocka_unit_test(jpeg_rounds_coefficients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
