/* The kernel of a panel, included by panel.c through each_vector.h. */

/* Each sum, with `at` where it goes. Unrolled, or else they would leave their registers: an output of 16 inputs takes a
 * third longer. */
#define EACH_SUM(body) \
	do { \
		_Pragma("GCC unroll 12") for (int r = 0; r < ROWS; r++) \
			_Pragma("GCC unroll 4") for (int v = 0; v < VECTORS; v++) \
				if (r < rows) { \
					size_t at = (first + (size_t)r) * ldy + (size_t)(LANES * v); \
\
					body; \
				} \
	} while (0)

/* Rows [first, first + rows) of at most ROWS, and VECTORS vectors of outputs. */
INLINE void NAME(tile)(const struct panel_run *t, size_t first, int rows, const int ROWS, const int VECTORS)
{
	VECTOR sum[24];
	const float *w = t->weight, *row[PANEL_ROWS];
	const size_t ldy = t->ldy;
	float *y = t->y;

	for (int r = 0; r < ROWS; r++)
		for (int v = 0; v < VECTORS; v++)
			sum[r * VECTORS + v] = (VECTOR){0};
	if (t->resume)
		EACH_SUM(sum[r * VECTORS + v] = *(const VECTOR *)(y + at));
	for (int s = 0; s < t->segments; s++) {
		for (int r = 0; r < ROWS; r++)
			row[r] = run_row(t, s, first + (size_t)(r < rows ? r : rows - 1));
		for (int i = 0; i < t->length; i++, w += LANES * VECTORS) {
			VECTOR weight[4];

			for (int v = 0; v < VECTORS; v++)
				weight[v] = *(const VECTOR *)(w + LANES * v);
			for (int r = 0; r < ROWS; r++)
				for (int v = 0; v < VECTORS; v++)
					sum[r * VECTORS + v] += row[r][i] * weight[v];
		}
	}
	if (t->finish) {
		const struct finish f = *t->finish;

		EACH_SUM(PUT(&sum[r * VECTORS + v], &f, at, (size_t)(LANES * v), y));
	} else {
		EACH_SUM(*(VECTOR *)(y + at) = sum[r * VECTORS + v]);
	}
}

/* All rows, ROWS at a time, the last up to four by themselves. */
INLINE void NAME(rows)(const struct panel_run *t, const int ROWS, const int VECTORS)
{
	size_t r = 0;

	for (; r + FEW < t->rows; r += (size_t)ROWS)
		NAME(tile)(t, r, t->rows - r < (size_t)ROWS ? (int)(t->rows - r) : ROWS, ROWS, VECTORS);
	if (r < t->rows)
		NAME(tile)(t, r, (int)(t->rows - r), FEW, VECTORS);
}
#undef EACH_SUM
