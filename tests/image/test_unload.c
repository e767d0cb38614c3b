/* Normalising and back. */
#include "pic.h"

#include <math.h>

#include "image/unload.h"

static void round_trip(const char *line)
{
	unsigned char pixel[12], back[12];
	float v[12];
	struct recipe r;
	struct err e;

	recipe_default(&r);
	assert_int_equal(recipe_parse(&r, line, &e), 0);
	for (int i = 0; i < 12; i++)
		pixel[i] = (unsigned char)(i == 5 ? 255 : 20 * i);
	recipe_normalise(&r, pixel, 12 / r.channels, v);
	image_unload_bytes(&r, v, 12, back);
	assert_memory_equal(back, pixel, 12);
}

/* The own range of 0 to 255 is spread over 0 to 255, so that norm=image comes back too. */
static void every_norm(void **state)
{
	(void)state;
	round_trip("imagenet");
	round_trip("gray");
	round_trip("perimage");
}

static void tensors(void **state)
{
	unsigned char bytes[3] = {1, 2, 3}, *pixel;
	struct tensor t = {.type = DT_U8, .bytes = 3, .data = bytes};
	struct recipe r;

	(void)state;
	recipe_default(&r);
	pixel = image_unload_tensor(&r, &t);
	assert_memory_equal(pixel, bytes, 3);
	free(pixel);
	t.type = DT_I8;
	assert_null(image_unload_tensor(&r, &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_norm), cmocka_unit_test(tensors)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
