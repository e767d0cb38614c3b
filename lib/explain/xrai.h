#ifndef EXPLAIN_XRAI_H
#define EXPLAIN_XRAI_H

#include <stddef.h>

/* `count` regions that may lie over each other: place i of n is in region[first[i]] .. region[first[i + 1] - 1]. */
struct xrai_cover {
	int n, count;
	size_t *first; /* [n + 1] */
	int *region;
};
/* value [n] -> map [n]: again and again the region is taken whose places that are not taken yet have the highest mean,
 * which becomes their value; a region of which fewer than `least` are left is not taken, and what no region takes has
 * its mean. The sum stays. */
void xrai_share(const struct xrai_cover *by, const float *value, int least, float *map);

/* The same over the segments of an image [h,w,channels]. */
void xrai_map(const float *image, int h, int w, int channels, const float *value, float *map);

#endif
