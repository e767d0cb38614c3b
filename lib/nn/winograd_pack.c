#include "nn/conv.h"
#include "nn/panel.h"
#include "nn/winograd_lines.h"

/* Weights of a 3x3 convolution at the points of a transformed tile. */

struct pack {
	const float *w, *scale;
	int c, oc;
	bool backward;
	float *to;
};

/* The 36 points of the weights of one output for 16 input channels. */
static CLONES void weight_points(const float *w, int c, float scale, bool flip, float *to, size_t stride)
{
	v16 g[POINTS], t[POINTS];

	for (int k = 0; k < 9; k++)
		g[k] = *(const v16 *)(w + (flip ? 8 - k : k) * c) * scale;
	for (int k = 0; k < 3; k++)
		weight_line(g + k, 3, t + k, 3);
	for (int k = 0; k < 6; k++)
		weight_line(t + 3 * k, 1, g + 6 * k, 1);
	for (int k = 0; k < POINTS; k++)
		*(v16 *)(to + (size_t)k * stride) = g[k];
}

static CLONES void transpose(const float *restrict from, float *restrict to, int row)
{
	for (int i = 0; i < LANES; i++)
		for (int o = 0; o < LANES; o++)
			to[i * row + o] = from[o * LANES + i];
}

/* Sixteen outputs a block. */
static void pack_block(void *ctx, size_t block, int worker)
{
	const struct pack *p = ctx;
	size_t c = (size_t)p->c, stride = point_stride(c, (size_t)p->oc);
	int o0 = (int)block * LANES, width;
	float square[POINTS][LANES * LANES + LANES];

	(void)worker;
	for (int i = 0; i < p->c; i += LANES) {
		for (int o = 0; o < LANES; o++) {
			const float *w = p->w + (size_t)(o0 + o) * 9 * c + i;
			float scale = p->scale ? p->scale[o0 + o] : 1;

			if (p->backward)
				weight_points(w, p->c, scale, true, panel_column(p->to, p->oc, p->c, i, &width) + (o0 + o) * width, stride);
			else
				weight_points(w, p->c, scale, false, square[0] + o * LANES, LANES * LANES + LANES);
		}
		for (size_t k = 0; k < POINTS && !p->backward; k++) {
			float *to = panel_column(p->to + k * stride, p->c, p->oc, o0, &width);

			transpose(square[k], to + i * width, width);
		}
	}
}

size_t winograd_weights(int c, int oc)
{
	return POINTS * point_stride((size_t)c, (size_t)oc);
}

void winograd_pack(struct pool *pool, const float *w, const float *scale, int c, int oc, bool backward, float *to)
{
	struct pack p = {w, scale, c, oc, backward, to};

	pool_run(pool, (size_t)oc / LANES, pack_block, &p);
}
