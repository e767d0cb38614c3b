/* Average pool. include_pad divides by the window's size at the border too, else by the pixels inside. */
#include <string.h>

#include "nn/op.h"

static int avgpool_shape(struct graph *g, struct node *n, struct err *e)
{
	(void)g;
	n->c = n->in[0]->c;
	if (!n->adaptive)
		return window_shape(n, e);
	return n->h > 0 && n->w > 0 ? 0 : err_set(e, "%s: no places to average to", n->name);
}

/* Input rows (or columns) begin to end - 1 of output i: shares of in that overlap where out does not divide it. */
static void share(int i, int in, int out, int *begin, int *end)
{
	*begin = i * in / out;
	*end = ((i + 1) * in + out - 1) / out;
}

static void inside(int i, int stride, int pad, int kernel, int in, int *begin, int *end)
{
	int first = i * stride - pad;

	*begin = first < 0 ? 0 : first;
	*end = first + kernel > in ? in : first + kernel;
}

static CLONES void add_scaled(float *restrict to, const float *restrict from, float scale, int c)
{
	for (int i = 0; i < c; i++)
		to[i] += scale * from[i];
}

/* For each pixel of the window that lies inside: to gets scale times from, either way. */
static void window_pixels(const struct node *n, int oy, int ox, float *image, float *y, bool forward)
{
	const struct node *in = n->in[0];
	const struct window *w = &n->window;
	int ya, yb, xa, xb;
	float scale;

	if (n->adaptive) {
		share(oy, in->h, n->h, &ya, &yb);
		share(ox, in->w, n->w, &xa, &xb);
	} else {
		inside(oy, w->stride_h, w->top, w->kh, in->h, &ya, &yb);
		inside(ox, w->stride_w, w->left, w->kw, in->w, &xa, &xb);
	}
	scale = 1 / (float)(n->include_pad ? w->kh * w->kw : (yb - ya) * (xb - xa));
	for (int iy = ya; iy < yb; iy++)
		for (int ix = xa; ix < xb; ix++) {
			float *x = image + ((size_t)iy * (size_t)in->w + (size_t)ix) * (size_t)in->c;

			if (forward)
				add_scaled(y, x, scale, n->c);
			else
				add_scaled(x, y, scale, n->c);
		}
}

static void pool_line(void *ctx, size_t line, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	float *x = (float *)s->x + line / (size_t)n->h * node_size(n->in[0]), *y = s->y + line * (size_t)n->w * s->ldy;

	(void)worker;
	for (int ox = 0; ox < n->w; ox++, y += s->ldy) {
		memset(y, 0, (size_t)n->c * sizeof *y);
		window_pixels(n, (int)(line % (size_t)n->h), ox, x, y, true);
	}
}

static void forward(struct step *s)
{
	pool_run(s->pool, (size_t)s->n * (size_t)s->node->h, pool_line, s);
}

static void backward_image(void *ctx, size_t image, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	float *dx = s->dx + image * node_size(n->in[0]);

	(void)worker;
	if (!s->accumulate[0])
		memset(dx, 0, node_size(n->in[0]) * sizeof *dx);
	for (int p = 0; p < n->h * n->w; p++)
		window_pixels(n, p / n->w, p % n->w, dx, s->dz + image * node_size(n) + (size_t)p * (size_t)n->c, false);
}

static void backward(struct step *s)
{
	if (s->dx)
		pool_run(s->pool, (size_t)s->n, backward_image, s);
}

const struct operator operator_avgpool = {
	.name = "avgpool",
	.shape = avgpool_shape,
	.forward = forward,
	.backward = backward,
	.writes_slices = step_always,
};
