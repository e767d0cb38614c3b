/* Any convolution as matrix products over rows of gathered pixels, on OpenBLAS: the reference that the fast ways are
 * tested against, the backward pass of strided layers, and the weight gradient of what Winograd does not take. A row is
 * (kh, kw, I/groups), as is a weight. Forward and backward take one image a block, so that its bits are its own. */
#include <string.h>

#include "nn/conv.h"
#include "nn/gemm.h"

/* What a row is gathered from. */
struct gather {
	const struct node *in;
	struct window window;
	int group, cin;
};

/* One row: the window at (oy, ox) of one image, the group's channels only, zeros outside. */
static void gather_row(const struct gather *g, const float *image, int oy, int ox, float *to)
{
	const struct window *w = &g->window;
	const struct node *in = g->in;
	int iy0 = oy * w->stride_h - w->top, ix0 = ox * w->stride_w - w->left;

	for (int ky = 0; ky < w->kh; ky++, to += w->kw * g->cin) {
		int iy = iy0 + ky;

		if (iy < 0 || iy >= in->h) {
			memset(to, 0, (size_t)(w->kw * g->cin) * sizeof *to);
			continue;
		}
		if (g->cin == in->c && ix0 >= 0 && ix0 + w->kw <= in->w) {
			memcpy(to, image + ((size_t)iy * (size_t)in->w + (size_t)ix0) * (size_t)in->c,
			       (size_t)(w->kw * g->cin) * sizeof *to);
			continue;
		}
		for (int kx = 0; kx < w->kw; kx++) {
			int ix = ix0 + kx;
			float *pixel = to + kx * g->cin;

			if (ix < 0 || ix >= in->w)
				memset(pixel, 0, (size_t)g->cin * sizeof *to);
			else
				memcpy(pixel, image + ((size_t)iy * (size_t)in->w + (size_t)ix) * (size_t)in->c + g->group * g->cin,
				       (size_t)g->cin * sizeof *to);
		}
	}
}

/* A pass over images. */
struct im2col_pass {
	struct step *s;
	const float *weight; /* [O][k] */
};

static void forward_image(void *ctx, size_t image, int worker)
{
	const struct im2col_pass *p = ctx;
	struct step *s = p->s;
	const struct node *n = s->node, *in = n->in[0];
	struct conv_sizes z = conv_sizes(n);
	size_t pixels = (size_t)n->h * (size_t)n->w, k = (size_t)z.k, at = image * node_size(n);
	float *row = s->scratch + (size_t)worker * s->scratch_stride, *sums = row + pixels * k;

	for (int group = 0; group < n->groups; group++) {
		struct gather g = {in, n->window, group, z.cin};
		size_t first = (size_t)(group * z.cout);

		for (size_t i = 0; i < pixels; i++)
			gather_row(&g, s->x + image * node_size(in), (int)i / n->w, (int)i % n->w, row + i * k);
		gemm(false, true, (int)pixels, z.cout, z.k, row, z.k, p->weight + first * k, z.k, 0, sums, z.cout);
		for (size_t i = 0; i < pixels; i++) {
			size_t to = at + i * (size_t)n->c + first;

			step_epilogue(s->y + to, sums + i * (size_t)z.cout, s->packed + first, s->residual ? s->residual + to : NULL,
			              s->act, z.cout);
		}
	}
}

void im2col_forward(struct step *s, const float *weight)
{
	struct im2col_pass p = {s, weight};

	pool_run(s->pool, (size_t)s->n, forward_image, &p);
}

/* The gradient of the gathered rows, added where they came from. */
static void scatter(const struct node *n, int group, struct conv_sizes z, const float *drow, float *dx)
{
	const struct node *in = n->in[0];
	const struct window *w = &n->window;

	for (int p = 0; p < n->h * n->w; p++) {
		int iy0 = p / n->w * w->stride_h - w->top, ix0 = p % n->w * w->stride_w - w->left;
		const float *from = drow + (size_t)p * (size_t)z.k;

		for (int ky = 0; ky < w->kh; ky++)
			for (int kx = 0; kx < w->kw; kx++, from += z.cin) {
				int iy = iy0 + ky, ix = ix0 + kx;

				if (iy >= 0 && iy < in->h && ix >= 0 && ix < in->w) {
					float *to = dx + ((size_t)iy * (size_t)in->w + (size_t)ix) * (size_t)in->c + group * z.cin;

					step_epilogue(to, to, NULL, from, ACT_NONE, z.cin);
				}
			}
	}
}

static void backward_image(void *ctx, size_t image, int worker)
{
	const struct im2col_pass *p = ctx;
	struct step *s = p->s;
	const struct node *n = s->node, *in = n->in[0];
	struct conv_sizes z = conv_sizes(n);
	float *drow = s->scratch + (size_t)worker * s->scratch_stride, *dx = s->dx + image * node_size(in);

	if (!s->accumulate[0])
		memset(dx, 0, node_size(in) * sizeof *dx);
	for (int group = 0; group < n->groups; group++) {
		gemm(false, false, n->h * n->w, z.k, z.cout, s->dz + image * node_size(n) + group * z.cout, n->c,
		     p->weight + (size_t)group * (size_t)z.cout * (size_t)z.k, z.k, 0, drow, z.k);
		scatter(n, group, z, drow, dx);
	}
}

void im2col_backward(struct step *s, const float *weight)
{
	struct im2col_pass p = {s, weight};

	pool_run(s->pool, (size_t)s->n, backward_image, &p);
}

size_t im2col_weights(const struct node *n)
{
	return round_up((size_t)n->c * (size_t)conv_sizes(n).k, 16);
}

void im2col_pack(struct step *s, float *to)
{
	const struct node *n = s->node;
	const float *w = step_param(s, n, 0), *scale = conv_scale(s);
	size_t k = (size_t)conv_sizes(n).k;

	for (size_t o = 0; o < (size_t)n->c; o++)
		for (size_t i = 0; i < k; i++)
			to[o * k + i] = w[o * k + i] * scale[o];
}

/* Gradient of the weights: dW[o][tap][i] = sum over rows of dz[row][o] x[row shifted by tap][i]. Blocks are (tap, part
 * of the rows); few input channels take all taps at once. Parts are summed in order. */
struct gradient_cut {
	int taps, width, parts; /* taps a weight is cut into, columns of each */
	size_t rows, per_part;
};

/* Rows gathered for one product: at 128 channels 256 KiB, in L2. 128 and 2048 are the same within the noise (1x1,
 * 28x28x128, a whole step: 91, 90, 89). */
enum { WEIGHT_ROWS = 512 };

static struct gradient_cut cut_of(const struct step *s, int n_images)
{
	const struct node *n = s->node;
	struct conv_sizes z = conv_sizes(n);
	struct gradient_cut c = {.taps = z.cin >= 32 ? n->window.kh * n->window.kw : 1};
	size_t most = (size_t)(1 << 23) / ((size_t)n->c * (size_t)z.k), parts; /* partial sums take 32 MiB together, */

	c.width = z.k / c.taps;
	c.rows = (size_t)n_images * (size_t)n->h * (size_t)n->w;
	parts = c.rows / (2 * WEIGHT_ROWS);
	if (most < 2) /* but two threads are worth twice the weights, */
		most = 2;
	if (most > 16) /* and more than 16 take longer to sum up than they save */
		most = 16;
	c.parts = (int)(parts < 1 ? 1 : parts > most ? most : parts);
	c.per_part = (c.rows + (size_t)c.parts - 1) / (size_t)c.parts;
	return c;
}

static void weight_block(void *ctx, size_t block, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node, *in = n->in[0];
	struct conv_sizes z = conv_sizes(n);
	struct gradient_cut cut = cut_of(s, s->n);
	int tap = (int)(block % (size_t)cut.taps), part = (int)(block / (size_t)cut.taps % (size_t)cut.parts);
	int group = (int)(block / (size_t)cut.taps / (size_t)cut.parts);
	size_t begin = (size_t)part * cut.per_part, end = begin + cut.per_part < cut.rows ? begin + cut.per_part : cut.rows;
	size_t pixels = (size_t)n->h * (size_t)n->w, at = (size_t)group * (size_t)z.cout * (size_t)z.k;
	float *col = s->scratch + (size_t)worker * s->scratch_stride;
	float *to = s->shared + (size_t)part * (size_t)n->c * (size_t)z.k + at + (size_t)(tap * cut.width);
	struct gather g = {in, n->window, group, z.cin};

	if (cut.taps > 1) {
		g.window.top -= tap / n->window.kw;
		g.window.left -= tap % n->window.kw;
		g.window.kh = g.window.kw = 1;
	}
	for (size_t row = begin; row < end; row += WEIGHT_ROWS) {
		size_t rows = end - row < WEIGHT_ROWS ? end - row : WEIGHT_ROWS;

		for (size_t i = 0; i < rows; i++) {
			size_t pixel = (row + i) % pixels;

			gather_row(&g, s->x + (row + i) / pixels * node_size(in), (int)(pixel / (size_t)n->w),
			           (int)(pixel % (size_t)n->w), col + i * (size_t)cut.width);
		}
		gemm(true, false, z.cout, cut.width, (int)rows, s->dz + row * (size_t)n->c + group * z.cout, n->c, col, cut.width,
		     row > begin, to, z.k);
	}
}

struct gradient {
	struct step *s;
	float *dw;
};

/* dw of one output channel from all parts, in order. */
static void sum_parts(void *ctx, size_t o, int worker)
{
	const struct gradient *gr = ctx;
	const struct step *s = gr->s;
	size_t k = (size_t)conv_sizes(s->node).k, size = (size_t)s->node->c * k;
	int parts = cut_of(s, s->n).parts;
	float *to = gr->dw + o * k;
	const float *from = s->shared + o * k;

	(void)worker;
	memcpy(to, from, k * sizeof *to);
	for (int p = 1; p < parts; p++)
		step_epilogue(to, to, NULL, from + (size_t)p * size, ACT_NONE, (int)k);
}

void im2col_weight_gradient(struct step *s, float *dw)
{
	struct gradient_cut cut = cut_of(s, s->n);
	struct gradient gr = {s, dw};

	pool_run(s->pool, (size_t)(cut.taps * cut.parts * s->node->groups), weight_block, s);
	pool_run(s->pool, (size_t)s->node->c, sum_parts, &gr);
}

static size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

size_t im2col_scratch(const struct step *s)
{
	const struct node *n = s->node;
	struct conv_sizes z = conv_sizes(n);
	size_t pixels = (size_t)n->h * (size_t)n->w, rows = 0, part = 0;

	if (s->reference)
		rows = pixels * (size_t)(z.k + z.cout);
	else if (s->dx && conv_strided(n))
		rows = pixels * (size_t)z.k;
	if (s->grad_params)
		part = (size_t)WEIGHT_ROWS * (size_t)cut_of(s, s->batch).width;
	return max_size(rows, part);
}

size_t im2col_shared(const struct step *s)
{
	size_t most = 0;

	for (int i = 1; i <= s->batch && s->grad_params; i++)
		most = max_size(most, (size_t)cut_of(s, i).parts * (size_t)s->node->c * (size_t)conv_sizes(s->node).k);
	return most;
}
