/* A map's hot parts, by hand. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>

#include "image/boxes.h"

enum { W = 30, H = 20 };

static void parts_have_boxes(void **state)
{
	float map[W * H] = {0};
	bool inside[W * H] = {false};
	struct map_box *box;
	int places = 0;

	(void)state;
	for (int i = 0; i < W * H; i++) {
		int y = i / W, x = i % W;

		if (y >= 2 && y < 6 && x >= 3 && x < 8)
			map[i] = .6f;
		if (y == x - 10 && y > 10) /* by corners, to the edge */
			map[i] = .5f;
		if (y == 0)
			map[i] = -1;
	}
	map[4 * W + 6] = .9f;
	map[19 * W + 29] = .95f;
	assert_int_equal(map_boxes(map, W, H, .5f, inside, &box), 2);
	for (int i = 0; i < W * H; i++) {
		assert_int_equal(inside[i], map[i] >= .5f);
		places += inside[i];
	}
	assert_int_equal(places, box[0].area + box[1].area);
	assert_true(box[0].x == 21 && box[0].y == 11 && box[0].width == 9 && box[0].height == 9 && box[0].area == 9);
	assert_true(box[0].peak_x == 29 && box[0].peak_y == 19 && box[0].peak == .95f);
	assert_true(box[1].x == 3 && box[1].y == 2 && box[1].width == 5 && box[1].height == 4 && box[1].area == 20);
	assert_true(box[1].peak_x == 6 && box[1].peak_y == 4);
	assert_true(fabs(box[0].share + box[1].share - 1) < 1e-6 && box[0].share < box[1].share);
	free(box);
	assert_int_equal(map_boxes(map, W, H, .55f, NULL, &box), 2); /* one place is more than a thousandth of 600 */
	assert_int_equal(box[0].area, 1);
	free(box);
	assert_int_equal(map_boxes(map, W, H, 0, NULL, &box), 0);
	free(box);
}

/* Twice the area within an outline, above 0 when it runs clockwise (y goes down). */
static double area2(const struct map_point *p, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += p[i].x * p[(i + 1) % n].y - p[(i + 1) % n].x * p[i].y;
	return sum;
}

static void parts_have_outlines(void **state)
{
	float map[W * H] = {0};
	struct map_box *box;
	struct map_point *p;

	(void)state;
	for (int i = 0; i < W * H; i++) {
		int y = i / W, x = i % W;

		map[i] = y >= 2 && y < 6 && x >= 3 && x < 8 && !(x == 5 && y == 4) ? 1 : 0; /* with a hole */
		if (y == x - 10 && y > 16)
			map[i] = .8f; /* three by corners, to the edge */
	}
	map[10 * W] = .6f;
	assert_int_equal(map_boxes(map, W, H, .5f, NULL, &box), 3);
	assert_int_equal(map_outline(map, W, H, .5f, &box[0], &p), 8);
	assert_true(area2(p, 8) == 2 * (20 - .5)); /* a corner lacks an eighth */
	assert_true(p[0].x == 3.5 && p[0].y == 2 && p[1].x == 7.5 && p[2].x == 8 && p[2].y == 2.5 && p[7].x == 3);
	free(p);
	assert_int_equal(map_outline(map, W, H, .5f, &box[1], &p), 4);
	assert_true(area2(p, 4) == 2 * (3 * .5 + 2 * .5)); /* three diamonds, and what joins them */
	free(p);
	assert_int_equal(map_outline(map, W, H, .5f, &box[2], &p), 4);
	assert_true(area2(p, 4) == 1);
	free(p);
	free(box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_have_boxes), cmocka_unit_test(parts_have_outlines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
