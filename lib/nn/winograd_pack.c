/* Weights of a 3x3 convolution: scaled, sixteen inputs by sixteen outputs at a time, and brought to the points of a
 * transformed tile.
 *
 *   w [oc][9][c]  --transpose-->  [9][16 inputs][16 outputs]  --G w G'-->  point 0   panels [c][oc]
 *                                 of 9 KB, in L1                           point 1   (panel.h), point_stride
 *                                                                          ...       floats apart
 *
 * Backward it is panels [oc][c] of flipped taps. For a stream (winograd_streams) the points are not made here:
 * [c][9][outputs] for each STREAM_OUTPUTS outputs. */
#include "nn/conv.h"
#include "nn/panel.h"
#include "nn/winograd.h"

enum { LANES = WINOGRAD_LANES }; /* a cache line of floats: whole lines are read and written */

struct winograd_pack {
	const float *w, *scale; /* [oc][9][c], [oc] */
	size_t c, oc;
	float *to;
};

/* to[k * tap + i * row + o] for 9 taps k, inputs from i0 and outputs from o0 on. */
static CLONES void transpose_taps(const struct winograd_pack *p, size_t o0, size_t i0, float *restrict to, size_t tap,
                                  size_t row)
{
	for (size_t k = 0; k < 9; k++)
		for (size_t i = 0; i < LANES; i++)
			for (size_t o = 0; o < LANES; o++)
				to[k * tap + i * row + o] = p->w[((o0 + o) * 9 + k) * p->c + i0 + i] * p->scale[o0 + o];
}

/* [c][9][outputs] for each STREAM_OUTPUTS outputs; sixteen of them a block. */
static void pack_stream(void *ctx, size_t block, int worker)
{
	const struct winograd_pack *p = ctx;
	size_t first = block * LANES / STREAM_OUTPUTS * STREAM_OUTPUTS, o = block * LANES - first;
	size_t outputs = p->oc - first < STREAM_OUTPUTS ? p->oc - first : STREAM_OUTPUTS;

	(void)worker;
	for (size_t i = 0; i < p->c; i += LANES)
		transpose_taps(p, first + o, i, p->to + (first * p->c + i * outputs) * 9 + o, outputs, 9 * outputs);
}

/* 36 times panels [c][oc], sixteen outputs a block. */
static void pack_forward(void *ctx, size_t block, int worker)
{
	const struct winograd_pack *p = ctx;
	size_t stride = point_stride(p->c, p->oc), o0 = block * LANES;
	float taps[9 * LANES * LANES];
	int width;
	float *to = panel_column(p->to, (int)p->c, (int)p->oc, (int)o0, &width);

	(void)worker;
	for (size_t i0 = 0; i0 < p->c; i0 += LANES) {
		transpose_taps(p, o0, i0, taps, LANES * LANES, LANES);
		for (size_t i = 0; i < LANES; i++)
			winograd_kernels()->weight_points(taps + i * LANES, LANES * LANES, false, to + (i0 + i) * (size_t)width, stride);
	}
}

/* 36 times panels [oc][c], flipped; sixteen outputs a block, a row for each. */
static void pack_backward(void *ctx, size_t block, int worker)
{
	const struct winograd_pack *p = ctx;
	size_t stride = point_stride(p->c, p->oc);
	float taps[9 * LANES];
	int width;

	(void)worker;
	for (size_t i0 = 0; i0 < p->c; i0 += LANES) {
		float *to = panel_column(p->to, (int)p->oc, (int)p->c, (int)i0, &width);

		for (size_t o = block * LANES; o < (block + 1) * LANES; o++) {
			for (size_t k = 0; k < 9; k++)
				for (size_t i = 0; i < LANES; i++)
					taps[k * LANES + i] = p->w[(o * 9 + k) * p->c + i0 + i] * p->scale[o];
			winograd_kernels()->weight_points(taps, LANES, true, to + o * (size_t)width, stride);
		}
	}
}

size_t winograd_weights(const struct step *s, bool backward)
{
	size_t c = (size_t)s->node->in[0]->c, oc = (size_t)s->node->c;

	return !backward && winograd_streams(s) ? 9 * c * oc : POINTS * point_stride(c, oc);
}

void winograd_pack(struct step *s, bool backward, float *to)
{
	struct winograd_pack p = {step_param(s, s->node, 0), conv_scale(s), (size_t)s->node->in[0]->c, (size_t)s->node->c, to};

	pool_run(s->pool, p.oc / LANES, backward ? pack_backward : winograd_streams(s) ? pack_stream : pack_forward, &p);
}
