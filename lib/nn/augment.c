#include "nn/augment.h"

#include <string.h>

#include "base/rng.h"

struct augment_draw augment_at(const struct augment *a, uint64_t seed, uint64_t epoch, uint64_t item)
{
	struct rng r = rng_at(seed, RNG_AUGMENT, epoch, item);

	/* Every kind draws whether it is wanted or not: switching one on leaves the others' draws alone. */
	double flip = rng_uniform(&r);

	return (struct augment_draw){.flip = a->hflip && flip < .5};
}

static void flip_row(unsigned char *row, int w, size_t pixel)
{
	unsigned char t[64];
	unsigned char *left = row, *right = row + (size_t)(w - 1) * pixel;

	for (; left < right; left += pixel, right -= pixel) {
		memcpy(t, left, pixel);
		memcpy(left, right, pixel);
		memcpy(right, t, pixel);
	}
}

void augment_apply(const struct augment_draw *d, void *image, int h, int w, size_t pixel)
{
	if (d->flip)
		for (int y = 0; y < h; y++)
			flip_row((unsigned char *)image + (size_t)y * (size_t)w * pixel, w, pixel);
}
