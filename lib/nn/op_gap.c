/* Global average pool: (h, w, c) to (1, 1, c). */
#include <string.h>

#include "nn/op.h"

static int gap_shape(struct graph *g, struct node *n, struct err *e)
{
	(void)g;
	(void)e;
	n->h = n->w = 1;
	n->c = n->in[0]->c;
	return 0;
}

static CLONES void mean_pixels(float *restrict y, const float *restrict x, int pixels, int c)
{
	memset(y, 0, (size_t)c * sizeof *y);
	for (int p = 0; p < pixels; p++)
		for (int i = 0; i < c; i++)
			y[i] += x[(size_t)p * (size_t)c + (size_t)i];
	for (int i = 0; i < c; i++)
		y[i] /= (float)pixels;
}

static CLONES void spread(float *restrict dx, const float *restrict dz, int pixels, int c, bool accumulate)
{
	for (int p = 0; p < pixels; p++, dx += c)
		for (int i = 0; i < c; i++) {
			float d = dz[i] / (float)pixels;

			dx[i] = accumulate ? dx[i] + d : d;
		}
}

static void gap_image(void *ctx, size_t image, int worker)
{
	struct step *s = ctx;
	const struct node *in = s->node->in[0];

	(void)worker;
	mean_pixels(s->y + image * (size_t)in->c, s->x + image * node_size(in), in->h * in->w, in->c);
}

static void forward(struct step *s)
{
	pool_run(s->pool, (size_t)s->n, gap_image, s);
}

static void backward_image(void *ctx, size_t image, int worker)
{
	struct step *s = ctx;
	const struct node *in = s->node->in[0];

	(void)worker;
	spread(s->dx + image * node_size(in), s->dz + image * (size_t)in->c, in->h * in->w, in->c, s->accumulate[0]);
}

static void backward(struct step *s)
{
	if (s->dx)
		pool_run(s->pool, (size_t)s->n, backward_image, s);
}

const struct operator operator_gap = {
	.name = "gap",
	.shape = gap_shape,
	.forward = forward,
	.backward = backward,
};
