#ifndef EXPLAIN_SCALE_H
#define EXPLAIN_SCALE_H

#include <stdbool.h>

#include "base/err.h"

/* From a raw map at the layer's resolution to a map of the image's size.
 *
 *   max     negative parts cut off, resized, divided by the largest value (0..1)
 *   minmax  not rectified: resized, then lowest 0, highest 1
 *   p99     negative parts cut off, resized, divided by the 99th percentile, cut at 1 (0..1)
 *   none    signed, resized only
 *   plateau negative parts cut off, resized, x = v / max; x^4 (1 + q^4) / (x^4 + q^4), where a sixth of the places are
 *           above q, but q at least 1/8: the saturation curve of Naka and Rushton 1966, so that whatever the shape of
 *           the map about its hottest sixth is near 1 and the rest near 0 (0..1) */
#define NORMALISERS(X) X(max) X(minmax) X(p99) X(none) X(plateau)
enum normaliser {
#define X(name) NORMALISE_##name,
	NORMALISERS(X)
#undef X
	NORMALISE_COUNT
};
const char *normaliser_name(enum normaliser n);
int normaliser_parse(const char *name, enum normaliser *n, struct err *e); /* the message lists the names */

/* Bilinear with half-pixel centres, edges repeated (torch's interpolate with align_corners=False). in [h,w] ->
 * out [oh,ow]; all sizes at least 1. */
void map_resize(const float *in, int h, int w, float *out, int oh, int ow);

/* The whole way: raw [h,w] -> out [oh,ow]. Returns false for a map that shows no place above another (all zero, or
 * constant up to rounding, after rectifying): out is then zeros, but for `none`, which never changes a value. raw must
 * be finite. */
bool map_finish(enum normaliser n, const float *raw, int h, int w, float *out, int oh, int ow);

/* The saturation of `plateau`, of n values of 0 and above; all 0 it leaves them. */
void map_saturate(float *v, int n);

/* The q quantile (0..1) of n > 0 values, interpolated linearly as numpy's; 1, the largest, is not sorted for. */
float map_quantile(const float *v, int n, double q);

/* Otsu's threshold of n values of 0 and above in 256 steps: the cut that leaves the least variance within both sides. 0
 * for a map without any. */
float map_otsu(const float *map, int n);

bool map_is_finite(const float *v, int n);

#endif
