#ifndef NN_STEM_H
#define NN_STEM_H

#include "nn/vector.h"

/* What stem.c and stem_tile.c share. */

enum {
	STEM_LANES = 16, /* numbers of a block of 2x2 pixels, at most: four channels */
	STEM_EDGE = 7,   /* blocks, and points, across a tile of 4x4 outputs */
	STEM_POINTS = STEM_EDGE * STEM_EDGE,
};

struct stem_kernels {
	/* Down a column of seven blocks: d [7][16] to t[7], of 16 numbers each. */
	void (*column)(const float *d, float *t);
	/* Across a tile's seven columns t [7][7][16]: v[point * stride] of 16 numbers. */
	void (*points)(const float *t, float *v, size_t stride);
	/* y[row * line + k * oc] of m[point * stride] for the rows x columns that lie inside the image. */
	void (*outputs)(const float *m, size_t stride, int rows, int columns, size_t line, int oc, size_t at,
	                struct finish f, float *y);
	/* to[point * stride] of w[4x4 taps][16] */
	void (*weights)(const float *w, float *to, size_t stride);
};
const struct stem_kernels *stem_kernels(void); /* those of this CPU; all have the same bits */

#endif
