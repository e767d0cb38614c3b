#ifndef NN_WINOGRAD_H
#define NN_WINOGRAD_H

#include "nn/vector.h"

/* What winograd.c, winograd_pack.c and winograd_tile.c share. */

enum {
	POINTS = 36,         /* of a transformed tile */
	WINOGRAD_LANES = 16, /* channels come in multiples of this */
};

/* Floats from one point of n tiles of c channels to the next: the odd cache line keeps the 36 lines that a tile touches
 * out of one cache set. */
static inline size_t point_stride(size_t n, size_t c)
{
	return n * c + WINOGRAD_LANES;
}

/* What a tile at the right or at the bottom of an image has of a whole one. Fewer outputs need fewer points: three do
 * without -2, two without 2 and -2 (see winograd_tile.h), the weights are the same. */
struct tile_shape {
	int rows, columns; /* of outputs: 4, 3 or 2 */
};
static inline bool tile_skips(int outputs, int point)
{
	return (outputs < 4 && point == 4) || (outputs < 3 && point == 3);
}

/* Transforms of one tile, all c channels. at[16]: where its 4x4 outputs are, -1 outside the image. Points that the tile
 * skips are neither written nor read. */
struct winograd_kernels {
	/* v[point * stride] of the 36 pixels */
	void (*input_tile)(const float *const *pixel, struct tile_shape shape, int c, float *v, size_t stride);
	/* y[at] of m[point * stride] */
	void (*output_tile)(const float *m, size_t stride, struct tile_shape shape, const ptrdiff_t *at,
	                    struct finish f, int c, float *y);
	/* m[point * stride] of dz[at]: the adjoint of output_tile */
	void (*gradient_tile)(const float *dz, struct tile_shape shape, const ptrdiff_t *at, int c, float *m, size_t stride);
	/* dw[9][c] of the sum over parts of sum[part * k][point * stride] */
	void (*finish_gradient)(const float *sum, size_t part, size_t parts, size_t point, int c, float *dw);
	/* to[point * stride] of w[k * tap] of WINOGRAD_LANES weights of each tap k, flipped or not */
	void (*weight_points)(const float *w, size_t tap, bool flip, float *to, size_t stride);
};
/* Few tiles against large weights: those are kept as [c][9][outputs], a quarter of what 36 points take, for each
 * STREAM_OUTPUTS outputs, and transformed as they are used, since reading them is what takes the time. Decided by the
 * batch that the plan was made for: bits stay. */
enum { STREAM_OUTPUTS = 64 };
bool winograd_streams(const struct step *s);

const struct winograd_kernels *winograd_kernels(void); /* those of this CPU; all have the same bits */

#endif
