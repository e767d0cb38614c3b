/* Images zoomed and mirrored, and their maps brought back: on images and maps that rise evenly, where the answer is known. */
#include "explain/pose.h"
#include "little.h"

static struct net *net;

static int setup(void **state)
{
	(void)state;
	net = little_net();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	net_free(net);
	return 0;
}

static double slope(double x, double y)
{
	return .1 + .02 * x + .05 * y;
}

static double about(double middle, double x, double zoom)
{
	return middle + (x - middle) * zoom;
}

static void zoomed_images_have_black_around_them(void **state)
{
	static const double zoom[] = {.5, .75, 1.5};
	const double mx = (W - 1) / 2., my = (H - 1) / 2.;
	float image[FLOATS], scratch[FLOATS];

	(void)state;
	for (int k = 0; k < 3; k++)
		for (int mirrored = 0; mirrored < 2; mirrored++) {
			for (int i = 0; i < FLOATS; i++)
				image[i] = (float)((slope(i / C % W, i / C / W) - net->recipe.mean[i % C]) / net->recipe.std[i % C]);
			pose_image(&(struct pose){mirrored, zoom[k]}, net, image, scratch);
			for (int i = 0; i < FLOATS; i++) {
				int at = i / C % W, y = i / C / W;
				double x = mirrored ? W - 1 - at : at, sx = about(mx, x, 1 / zoom[k]), sy = about(my, y, 1 / zoom[k]);
				bool outside = sx < -1 || sx > W || sy < -1 || sy > H, inside = sx >= 0 && sx <= W - 1 && sy >= 0 && sy <= H - 1;
				double pixel = (double)image[i] * (double)net->recipe.std[i % C] + (double)net->recipe.mean[i % C];

				if (outside || inside)
					assert_near(pixel - (outside ? 0 : slope(sx, sy)), 0, 1e-5);
			}
		}
}

static void maps_come_back_to_their_places(void **state)
{
	static const double zoom[] = {.5, .75, 1, 2};
	const double mx = (W - 1) / 2., my = (H - 1) / 2.;
	float map[PIXELS], scratch[PIXELS];

	(void)state;
	for (int k = 0; k < 4; k++)
		for (int mirrored = 0; mirrored < 2; mirrored++) {
			struct pose p = {mirrored, zoom[k]};
			int shown = 0;

			for (int i = 0; i < PIXELS; i++)
				map[i] = (float)slope(mirrored ? W - 1 - i % W : i % W, i / W);
			pose_back(&p, map, scratch, H, W);
			for (int i = 0; i < PIXELS; i++) {
				double sx = about(mx, i % W, zoom[k]), sy = about(my, i / W, zoom[k]);

				if (!pose_shows(&p, (i % W + .5) / W, (i / W + .5) / H))
					assert_true(map[i] == 0);
				else if (sx >= 0 && sx <= W - 1 && sy >= 0 && sy <= H - 1)
					assert_near((double)map[i] - slope(sx, sy), 0, 1e-5), shown++;
			}
			assert_true(zoom[k] <= 1 ? shown == PIXELS : shown == PIXELS / 4);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zoomed_images_have_black_around_them),
		cmocka_unit_test(maps_come_back_to_their_places),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
