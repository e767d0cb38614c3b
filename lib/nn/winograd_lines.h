#ifndef NN_WINOGRAD_LINES_H
#define NN_WINOGRAD_LINES_H

#include "nn/vector.h"

/* The small matrices of Winograd's F(4x4,3x3), points 0, 1, -1, 2, -2 and infinity, sixteen channels at a time. Private
 * to winograd.c and winograd_pack.c. */

enum {
	POINTS = 36, /* of a transformed tile */
	LANES = 16,  /* channels handled at once */
};

/* Floats from one point of n tiles of c channels to the next: the odd cache line keeps the 36 lines that a tile touches
 * out of one cache set. */
static inline size_t point_stride(size_t n, size_t c)
{
	return n * c + LANES;
}

/* One-dimensional transforms over six or four vectors a stride apart, in place of small matrices B, A, G and their
 * transposes. Vectors are passed by pointer: their calling convention depends on the instruction set. */

INLINE void input_line(const v16 *d, int stride, v16 *o, int ostride)
{
	v16 d0 = d[0], d1 = d[stride], d2 = d[2 * stride], d3 = d[3 * stride], d4 = d[4 * stride], d5 = d[5 * stride];
	v16 a = d4 - 4 * d2, b = d3 - 4 * d1, c = d4 - d2, e = 2 * (d3 - d1);

	o[0] = 4 * d0 - 5 * d2 + d4;
	o[ostride] = a + b;
	o[2 * ostride] = a - b;
	o[3 * ostride] = c + e;
	o[4 * ostride] = c - e;
	o[5 * ostride] = 4 * d1 - 5 * d3 + d5;
}

INLINE void output_line(const v16 *m, int stride, v16 *o, int ostride)
{
	v16 s12 = m[stride] + m[2 * stride], d12 = m[stride] - m[2 * stride];
	v16 s34 = m[3 * stride] + m[4 * stride], d34 = m[3 * stride] - m[4 * stride];

	o[0] = m[0] + s12 + s34;
	o[ostride] = d12 + 2 * d34;
	o[2 * ostride] = s12 + 4 * s34;
	o[3 * ostride] = d12 + 8 * d34 + m[5 * stride];
}

/* The adjoint of output_line: four to six. */
INLINE void gradient_line(const v16 *z, int stride, v16 *o, int ostride)
{
	v16 z0 = z[0], z1 = z[stride], z2 = z[2 * stride], z3 = z[3 * stride];
	v16 even = z0 + z2, odd = z1 + z3, even4 = z0 + 4 * z2, odd8 = 2 * z1 + 8 * z3;

	o[0] = z0;
	o[ostride] = even + odd;
	o[2 * ostride] = even - odd;
	o[3 * ostride] = even4 + odd8;
	o[4 * ostride] = even4 - odd8;
	o[5 * ostride] = z3;
}

INLINE void weight_line(const v16 *g, int stride, v16 *o, int ostride)
{
	v16 even = g[0] + g[2 * stride], odd = g[stride];
	v16 even4 = g[0] + 4 * g[2 * stride], odd2 = 2 * odd;

	o[0] = g[0] * (1.f / 4);
	o[ostride] = (even + odd) * (-1.f / 6);
	o[2 * ostride] = (even - odd) * (-1.f / 6);
	o[3 * ostride] = (even4 + odd2) * (1.f / 24);
	o[4 * ostride] = (even4 - odd2) * (1.f / 24);
	o[5 * ostride] = g[2 * stride];
}

/* The adjoint of weight_line: six to three. */
INLINE void weight_gradient_line(const v16 *u, int stride, v16 *o, int ostride)
{
	v16 s12 = u[stride] + u[2 * stride], d12 = u[stride] - u[2 * stride];
	v16 s34 = u[3 * stride] + u[4 * stride], d34 = u[3 * stride] - u[4 * stride];

	o[0] = u[0] * (1.f / 4) - s12 * (1.f / 6) + s34 * (1.f / 24);
	o[ostride] = d34 * (1.f / 12) - d12 * (1.f / 6);
	o[2 * ostride] = (s34 - s12) * (1.f / 6) + u[5 * stride];
}

#endif
