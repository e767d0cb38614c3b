/* Images of heat maps: colours, what stays untouched, the share of the hotspot, whole files. */
#include "pic.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "image/draw.h"
#include "image/font.h"

#define W 60
#define H 40

static void scene(struct image *gray, float *map)
{
	*gray = (struct image){.width = W, .height = H, .channels = 1, .u8 = malloc(W * H)};
	for (int i = 0; i < W * H; i++) {
		gray->u8[i] = 50 + i % 100;
		map[i] = expf(-(powf(i % W - 40, 2) + powf(i / W - 20, 2)) / 60);
		if (map[i] < 0.02f)
			map[i] = 0;
	}
}

static void colour_maps(void **state)
{
	/* values of the published tables at 0, 1/2 and 1 */
	static const struct {
		enum colormap cm;
		int tolerance;
		unsigned char rgb[3][3];
	} want[] = {
		{CM_jet, 1, {{0, 0, 127}, {127, 255, 127}, {127, 0, 0}}},
		{CM_turbo, 32, {{48, 18, 59}, {164, 252, 60}, {122, 4, 3}}},
		{CM_viridis, 8, {{68, 1, 84}, {33, 145, 140}, {253, 231, 37}}},
		{CM_inferno, 8, {{0, 0, 4}, {188, 55, 84}, {252, 255, 164}}},
	};
	unsigned char rgb[3], low[3];
	enum colormap cm;
	struct err e;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (int k = 0; k < 3; k++) {
			colormap_rgb(want[i].cm, k / 2.0f, rgb);
			for (int c = 0; c < 3; c++)
				assert_true(abs(rgb[c] - want[i].rgb[k][c]) <= want[i].tolerance);
		}
	colormap_rgb(CM_turbo, 0, low);
	colormap_rgb(CM_turbo, -5, rgb);
	assert_memory_equal(rgb, low, 3);
	colormap_rgb(CM_turbo, NAN, rgb);
	assert_memory_equal(rgb, low, 3);
	assert_int_equal(colormap_parse("inferno", &cm, &e), 0);
	assert_int_equal(cm, CM_inferno);
	assert_int_equal(colormap_parse("rainbow", &cm, &e), -1);
	assert_non_null(strstr(e.text, "viridis"));
}

static void overlay_leaves_cold_pixels_alone(void **state)
{
	struct image gray, out, doubled;
	float map[W * H], scaled[W * H];

	(void)state;
	scene(&gray, map);
	draw_overlay(&out, &gray, map, CM_viridis, DRAW_ALPHA);
	for (int i = 0; i < W * H; i++)
		if (map[i] == 0)
			for (int c = 0; c < 3; c++)
				assert_int_equal(out.u8[3 * i + c], gray.u8[i]);
	int top = 20 * W + 40;
	assert_true(abs(out.u8[3 * top] - gray.u8[top]) > 20);
	/* a map of another scale, with negative values, draws as its rectified and scaled self */
	for (int i = 0; i < W * H; i++)
		scaled[i] = map[i] > 0 ? 7 * map[i] : -3;
	draw_overlay(&doubled, &gray, scaled, CM_viridis, DRAW_ALPHA);
	for (int i = 0; i < 3 * W * H; i++)
		assert_in_range(out.u8[i] - doubled.u8[i] + 1, 0, 2);
	image_free(&doubled);
	image_free(&out);
	memset(map, 0, sizeof map); /* jet is laid over everything, alpha 1/2 of dark blue */
	draw_overlay(&out, &gray, map, CM_jet, 0.5f);
	assert_int_equal(out.u8[0], gray.u8[0] / 2);
	assert_int_equal(out.u8[2], (gray.u8[0] + 128) / 2);
	image_free(&out);
	image_free(&gray);
}

static void hotspot_is_the_top_share(void **state)
{
	struct image gray, out;
	float map[W * H];
	int red = 0;

	(void)state;
	scene(&gray, map);
	draw_hotspot(&out, &gray, map, DRAW_SHARE);
	for (int i = 0; i < W * H; i++)
		red += out.u8[3 * i] > out.u8[3 * i + 1] + 40;
	assert_in_range(red, 0.04 * W * H, 0.09 * W * H);
	assert_int_equal(out.u8[0], gray.u8[0]);
	image_free(&out);
	memset(map, 0, sizeof map); /* no signal: the X-ray alone */
	draw_hotspot(&out, &gray, map, DRAW_SHARE);
	for (int i = 0; i < 3 * W * H; i++)
		assert_int_equal(out.u8[i], gray.u8[i / 3]);
	image_free(&out);
	image_free(&gray);
}

/* A block at the edge, another with a hole, a triangle, and a single place: a line and a box around each of the three,
 * nothing around the specks; nothing else is touched. */
static void contour_and_box(void **state)
{
	static const struct {
		int y, x;
		char what; /* box, line, or nothing */
	} at[] = {{10, 30, 'b'}, {10, 44, 'b'}, {19, 30, 'b'}, {19, 44, 'b'}, {15, 30, 'b'}, {15, 35, 'n'}, {15, 46, 'n'}, {13, 32, 'n'},
	          {25, 50, 'n'}, {25, 40, 'n'}, {31, 10, 'l'}, {31, 9, 'n'}, {31, 11, 'n'}, {25, 13, 'b'}, {25, 14, 'n'},
	          {H - 1, W - 1, 'b'}, {H - 1, W - 8, 'b'}, {H - 6, W - 1, 'b'}, {H - 3, W - 3, 'n'}, {H - 6, W - 9, 'n'}};
	struct image gray, out;
	float map[W * H];

	(void)state;
	scene(&gray, map);
	for (int i = 0; i < W * H; i++) {
		int y = i / W, x = i % W;
		map[i] = (y >= 10 && y < 20 && x >= 30 && x < 45) || (y == 25 && x == 50) ||
		         (y >= 25 && y < 35 && x >= 4 && x <= 4 + y - 25) || (y >= H - 6 && x >= W - 8) ? 2 : .9f;
	}
	map[13 * W + 33] = 0;
	draw_contour(&out, &gray, map, 1);
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		const unsigned char *rgb = out.u8 + 3 * (at[i].y * W + at[i].x);
		assert_int_equal(rgb[2] > rgb[0] + 40 ? 'b' : rgb[0] > rgb[2] + 40 ? 'l' : 'n', at[i].what);
	}
	image_free(&out);
	memset(map, 0, sizeof map); /* no signal: the X-ray alone */
	draw_contour(&out, &gray, map, 0);
	for (int i = 0; i < 3 * W * H; i++)
		assert_int_equal(out.u8[i], gray.u8[i / 3]);
	image_free(&out);
	image_free(&gray);
}

static void side_by_side(void **state)
{
	static const char *const captions[] = {
		NULL, "", "a", "caf\xc3\xa9 \xff\x01 \xe2\x82\xac",
		"one-word-that-is-longer-than-any-line-of-this-picture-could-ever-be-and-must-be-cut-somewhere-to-stay-inside",
		"many many many many many many many many many many many many many many many many many many many many words",
	};
	struct image gray, out;
	float map[W * H];
	struct err e;
	int height = 0;

	(void)state;
	scene(&gray, map);
	for (size_t i = 0; i < 6; i++) {
		struct legend legend = {10, i % 2 ? "logits" : NULL, captions[i]};

		assert_int_equal(draw_side(&out, &gray, map, CM_turbo, DRAW_ALPHA, &legend, &e), 0);
		assert_true(out.width > 2 * 200 && out.height >= height);
		assert_int_equal(out.channels, 3);
		if (i == 2) {
			int bright = 0; /* the letter is there */
			for (int y = out.height - 16; y < out.height; y++)
				for (int x = 0; x < 40; x++)
					bright += out.u8[3 * (y * out.width + x)] > 150;
			assert_true(bright > 10);
		}
		height = i < 3 ? out.height : height;
		image_free(&out);
	}
	draw_heat(&out, map, W, H, CM_inferno);
	assert_true(out.u8[3 * (20 * W + 40)] > 240);
	image_free(&out);
	image_free(&gray);
}

static void png_is_whole_and_the_same_each_time(void **state)
{
	char dir[] = "/tmp/cxr-draw.XXXXXX", a[64], b[64];
	unsigned char *x, *y;
	size_t n, m;
	struct image gray, back, out;
	float map[W * H];
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(a, sizeof a, "%s/a.png", dir);
	snprintf(b, sizeof b, "%s/b.png", dir);
	scene(&gray, map);
	draw_overlay(&out, &gray, map, CM_jet, DRAW_ALPHA);
	assert_int_equal(image_write_png(&out, a, &e), 0);
	sleep(1); /* a time stamp would show */
	assert_int_equal(image_write_png(&out, b, &e), 0);
	assert_int_equal(file_read(a, 1 << 20, &x, &n, &e), 0);
	assert_int_equal(file_read(b, 1 << 20, &y, &m, &e), 0);
	assert_int_equal(n, m);
	assert_memory_equal(x, y, n);
	assert_int_equal(image_decode(&back, x, n, &e), 0);
	assert_memory_equal(back.u8, out.u8, 3 * W * H);
	image_free(&back);
	assert_int_equal(image_write_png(&gray, a, &e), -1); /* two images of one name */
	snprintf(b, sizeof b, "%s/no/such/folder.png", dir);
	assert_int_equal(image_write_png(&gray, b, &e), -1);
	free(x);
	free(y);
	image_free(&out);
	image_free(&gray);
	snprintf(b, sizeof b, "rm -r %s", dir);
	assert_int_equal(system(b), 0);
}

/* Pixels of one word, 200 x 40. */
static void draw_word(unsigned char pixels[200 * 40], const char *word)
{
	struct image im = {.width = 200, .height = 40, .channels = 1, .u8 = pixels};

	memset(pixels, 0, 200 * 40);
	font_draw(&im, word, strlen(word), 4, 12, 2, 255);
}

/* A mark changes its letter and no width; what has no glyph shows as its number, never as nothing. */
static void letters_beyond_ascii(void **state)
{
	static const struct {
		const char *word, *letters;
		bool marked;
	} words[] = {
		{"z\u00fcg", "zug", true}, {"\u00c9", "E", true}, {"\u0142", "l", true}, {"\u0130i", "Ii", true},
		{"Ma\u00dfe", "Masse", false}, {"\u0153", "oe", false}, {"a\u2013b", "a-b", false},
		{"\u80ba", "[80BA]", false}, {"\U0001fac1", "[1FAC1]", false},
	};
	unsigned char a[200 * 40], b[200 * 40];

	(void)state;
	for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
		draw_word(a, words[k].word);
		draw_word(b, words[k].letters);
		if (words[k].marked == !memcmp(a, b, sizeof a))
			fail_msg("%s", words[k].letters);
		assert_float_equal(font_width(words[k].word, strlen(words[k].word), 2),
		                   font_width(words[k].letters, strlen(words[k].letters), 2), 0);
	}
}

static void notice_stands_below(void **state)
{
	struct image gray = {.width = 300, .height = 200, .channels = 1}, out, plain;
	struct err e;

	(void)state;
	gray.u8 = xmalloc(300 * 200);
	memset(gray.u8, 77, 300 * 200);
	draw_plain(&plain, &gray);
	draw_plain(&out, &gray);
	assert_int_equal(draw_notice(&out, "Research only, not for diagnosis", &e), 0);
	assert_int_equal(out.width, 300);
	assert_true(out.height > 200);
	assert_memory_equal(out.u8, plain.u8, 300 * 200 * 3);
	int ink = 0;
	for (int i = 200 * 300 * 3; i < out.width * out.height * 3; i++)
		ink += out.u8[i] > 128;
	assert_true(ink > 100);
	image_free(&gray);
	image_free(&out);
	image_free(&plain);
	gray = (struct image){.width = 32, .height = 32, .channels = 1, .u8 = xmalloc(32 * 32)};
	memset(gray.u8, 77, 32 * 32);
	draw_plain(&out, &gray);
	assert_int_equal(draw_notice(&out, "text", &e), 0);
	assert_true(out.width > 100 && out.width % 32 == 0);
	image_free(&gray);
	image_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(colour_maps),
		cmocka_unit_test(overlay_leaves_cold_pixels_alone),
		cmocka_unit_test(hotspot_is_the_top_share),
		cmocka_unit_test(contour_and_box),
		cmocka_unit_test(side_by_side),
		cmocka_unit_test(letters_beyond_ascii),
		cmocka_unit_test(notice_stands_below),
		cmocka_unit_test(png_is_whole_and_the_same_each_time),
	};
	struct err e;

	if (image_start("test_draw", &e) < 0)
		return 1;
	int rc = cmocka_run_group_tests_name("draw", tests, NULL, NULL);
	image_stop();
	return rc;
}
