/* Max pool; training remembers which pixel of a window won. */
#include <string.h>

#include "nn/op.h"

static int maxpool_shape(struct graph *g, struct node *n, struct err *e)
{
	(void)g;
	n->c = n->in[0]->c;
	if (n->window.kh * n->window.kw > 256) /* a byte says which pixel won */
		return err_set(e, "%s: a %dx%d window is too large", n->name, n->window.kh, n->window.kw);
	return window_shape(n, e);
}

/* Which tap of the window won, a byte for each output: the first of equals, as torch. */
static size_t maxpool_state(const struct step *s)
{
	return s->backward ? (size_t)s->batch * node_size(s->node) : 0;
}

static CLONES void take_max(float *restrict y, unsigned char *restrict tap, const float *restrict x, int which, int c)
{
	for (int i = 0; i < c; i++) {
		bool better = x[i] > y[i] || x[i] != x[i];

		y[i] = better ? x[i] : y[i];
		tap[i] = better ? (unsigned char)which : tap[i];
	}
}

static CLONES void only_max(float *restrict y, const float *restrict x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = x[i] > y[i] || x[i] != x[i] ? x[i] : y[i];
}

static void pool_pixel(const struct step *s, const float *image, int oy, int ox, float *y, unsigned char *tap)
{
	const struct node *n = s->node, *in = n->in[0];
	const struct window *w = &n->window;
	bool first = true;

	for (int t = 0; t < w->kh * w->kw; t++) {
		int iy = oy * w->stride_h - w->top + t / w->kw, ix = ox * w->stride_w - w->left + t % w->kw;
		const float *x = image + ((ptrdiff_t)iy * in->w + ix) * in->c;

		if (iy < 0 || iy >= in->h || ix < 0 || ix >= in->w)
			continue;
		if (first) {
			memcpy(y, x, (size_t)n->c * sizeof *y);
			memset(tap, t, (size_t)n->c);
		} else {
			take_max(y, tap, x, t, n->c);
		}
		first = false;
	}
}

/* A row of outputs, rows first: the maximum over the window's rows of every input pixel, then over neighbours. */
static void pool_line(const struct step *s, const float *image, int oy, float *y, float *line)
{
	const struct node *n = s->node, *in = n->in[0];
	const struct window *w = &n->window;
	size_t c = (size_t)n->c, row = (size_t)in->w * c;
	int y0 = oy * w->stride_h - w->top, top = y0 < 0 ? 0 : y0, end = y0 + w->kh < in->h ? y0 + w->kh : in->h;

	memcpy(line, image + (size_t)top * row, row * sizeof *line);
	for (int iy = top + 1; iy < end; iy++)
		only_max(line, image + (size_t)iy * row, row);
	for (int ox = 0; ox < n->w; ox++, y += s->ldy) {
		int x0 = ox * w->stride_w - w->left, left = x0 < 0 ? 0 : x0, stop = x0 + w->kw < in->w ? x0 + w->kw : in->w;

		memcpy(y, line + (size_t)left * c, c * sizeof *y);
		for (int ix = left + 1; ix < stop; ix++)
			only_max(y, line + (size_t)ix * c, c);
	}
}

/* One row of outputs a block. */
static void pool_row(void *ctx, size_t block, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	size_t image = block / (size_t)n->h, pixel = block * (size_t)n->w;
	int oy = (int)(block % (size_t)n->h);
	const float *x = s->x + image * node_size(n->in[0]);

	if (!s->backward) {
		pool_line(s, x, oy, s->y + pixel * s->ldy, s->scratch + (size_t)worker * s->scratch_stride);
		return;
	}
	for (int ox = 0; ox < n->w; ox++, pixel++)
		pool_pixel(s, x, oy, ox, s->y + pixel * s->ldy, s->state + pixel * (size_t)n->c);
}

static size_t maxpool_scratch(const struct step *s)
{
	return (size_t)s->node->in[0]->w * (size_t)s->node->c;
}

static void forward(struct step *s)
{
	pool_run(s->pool, (size_t)s->n * (size_t)s->node->h, pool_row, s);
}

static void backward_image(void *ctx, size_t image, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node, *in = n->in[0];
	const struct window *w = &n->window;
	float *dx = s->dx + image * node_size(in);
	const float *dz = s->dz + image * node_size(n);
	const unsigned char *tap = s->state + image * node_size(n);

	(void)worker;
	if (!s->accumulate[0])
		memset(dx, 0, node_size(in) * sizeof *dx);
	for (int oy = 0; oy < n->h; oy++)
		for (int ox = 0; ox < n->w; ox++, dz += n->c, tap += n->c)
			for (int i = 0; i < n->c; i++) {
				int iy = oy * w->stride_h - w->top + tap[i] / w->kw;
				int ix = ox * w->stride_w - w->left + tap[i] % w->kw;

				dx[((size_t)iy * (size_t)in->w + (size_t)ix) * (size_t)in->c + (size_t)i] += dz[i];
			}
}

static void backward(struct step *s)
{
	if (s->dx)
		pool_run(s->pool, (size_t)s->n, backward_image, s);
}

const struct operator operator_maxpool = {
	.name = "maxpool",
	.shape = maxpool_shape,
	.state = maxpool_state,
	.scratch = maxpool_scratch,
	.forward = forward,
	.backward = backward,
	.writes_slices = step_always,
};
