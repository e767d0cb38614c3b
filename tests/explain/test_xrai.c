/* XRAI beside its authors' rule, and the segments that it is made from beside scikit-image's. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "explain/segment.h"
#include "explain/xrai.h"
#include "nn/nets.h"
#include "xrai_golden.h"

/* Fresh: regions as strings, a place each, 'x' where it is in. */
static struct xrai_cover cover_of(const char *const *region, int count)
{
	struct xrai_cover by = {.n = (int)strlen(region[0]), .count = count};

	by.first = xcalloc((size_t)by.n + 1, sizeof *by.first);
	by.region = xcalloc((size_t)(by.n * count), sizeof *by.region);
	for (int i = 0; i < by.n; i++) {
		by.first[i + 1] = by.first[i];
		for (int k = 0; k < count; k++)
			if (region[k][i] == 'x')
				by.region[by.first[i + 1]++] = k;
	}
	return by;
}

/* Regions of eight, four and two of eight places, some over each other, and a place that is in none but the first. */
static void regions_share_what_they_hold(void **state)
{
	static const float value[8] = {4, 1, 8, 6, 1, 1, 0, -2};
	static const char *const all[] = {"xxxxxxxx", "xxxx....", "...xxx..", "xx......", ".xxx....", "....xx.."};
	static const struct { int first, count, least; float want[8]; } cases[] = {
		{0, 6, 1, {4, 5, 5, 5, 1, 1, -1, -1}},
		{0, 6, 2, {2 / 3.f, 5, 5, 5, 1, 1, 2 / 3.f, 2 / 3.f}}, /* one place alone is left to the whole */
		{1, 5, 3, {.8f, 5, 5, 5, .8f, .8f, .8f, .8f}},         /* what no region takes */
		{0, 6, 9, {2.375f, 2.375f, 2.375f, 2.375f, 2.375f, 2.375f, 2.375f, 2.375f}},
	};
	float map[8];

	(void)state;
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
		struct xrai_cover by = cover_of(all + cases[k].first, cases[k].count);

		xrai_share(&by, value, cases[k].least, map);
		for (int i = 0; i < 8; i++)
			if (fabsf(map[i] - cases[k].want[i]) > 1e-6f)
				fail_msg("case %zu, place %d: %g", k, i, (double)map[i]);
		free(by.first);
		free(by.region);
	}
}

/* Segments, their widening and their shares as scikit-image's functions and the authors' rule give them. */
static void xrai_is_the_authors(void **state)
{
	enum { SIDE = 224, PLACES = SIDE * SIDE, SCALES = 6 };
	static const double scale[SCALES] = {50, 100, 150, 250, 500, 1200};
	float *image = xmalloc(PLACES * 3 * sizeof *image), *value = xmalloc(PLACES * sizeof *value), *map = value;
	int *label = xmalloc(PLACES * sizeof *label);
	struct segment_graph g;
	double sum = 0;

	(void)state;
	for (int i = 0; i < PLACES; i++) {
		int y = i / SIDE, x = i % SIDE;

		for (int c = 0; c < 3; c++)
			image[3 * i + c] = noise((size_t)(y / 23 * 8 + x / 31), 31) + .125f * noise((size_t)(3 * i + c), 32);
		value[i] = noise((size_t)(y / 16 * 14 + x / 16), 33) + .25f * noise((size_t)i, 34);
	}
	g = segment_graph_of(image, SIDE, SIDE, 3, .8);
	for (int s = 0; s < SCALES; s++)
		assert_int_equal(segment_parts(&g, scale[s] / 255, 150, label), (int)golden_xrai_segments[s]);
	segment_graph_free(&g);
	map = xmalloc(PLACES * sizeof *map);
	xrai_map(image, SIDE, SIDE, 3, value, map);
	for (int i = 0; i < PLACES; i++)
		sum += (double)map[i];
	assert_near(sum, golden_xrai[0], 1e-3);
	for (int i = 0; i < PLACES; i += 397)
		if (fabs((double)map[i] - golden_xrai[2 + i / 397]) > 1e-5)
			fail_msg("place %d: %.9g, not %.9g", i, (double)map[i], golden_xrai[2 + i / 397]);
	free(image);
	free(value);
	free(map);
	free(label);
}

/* One value everywhere is one segment; two values are two, whatever the scale. */
static void segments_follow_edges(void **state)
{
	float image[40 * 30];
	int label[40 * 30];

	(void)state;
	for (int flat = 0; flat < 2; flat++) {
		struct segment_graph g;

		for (int i = 0; i < 1200; i++)
			image[i] = !flat && i % 30 >= 17 ? 4 : 0;
		g = segment_graph_of(image, 40, 30, 1, .1);
		assert_int_equal(segment_parts(&g, 1, 20, label), flat ? 1 : 2);
		for (int i = 0; i < 1200; i++)
			assert_int_equal(label[i], !flat && i % 30 >= 17);
		assert_int_equal(segment_parts(&g, 1, 1300, label), 1);
		segment_graph_free(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regions_share_what_they_hold),
		cmocka_unit_test(xrai_is_the_authors),
		cmocka_unit_test(segments_follow_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
