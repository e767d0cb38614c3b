#include <string.h>

#include "nn/op.h"

/* Average pool. include_pad divides by the window's size at the border too, else by the pixels inside. */
static int avgpool_shape(struct graph *g, struct node *n, struct err *e)
{
	return operator_maxpool.shape(g, n, e);
}

static CLONES void add_scaled(float *restrict to, const float *restrict from, float scale, int c)
{
	for (int i = 0; i < c; i++)
		to[i] += scale * from[i];
}

/* For each pixel of the window that lies inside: to gets scale times from, either way. */
static void window_pixels(const struct node *n, int oy, int ox, float *picture, float *y, bool forward)
{
	const struct node *in = n->in[0];
	const struct window *w = &n->window;
	int y0 = oy * w->stride_h - w->top, x0 = ox * w->stride_w - w->left;
	int ya = y0 < 0 ? 0 : y0, yb = y0 + w->kh > in->h ? in->h : y0 + w->kh;
	int xa = x0 < 0 ? 0 : x0, xb = x0 + w->kw > in->w ? in->w : x0 + w->kw;
	float scale = 1 / (float)(n->include_pad ? w->kh * w->kw : (yb - ya) * (xb - xa));

	for (int iy = ya; iy < yb; iy++)
		for (int ix = xa; ix < xb; ix++) {
			float *x = picture + ((size_t)iy * (size_t)in->w + (size_t)ix) * (size_t)in->c;

			if (forward)
				add_scaled(y, x, scale, n->c);
			else
				add_scaled(x, y, scale, n->c);
		}
}

static void pool_picture(void *ctx, size_t picture, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	float *x = (float *)s->x + picture * node_size(n->in[0]), *y = s->y + picture * node_size(n);

	(void)worker;
	memset(y, 0, node_size(n) * sizeof *y);
	for (int p = 0; p < n->h * n->w; p++, y += n->c)
		window_pixels(n, p / n->w, p % n->w, x, y, true);
}

static void forward(struct step *s)
{
	pool_run(s->pool, (size_t)s->n, pool_picture, s);
}

static void backward_picture(void *ctx, size_t picture, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	float *dx = s->dx + picture * node_size(n->in[0]);

	(void)worker;
	if (!s->accumulate[0])
		memset(dx, 0, node_size(n->in[0]) * sizeof *dx);
	for (int p = 0; p < n->h * n->w; p++)
		window_pixels(n, p / n->w, p % n->w, dx, s->dz + picture * node_size(n) + (size_t)p * (size_t)n->c, false);
}

static void backward(struct step *s)
{
	if (s->dx)
		pool_run(s->pool, (size_t)s->n, backward_picture, s);
}

const struct operator operator_avgpool = {
	.name = "avgpool",
	.shape = avgpool_shape,
	.forward = forward,
	.backward = backward,
};
