#ifndef EXPLAIN_SEGMENT_H
#define EXPLAIN_SEGMENT_H

#include <stddef.h>

/* Parts of an image by its edges (Felzenszwalb and Huttenlocher 2004). Neighbours, eight of each pixel, are joined from
 * the most alike on, unless more lies between them than within either of the parts that they belong to, by `scale` over
 * that part's size; then parts of fewer than `least` pixels join a neighbour. The numbers are those of scikit-image,
 * whose `scale` is 255 times this. */
struct segment_edge {
	double cost; /* distance of the colours */
	int from, to;
};
struct segment_graph {
	int pixels;
	size_t n;
	struct segment_edge *edge; /* the most alike first */
};
/* Of an image [h,w,c] whose values are stretched to -1..1 and smoothed by a Gaussian of `sigma` pixels. */
struct segment_graph segment_graph_of(const float *image, int h, int w, int c, double sigma);
void segment_graph_free(struct segment_graph *g);
/* label [h,w]: 0 .. count-1 in the order of first pixels. Returns count. */
int segment_parts(const struct segment_graph *g, double scale, int least, int *label);

#endif
