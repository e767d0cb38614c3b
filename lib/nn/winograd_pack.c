#include "nn/conv.h"
#include "nn/panel.h"
#include "nn/winograd.h"

/* Weights of a 3x3 convolution at the points of a transformed tile. */

enum { LANES = WINOGRAD_LANES };

struct pack {
	const float *w, *scale;
	int c, oc;
	bool backward;
	float *to;
};

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
	const struct winograd_kernels *kernels = winograd_kernels();
	int o0 = (int)block * LANES, width;
	float square[POINTS][LANES * LANES + LANES];

	(void)worker;
	for (int i = 0; i < p->c; i += LANES) {
		for (int o = 0; o < LANES; o++) {
			const float *w = p->w + (size_t)(o0 + o) * 9 * c + i;
			float scale = p->scale ? p->scale[o0 + o] : 1;

			float *to = panel_column(p->to, p->oc, p->c, i, &width); /* backward: a row for each output */

			if (p->backward)
				kernels->weight_points(w, p->c, scale, true, to + (o0 + o) * width, stride);
			else
				kernels->weight_points(w, p->c, scale, false, square[0] + o * LANES, LANES * LANES + LANES);
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
