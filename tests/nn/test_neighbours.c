/* Nearest and most influential images, of features made by hand. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>

#include "nn/neighbours.h"

/* Four images in the plane, two classes. */
static float feature[] = {1, 0, 0, 2, 3, 3, 1, .1f}, length[] = {1, 2, 4.242641f, 1.004988f};
static float residual[] = {-.5f, .5f, .9f, -.9f, -.1f, .1f, .2f, -.2f};
static struct neighbours four = {.c = 2, .classes = 2, .n = 4, .feature = feature, .length = length,
                                 .residual = residual};

static void nearest_by_angle(void **state)
{
	struct neighbour near[NEIGHBOURS];
	const float x[] = {5, 0}, zero[] = {0, 0};

	(void)state;
	neighbours_nearest(&four, x, near);
	assert_true(near[0].at == 0 && near[1].at == 3 && near[2].at == 2);
	assert_true(fabs(near[0].value - 1) < 1e-6 && fabs(near[2].value - sqrt(.5)) < 1e-6);
	neighbours_nearest(&four, zero, near);
	assert_int_equal(near[0].at, 4); /* it is like nothing */
}

/* (residual) (f f' + 1): of class 1 .5 * 6 = 3, -.9 * 1, .1 * 16 = 1.6, -.2 * 6. */
static void influence_of_the_last_layer(void **state)
{
	struct neighbour most[NEIGHBOURS];
	const float x[] = {5, 0};

	(void)state;
	neighbours_influential(&four, x, 1, most);
	assert_true(most[0].at == 0 && most[1].at == 2 && most[2].at == 4);
	assert_true(fabs(most[0].value - 3) < 1e-6 && fabs(most[1].value - 1.6) < 1e-6);
	neighbours_influential(&four, x, 0, most);
	assert_true(most[0].at == 3 && most[1].at == 1 && most[2].at == 4);
}

static void features_are_means(void **state)
{
	const float feat[] = {1, 10, 3, 20, 5, 30};
	float mean[2];

	(void)state;
	neighbours_mean(feat, 3, 2, mean);
	assert_true(mean[0] == 3 && mean[1] == 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nearest_by_angle),
		cmocka_unit_test(influence_of_the_last_layer),
		cmocka_unit_test(features_are_means),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
