/* libFuzzer: any bytes as a JPEG, PNG or TIFF, through libvips with the options of lib/image. */
#include <stdint.h>
#include <stdlib.h>

#include "image/decode.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;
	struct least_size t = {4, 4};
	struct image im;
	struct err e;
	int w, h;

	if (!started && image_start("fuzz", &e) < 0)
		abort();
	started = true;
	if (!vips_knows(data, size) || vips_decode(&im, data, size, size % 2 ? &t : NULL, &w, &h, &e) < 0)
		return 0;
	fuzz_reached++;
	image_free(&im);
	return 0;
}
