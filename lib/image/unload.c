/* From what a network gets back to pixels. */
#include "image/unload.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void image_unload(const struct recipe *r, const float *v, size_t n, float *share)
{
	float lo = INFINITY, hi = -INFINITY;

	for (size_t i = 0; i < n && r->per_image; i++) {
		lo = fminf(lo, v[i]);
		hi = fmaxf(hi, v[i]);
	}
	for (size_t i = 0; i < n; i++) {
		size_t c = i % (size_t)r->channels;

		share[i] = r->per_image ? (hi > lo ? (v[i] - lo) / (hi - lo) : 0) : v[i] * r->std[c] + r->mean[c];
	}
}

void image_unload_bytes(const struct recipe *r, const float *v, size_t n, unsigned char *pixel)
{
	float *share = xreallocarray(NULL, n, sizeof *share);

	image_unload(r, v, n, share);
	for (size_t i = 0; i < n; i++)
		pixel[i] = (unsigned char)lrintf(255 * fminf(fmaxf(share[i], 0), 1));
	free(share);
}

unsigned char *image_unload_tensor(const struct recipe *r, const struct tensor *t)
{
	size_t n = t->bytes / dtype_size(t->type);
	unsigned char *pixel;

	if (t->type != DT_U8 && t->type != DT_F32)
		return NULL;
	pixel = xmalloc(n);
	if (t->type == DT_U8)
		memcpy(pixel, t->data, n);
	else
		image_unload_bytes(r, t->data, n, pixel);
	return pixel;
}
