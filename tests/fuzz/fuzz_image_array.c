/* libFuzzer: any bytes as a .npy array or a PNM image, then the whole way to a tensor; by our own parsers only. */
#include <stdint.h>
#include <stdlib.h>

#include "image/decode.h"
#include "image/npy.h"
#include "stream/npy.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const recipes[] = {"size=5x4", "size=9x30 channels=1 depth=float fit=crop kernel=cubic",
		"size=3x3 fit=pad"};
	struct recipe r;
	struct image im;
	struct err e;
	float out[9 * 30];
	struct image_facts facts;

	if (!npy_knows(data, size) && !pnm_knows(data, size))
		return 0;
	recipe_default(&r);
	if (recipe_parse(&r, recipes[size % 3], &e) < 0)
		abort();
	if (image_load(&im, &r, data, size, &facts, &e) < 0)
		return 0;
	fuzz_reached++;
	image_normalise(&im, &r, out);
	image_free(&im);
	return 0;
}
