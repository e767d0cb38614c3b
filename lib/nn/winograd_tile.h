/* Winograd's transforms, included by winograd_tile.c through each_vector.h. Matrices are those of F(4x4,3x3) for the
 * points 0, 1, -1, 2, -2 and infinity. Tiles of two or three outputs in a line are F(2x2,3x3) and F(3x3,3x3) for the
 * first of these points and infinity, scaled so that the weights of F(4x4,3x3) fit them. */

/* One-dimensional transforms over six or four vectors a stride apart, in place of small matrices B, A, G and their
 * transposes. Vectors are passed by pointer: their calling convention depends on the instruction set. */

INLINE void NAME(input_line)(const VECTOR *d, int stride, const int outputs, VECTOR *o, int ostride)
{
	VECTOR d0 = d[0], d1 = d[stride], d2 = d[2 * stride], d3 = d[3 * stride], d4 = d[4 * stride], d5 = d[5 * stride];

	if (outputs == 2) {
		o[0] = 4 * (d0 - d2);
		o[ostride] = -3 * (d2 + d1);
		o[2 * ostride] = -3 * (d2 - d1);
		o[5 * ostride] = d3 - d1;
	} else if (outputs == 3) {
		o[0] = 4 * (d0 - d2) + 2 * (d3 - d1);
		o[ostride] = 3 * (d3 - d2 - 2 * d1);
		o[2 * ostride] = d3 - 3 * d2 + 2 * d1;
		o[3 * ostride] = 4 * (d3 - d1);
		o[5 * ostride] = 2 * (d1 - d3) + d4 - d2;
	} else {
		VECTOR a = d4 - 4 * d2, b = d3 - 4 * d1, c = d4 - d2, e = 2 * (d3 - d1);

		o[0] = 4 * d0 - 5 * d2 + d4;
		o[ostride] = a + b;
		o[2 * ostride] = a - b;
		o[3 * ostride] = c + e;
		o[4 * ostride] = c - e;
		o[5 * ostride] = 4 * d1 - 5 * d3 + d5;
	}
}

INLINE void NAME(output_line)(const VECTOR *m, int stride, const int outputs, VECTOR *o, int ostride)
{
	VECTOR s12 = m[stride] + m[2 * stride], d12 = m[stride] - m[2 * stride], last = m[5 * stride];

	if (outputs == 2) {
		o[0] = m[0] + s12;
		o[ostride] = d12 + last;
	} else if (outputs == 3) {
		VECTOR m3 = m[3 * stride];

		o[0] = m[0] + s12 + m3;
		o[ostride] = d12 + 2 * m3;
		o[2 * ostride] = s12 + 4 * m3 + last;
	} else {
		VECTOR s34 = m[3 * stride] + m[4 * stride], d34 = m[3 * stride] - m[4 * stride];

		o[0] = m[0] + s12 + s34;
		o[ostride] = d12 + 2 * d34;
		o[2 * ostride] = s12 + 4 * s34;
		o[3 * ostride] = d12 + 8 * d34 + last;
	}
}

/* The adjoint of output_line: four to six. */
INLINE void NAME(gradient_line)(const VECTOR *z, int stride, const int outputs, VECTOR *o, int ostride)
{
	VECTOR z0 = z[0], z1 = z[stride], z2 = z[2 * stride], z3 = z[3 * stride];

	if (outputs == 2) {
		o[ostride] = z0 + z1;
		o[2 * ostride] = z0 - z1;
	} else if (outputs == 3) {
		o[ostride] = z0 + z2 + z1;
		o[2 * ostride] = z0 + z2 - z1;
		o[3 * ostride] = z0 + 4 * z2 + 2 * z1;
	} else {
		VECTOR even = z0 + z2, odd = z1 + z3, even4 = z0 + 4 * z2, odd8 = 2 * z1 + 8 * z3;

		o[ostride] = even + odd;
		o[2 * ostride] = even - odd;
		o[3 * ostride] = even4 + odd8;
		o[4 * ostride] = even4 - odd8;
	}
	o[0] = z0;
	o[5 * ostride] = outputs == 2 ? z1 : outputs == 3 ? z2 : z3;
}

INLINE void NAME(weight_line)(const VECTOR *g, int stride, VECTOR *o, int ostride)
{
	VECTOR even = g[0] + g[2 * stride], odd = g[stride];
	VECTOR even4 = g[0] + 4 * g[2 * stride], odd2 = 2 * odd;

	o[0] = g[0] * (1.f / 4);
	o[ostride] = (even + odd) * (-1.f / 6);
	o[2 * ostride] = (even - odd) * (-1.f / 6);
	o[3 * ostride] = (even4 + odd2) * (1.f / 24);
	o[4 * ostride] = (even4 - odd2) * (1.f / 24);
	o[5 * ostride] = g[2 * stride];
}

/* The adjoint of weight_line: six to three. */
INLINE void NAME(weight_gradient_line)(const VECTOR *u, int stride, VECTOR *o, int ostride)
{
	VECTOR s12 = u[stride] + u[2 * stride], d12 = u[stride] - u[2 * stride];
	VECTOR s34 = u[3 * stride] + u[4 * stride], d34 = u[3 * stride] - u[4 * stride];

	o[0] = u[0] * (1.f / 4) - s12 * (1.f / 6) + s34 * (1.f / 24);
	o[ostride] = d34 * (1.f / 12) - d12 * (1.f / 6);
	o[2 * ostride] = (s34 - s12) * (1.f / 6) + u[5 * stride];
}

INLINE void NAME(input)(const float *const *pixel, const struct tile_shape e, int c, float *v, size_t stride)
{
	for (int i = 0; i < c; i += LANES) {
		VECTOR t[POINTS], d[6];

		for (int k = 0; k < e.columns + 2; k++) {
			for (int r = 0; r < 6; r++)
				d[r] = *(const VECTOR *)(pixel[6 * r + k] + i);
			NAME(input_line)(d, 1, e.rows, t + k, 6);
		}
		for (int r = 0; r < 6; r++) {
			if (tile_skips(e.rows, r))
				continue;
			NAME(input_line)(t + 6 * r, 1, e.columns, d, 1);
			for (int k = 0; k < 6; k++)
				if (!tile_skips(e.columns, k))
					*(VECTOR *)(v + (size_t)(6 * r + k) * stride + i) = d[k];
		}
	}
}

INLINE void NAME(output)(const float *m, size_t stride, const struct tile_shape e, const ptrdiff_t *at,
                         const struct finish f, int c, float *y)
{
	for (int i = 0; i < c; i += LANES) {
		VECTOR t[24], d[6];

		for (int k = 0; k < 6; k++) {
			if (tile_skips(e.columns, k))
				continue;
			for (int r = 0; r < 6; r++)
				if (!tile_skips(e.rows, r))
					d[r] = *(const VECTOR *)(m + (size_t)(6 * r + k) * stride + i);
			NAME(output_line)(d, 1, e.rows, t + k, 6);
		}
		for (int r = 0; r < e.rows; r++) {
			NAME(output_line)(t + 6 * r, 1, e.columns, d, 1);
			for (int k = 0; k < e.columns; k++)
				if (at[4 * r + k] >= 0)
					PUT(&d[k], &f, (size_t)at[4 * r + k] + (size_t)i, (size_t)i, y);
		}
	}
}

INLINE void NAME(gradient)(const float *dz, const struct tile_shape e, const ptrdiff_t *at, int c, float *m,
                           size_t stride)
{
	for (int i = 0; i < c; i += LANES) {
		VECTOR d[POINTS], t[POINTS];

		for (int k = 0; k < 16; k++)
			d[k] = *(const VECTOR *)(at[k] >= 0 ? dz + at[k] + i : zeros);
		for (int k = 0; k < e.columns; k++)
			NAME(gradient_line)(d + k, 4, e.rows, t + k, 4);
		for (int r = 0; r < 6; r++) {
			if (tile_skips(e.rows, r))
				continue;
			NAME(gradient_line)(t + 4 * r, 1, e.columns, d, 1);
			for (int k = 0; k < 6; k++)
				if (!tile_skips(e.columns, k))
					*(VECTOR *)(m + (size_t)(6 * r + k) * stride + i) = d[k];
		}
	}
}

/* A whole tile's shape is known to the compiler. */
#define EACH_SHAPE(shape, run) \
	do { \
		if ((shape).rows == 4 && (shape).columns == 4) { \
			const struct tile_shape e = {4, 4}; \
\
			run; \
		} else { \
			const struct tile_shape e = shape; \
\
			run; \
		} \
	} while (0)

static VECTOR_CLONES void NAME(input_tile)(const float *const *pixel, struct tile_shape shape, int c, float *v,
                                           size_t stride)
{
	EACH_SHAPE(shape, NAME(input)(pixel, e, c, v, stride));
}

static VECTOR_CLONES void NAME(output_tile)(const float *m, size_t stride, struct tile_shape shape, const ptrdiff_t *at,
                                            struct finish f, int c, float *y)
{
	EACH_SHAPE(shape, NAME(output)(m, stride, e, at, f, c, y));
}

static VECTOR_CLONES void NAME(gradient_tile)(const float *dz, struct tile_shape shape, const ptrdiff_t *at, int c,
                                              float *m, size_t stride)
{
	EACH_SHAPE(shape, NAME(gradient)(dz, e, at, c, m, stride));
}
#undef EACH_SHAPE

/* All parts in order. */
static VECTOR_CLONES void NAME(finish_gradient)(const float *sum, size_t part, size_t parts, size_t point, int c,
                                                float *dw)
{
	for (int i = 0; i < c; i += LANES) {
		VECTOR u[POINTS], t[POINTS];

		for (size_t k = 0; k < POINTS; k++) {
			u[k] = *(const VECTOR *)(sum + k * point + i);
			for (size_t p = 1; p < parts; p++)
				u[k] += *(const VECTOR *)(sum + p * part + k * point + i);
		}
		for (int k = 0; k < 6; k++)
			NAME(weight_gradient_line)(u + k, 6, t + k, 6);
		for (int k = 0; k < 3; k++)
			NAME(weight_gradient_line)(t + 6 * k, 1, u + 3 * k, 1);
		for (int k = 0; k < 9; k++)
			*(VECTOR *)(dw + k * c + i) = u[k];
	}
}

static VECTOR_CLONES void NAME(weight_points)(const float *w, size_t tap, bool flip, float *to, size_t stride)
{
	for (int i = 0; i < WINOGRAD_LANES; i += LANES) {
		VECTOR g[POINTS], t[POINTS];

		for (int k = 0; k < 9; k++)
			g[k] = *(const VECTOR *)(w + (size_t)(flip ? 8 - k : k) * tap + i);
		for (int k = 0; k < 3; k++)
			NAME(weight_line)(g + k, 3, t + k, 3);
		for (int k = 0; k < 6; k++)
			NAME(weight_line)(t + 3 * k, 1, g + 6 * k, 1);
		for (int k = 0; k < POINTS; k++)
			*(VECTOR *)(to + (size_t)k * stride + i) = g[k];
	}
}

static const struct winograd_kernels NAME(kernels) = {
	NAME(input_tile), NAME(output_tile), NAME(gradient_tile), NAME(finish_gradient), NAME(weight_points),
};
