/* Transforms of Winograd's F(4x4,4x4), included by stem_tile.c through each_vector.h, for the points 1/2, -1/2, 1, -1,
 * 2, -2 and infinity: pairs share their sums, and rounding is no more than twice that of F(4x4,3x3) (1.5e-6 beside
 * .8e-6 of the outputs' deviation; with 0 in place of one of them, 1.5e-6 to 2.8e-6). */

/* Numbers at a and -a of the polynomial with coefficients that are even and odd in a. */
#define PAIR(o, ostride, k, even, odd) \
	do { \
		(o)[(k) * (ostride)] = (odd) + (even); \
		(o)[((k) + 1) * (ostride)] = (odd) - (even); \
	} while (0)

INLINE void NAME(input_line)(const VECTOR *d, int stride, VECTOR *o, int ostride)
{
	VECTOR d0 = d[0], d1 = d[stride], d2 = d[2 * stride], d3 = d[3 * stride], d4 = d[4 * stride], d5 = d[5 * stride];

	PAIR(o, ostride, 0, .5f * (4 * d0 - 5 * d2 + d4), 4 * d1 - 5 * d3 + d5);
	PAIR(o, ostride, 2, d0 - 4.25f * d2 + d4, d1 - 4.25f * d3 + d5);
	PAIR(o, ostride, 4, 2 * (.25f * d0 - 1.25f * d2 + d4), .25f * d1 - 1.25f * d3 + d5);
	o[6 * ostride] = d[6 * stride] - d0 + 5.25f * (d2 - d4);
}

INLINE void NAME(weight_line)(const VECTOR *g, int stride, VECTOR *o, int ostride)
{
	VECTOR g0 = g[0], g1 = g[stride], g2 = g[2 * stride], g3 = g[3 * stride];

	PAIR(o, ostride, 0, (g0 + .25f * g2) * (16.f / 45), (g1 + .25f * g3) * (8.f / 45));
	PAIR(o, ostride, 2, (g0 + g2) * (-2.f / 9), (g1 + g3) * (-2.f / 9));
	PAIR(o, ostride, 4, (g0 + 4 * g2) * (1.f / 45), (g1 + 4 * g3) * (2.f / 45));
	o[6 * ostride] = g3;
}

INLINE void NAME(output_line)(const VECTOR *m, int stride, VECTOR *o, int ostride)
{
	VECTOR sh = m[0] + m[stride], s1 = m[2 * stride] + m[3 * stride], s2 = m[4 * stride] + m[5 * stride];
	VECTOR dh = m[0] - m[stride], d1 = m[2 * stride] - m[3 * stride], d2 = m[4 * stride] - m[5 * stride];

	o[0] = sh + s1 + s2;
	o[ostride] = .5f * dh + d1 + 2 * d2;
	o[2 * ostride] = .25f * sh + s1 + 4 * s2;
	o[3 * ostride] = .125f * dh + d1 + 8 * d2 + m[6 * stride];
}
#undef PAIR

static VECTOR_CLONES void NAME(column)(const float *d, float *t)
{
	for (int i = 0; i < STEM_LANES; i += LANES) {
		VECTOR in[STEM_EDGE], out[STEM_EDGE];

		for (int r = 0; r < STEM_EDGE; r++)
			in[r] = *(const VECTOR *)(d + r * STEM_LANES + i);
		NAME(input_line)(in, 1, out, 1);
		for (int r = 0; r < STEM_EDGE; r++)
			*(VECTOR *)(t + r * STEM_LANES + i) = out[r];
	}
}

static VECTOR_CLONES void NAME(points)(const float *t, float *v, size_t stride)
{
	for (int r = 0; r < STEM_EDGE; r++)
		for (int i = 0; i < STEM_LANES; i += LANES) {
			VECTOR in[STEM_EDGE], out[STEM_EDGE];

			for (int k = 0; k < STEM_EDGE; k++)
				in[k] = *(const VECTOR *)(t + (k * STEM_EDGE + r) * STEM_LANES + i);
			NAME(input_line)(in, 1, out, 1);
			for (int k = 0; k < STEM_EDGE; k++)
				*(VECTOR *)(v + (size_t)(r * STEM_EDGE + k) * stride + i) = out[k];
		}
}

static VECTOR_CLONES void NAME(outputs)(const float *m, size_t stride, int rows, int columns, size_t line, int oc,
                                  size_t at, struct finish f, float *y)
{
	for (int i = 0; i < oc; i += LANES) {
		VECTOR t[4 * STEM_EDGE], d[STEM_EDGE];

		for (int k = 0; k < STEM_EDGE; k++) {
			for (int r = 0; r < STEM_EDGE; r++)
				d[r] = *(const VECTOR *)(m + (size_t)(r * STEM_EDGE + k) * stride + i);
			NAME(output_line)(d, 1, t + k, STEM_EDGE);
		}
		for (int r = 0; r < rows; r++) {
			NAME(output_line)(t + r * STEM_EDGE, 1, d, 1);
			for (int k = 0; k < 4; k++)
				if (k < columns)
					PUT(&d[k], &f, at + (size_t)r * line + (size_t)(k * oc + i), (size_t)i, y);
		}
	}
}

static VECTOR_CLONES void NAME(weights)(const float *w, float *to, size_t stride)
{
	for (int i = 0; i < STEM_LANES; i += LANES) {
		VECTOR g[16], t[4 * STEM_EDGE], u[STEM_EDGE];

		for (int k = 0; k < 16; k++)
			g[k] = *(const VECTOR *)(w + k * STEM_LANES + i);
		for (int k = 0; k < 4; k++)
			NAME(weight_line)(g + k, 4, t + k, 4);
		for (int r = 0; r < STEM_EDGE; r++) {
			NAME(weight_line)(t + 4 * r, 1, u, 1);
			for (int k = 0; k < STEM_EDGE; k++)
				*(VECTOR *)(to + (size_t)(r * STEM_EDGE + k) * stride + i) = u[k];
		}
	}
}

static const struct stem_kernels NAME(stem_kernels) = {NAME(column), NAME(points), NAME(outputs), NAME(weights)};
