#ifndef EXPLAIN_XRAI_H
#define EXPLAIN_XRAI_H

#include <stdbool.h>

/* Regions of n places in several sizes: of each size every place has one, 0 .. count-1. */
enum { XRAI_SIZES = 4 };
struct segmentation {
	int n, count[XRAI_SIZES];
	const int *label[XRAI_SIZES]; /* [n] */
};
/* value [n] -> map [n]: constant over what was taken of a region, the highest mean first; a region of which fewer than
 * `least` places are left is not taken, and what no region takes has its mean. The sum stays. */
void xrai_share(const struct segmentation *by, const float *value, int least, float *map);

/* The same over superpixels of an image [h,w,channels], about 2 sides, a side, 1/2 and 1/4 of it wide. */
enum { XRAI_LEAST = 2000 }; /* the smallest part that is taken, as a share: authors' 50 of 299 x 299 pixels */
void xrai_map(const float *image, int h, int w, int channels, int side, const float *value, float *map);

#endif
