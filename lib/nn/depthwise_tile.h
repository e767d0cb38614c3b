/* Sums over the taps of a depthwise convolution, included by depthwise.c through each_vector.h. From channel i on in
 * whole vectors; returns the first channel that is left. */

/* Those of `most` pixels, of which the first `pixels` are wanted. */
INLINE int NAME(sum_most)(const struct pixel_taps *t, int pixels, const int most, int taps, const float *weight, int i,
                          int c, struct finish f, float *y)
{
	for (; i + LANES <= c; i += LANES) {
		VECTOR sum[PIXELS];

		for (int p = 0; p < most; p++)
			sum[p] = (VECTOR){0};
		for (int k = 0; k < taps; k++) {
			VECTOR w = *(const VECTOR *)(weight + (size_t)k * (size_t)c + i);

			for (int p = 0; p < most; p++)
				sum[p] += *(const VECTOR *)(t[p].at[k] + i) * w;
		}
		for (int p = 0; p < most; p++)
			if (p < pixels)
				PUT(&sum[p], &f, (size_t)p * (size_t)c + (size_t)i, (size_t)i, y);
	}
	return i;
}

/* y[p][i] = finish(sum over taps of t[p].at[tap][i] weight[tap][i]) for `pixels` pixels that follow each other. */
static VECTOR_CLONES int NAME(sum_taps)(const struct pixel_taps *t, int pixels, int taps, const float *weight, int i,
                                        int c, struct finish f, float *y)
{
	if (pixels == 1)
		return NAME(sum_most)(t, 1, 1, taps, weight, i, c, f, y);
	return NAME(sum_most)(t, pixels, PIXELS, taps, weight, i, c, f, y);
}

/* The same for PIXELS pixels whose 3x3 windows are whole. */
static VECTOR_CLONES int NAME(sum_windows)(const struct windows *t, const float *weight, int i, int c, struct finish f,
                                    float *y)
{
	for (; i + LANES <= c; i += LANES) {
		VECTOR sum[PIXELS];

		for (int p = 0; p < PIXELS; p++)
			sum[p] = (VECTOR){0};
		for (int k = 0; k < 9; k++) {
			const float *x = t->first + k / 3 * t->line + k % 3 * t->column + i;
			VECTOR w = *(const VECTOR *)(weight + k * c + i);

			for (int p = 0; p < PIXELS; p++)
				sum[p] += *(const VECTOR *)(x + p * t->pixel) * w;
		}
		for (int p = 0; p < PIXELS; p++)
			PUT(&sum[p], &f, (size_t)p * (size_t)c + (size_t)i, (size_t)i, y);
	}
	return i;
}
