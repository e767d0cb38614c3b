/* Masks grown by a share of their width: running maxima along rows, then columns. */
#include "nn/dilate.h"

#include <string.h>

/* Raises each of to [n] to from beside it. */
static void raise_to(float *to, const float *from, int n)
{
	for (int i = 0; i < n; i++)
		to[i] = from[i] > to[i] ? from[i] : to[i];
}

/* The largest of the places up to `radius` before and behind, of which one step is `step` values; to is [n]. */
static void spread(const float *from, float *to, int n, int step, int radius)
{
	memcpy(to, from, (size_t)n * sizeof *to);
	for (int k = step; k <= radius * step && k < n; k += step) {
		raise_to(to, from + k, n - k);
		raise_to(to + k, from, n - k);
	}
}

void mask_dilate(float *mask, float *scratch, int h, int w)
{
	int radius = (w + 14) / 28;

	for (int y = 0; y < h; y++)
		spread(mask + y * w, scratch + y * w, w, 1, radius);
	spread(scratch, mask, h * w, w, radius);
}
