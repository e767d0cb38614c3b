#include <string.h>

#include "nn/gemm.h"
#include "nn/op.h"

/* Convolution as matrix products over rows of gathered pixels (im2col): row (kh, kw, I/groups) times the weights packed
 * as [kh][kw][I/groups][O]. */

static int conv_shape(struct graph *g, struct node *n, struct err *e)
{
	const struct node *in = n->in[0];
	const struct window *w = &n->window;
	int weight[4] = {n->c, in->c / n->groups, w->kh, w->kw};

	if (in->c % n->groups || n->c % n->groups)
		return err_set(e, "%s: %d groups do not divide %d input and %d output channels", n->name, n->groups, in->c, n->c);
	n->h = (in->h + w->top + w->bottom - w->kh) / w->stride_h + 1;
	n->w = (in->w + w->left + w->right - w->kw) / w->stride_w + 1;
	if (in->h + w->top + w->bottom < w->kh || in->w + w->left + w->right < w->kw)
		return err_set(e, "%s: input %dx%d is smaller than the %dx%d window", n->name, in->h, in->w, w->kh, w->kw);
	graph_param(g, n, "weight", ROLE_WEIGHT, 4, weight);
	if (n->bias)
		graph_param(g, n, "bias", ROLE_BIAS, 1, &n->c);
	return 0;
}

/* The sizes of one group's product: rows x k times k x n. */
struct sizes {
	int k, n, npad; /* npad: n rounded up to 16 for gemm_rows */
	int cin, cout;  /* channels of a group */
};

static int pad16(int n)
{
	return (n + 15) / 16 * 16;
}

static struct sizes sizes_of(const struct node *n)
{
	struct sizes z = {.cin = n->in[0]->c / n->groups, .cout = n->c / n->groups};

	z.k = n->window.kh * n->window.kw * z.cin;
	z.n = z.cout;
	z.npad = pad16(z.n);
	return z;
}

static bool pointwise(const struct node *n)
{
	const struct window *w = &n->window;

	return w->kh == 1 && w->kw == 1 && w->stride_h == 1 && w->stride_w == 1 && !w->top && !w->left && !w->bottom &&
	       !w->right && n->groups == 1;
}

static bool strided(const struct node *n)
{
	return n->window.stride_h != 1 || n->window.stride_w != 1;
}

/* packed: [bias c][forward: groups x k x npad][backward] */
static size_t forward_floats(const struct node *n)
{
	struct sizes z = sizes_of(n);

	return (size_t)n->groups * (size_t)z.npad * (size_t)z.k;
}

/* Strided: [cout][k padded to 16], dcol = dz W. Else the flipped kernel [kh][kw][cout][cin padded]: dx is a convolution
 * of dz with it. */
static size_t backward_floats(const struct node *n)
{
	struct sizes z = sizes_of(n);

	if (strided(n))
		return (size_t)n->groups * (size_t)z.cout * (size_t)pad16(z.k);
	return (size_t)n->groups * (size_t)(n->window.kh * n->window.kw) * (size_t)z.cout * (size_t)pad16(z.cin);
}

static size_t conv_packed(const struct step *s)
{
	size_t floats = (size_t)pad16(s->node->c) + forward_floats(s->node);

	return floats + (s->backward ? backward_floats(s->node) : 0);
}

/* Packing goes by blocks of sixteen outputs: whole cache lines are read and written. Padding stays zero from the start. */
enum { PACK = 16 };

/* Weights times the folded batch norm's scale; bias and shift in one vector. */
static void pack_forward(void *ctx, size_t block, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	struct sizes z = sizes_of(n);
	size_t per_group = blocks_of((size_t)z.cout, PACK), group = block / per_group;
	int begin = (int)(block % per_group) * PACK, end = begin + PACK < z.cout ? begin + PACK : z.cout;
	const float *w = step_param(s, n, 0) + group * (size_t)z.cout * (size_t)z.k;
	float *to = s->packed + pad16(n->c) + group * (size_t)z.k * (size_t)z.npad, scale[PACK];

	(void)worker;
	for (int o = begin; o < end; o++) {
		int channel = (int)group * z.cout + o;
		float bias = n->bias ? step_param(s, n, 1)[channel] : 0, shift = 0;

		scale[o - begin] = 1;
		if (s->bn)
			bn_affine(s, s->bn, channel, &scale[o - begin], &shift);
		s->packed[channel] = bias * scale[o - begin] + shift;
	}
	for (int k = 0; k < z.k; k++)
		for (int o = begin; o < end; o++)
			to[(size_t)k * (size_t)z.npad + (size_t)o] = w[(size_t)o * (size_t)z.k + (size_t)k] * scale[o - begin];
}

static void pack_backward(void *ctx, size_t block, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	struct sizes z = sizes_of(n);
	size_t per_group = blocks_of((size_t)z.cout, PACK), group = block / per_group;
	int taps = n->window.kh * n->window.kw, row = strided(n) ? pad16(z.k) : pad16(z.cin);
	int begin = (int)(block % per_group) * PACK, end = begin + PACK < z.cout ? begin + PACK : z.cout;
	const float *w = s->packed + pad16(n->c) + group * (size_t)z.k * (size_t)z.npad;
	float *to = s->packed + pad16(n->c) + forward_floats(n) + group * (backward_floats(n) / (size_t)n->groups);

	(void)worker;
	for (int t = 0; t < taps; t++)
		for (int o = begin; o < end; o++)
			for (int i = 0; i < z.cin; i++) {
				size_t at = strided(n) ? (size_t)o * (size_t)row + (size_t)(t * z.cin + i)
				                       : (size_t)((taps - 1 - t) * z.cout + o) * (size_t)row + (size_t)i;

				to[at] = w[(size_t)(t * z.cin + i) * (size_t)z.npad + (size_t)o];
			}
}

static void conv_prepare(struct step *s)
{
	size_t blocks = (size_t)s->node->groups * blocks_of((size_t)sizes_of(s->node).cout, PACK);

	pool_run(s->pool, blocks, pack_forward, s);
	if (s->backward)
		pool_run(s->pool, blocks, pack_backward, s);
}

/* A convolution over rows: what forward and the backward of stride 1 have in common. */
struct rows {
	struct step *s;
	const float *x;      /* [n, h, w, c] */
	int h, w, c;
	int oh, ow, oc;      /* of the result */
	struct window window;
	int group, cin, npad, cout;
	const float *weight; /* [kh*kw*cin][npad] of the group */
	size_t picture;      /* rows of a picture, rounded up to gemm_row_quantum */
	size_t per_block;
	bool direct;         /* x itself is the matrix */
	float *y;
	bool forward, accumulate;
};

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* About 1 MB of gathered rows, a multiple of every row quantum. */
static size_t rows_per_block(int k)
{
	size_t rows = (size_t)(1 << 18) / (size_t)k / 48 * 48;

	return rows < 96 ? 96 : rows > 768 ? 768 : rows;
}

/* One gathered row: the window at (oy, ox) of one picture, group's channels only, zeros outside. */
static void gather(const struct rows *r, const float *picture, int oy, int ox, float *to)
{
	const struct window *w = &r->window;
	int iy0 = oy * w->stride_h - w->top, ix0 = ox * w->stride_w - w->left;

	for (int ky = 0; ky < w->kh; ky++, to += w->kw * r->cin) {
		int iy = iy0 + ky;

		if (iy < 0 || iy >= r->h) {
			memset(to, 0, (size_t)(w->kw * r->cin) * sizeof *to);
			continue;
		}
		if (r->cin == r->c && ix0 >= 0 && ix0 + w->kw <= r->w) {
			memcpy(to, picture + ((size_t)iy * (size_t)r->w + (size_t)ix0) * (size_t)r->c,
			       (size_t)(w->kw * r->cin) * sizeof *to);
			continue;
		}
		for (int kx = 0; kx < w->kw; kx++) {
			int ix = ix0 + kx;
			float *pixel = to + kx * r->cin;

			if (ix < 0 || ix >= r->w)
				memset(pixel, 0, (size_t)r->cin * sizeof *to);
			else
				memcpy(pixel, picture + ((size_t)iy * (size_t)r->w + (size_t)ix) * (size_t)r->c + r->group * r->cin,
				       (size_t)r->cin * sizeof *to);
		}
	}
}

static void store_row(const struct rows *r, size_t row, const float *from)
{
	size_t at = row * (size_t)r->oc + (size_t)(r->group * r->cout);
	const struct step *s = r->s;

	if (r->forward)
		step_epilogue(r->y + at, from, s->packed + r->group * r->cout, s->residual ? s->residual + at : NULL, s->act,
		              r->cout);
	else if (r->accumulate)
		step_epilogue(r->y + at, from, r->y + at, NULL, ACT_NONE, r->cout);
	else
		memcpy(r->y + at, from, (size_t)r->cout * sizeof *from);
}

static void rows_block(void *ctx, size_t block, int worker)
{
	struct rows *r = ctx;
	size_t pixels = (size_t)r->oh * (size_t)r->ow, total = r->picture * (size_t)r->s->n;
	size_t begin = block * r->per_block, end = begin + r->per_block < total ? begin + r->per_block : total;
	int k = r->window.kh * r->window.kw * r->cin;
	float *col = r->s->scratch + (size_t)worker * r->s->scratch_stride, *c = col + r->per_block * (size_t)k;

	for (size_t i = begin; i < end && !r->direct; i++) {
		size_t pixel = i % r->picture;
		const float *picture = r->x + i / r->picture * (size_t)r->h * (size_t)r->w * (size_t)r->c;

		if (pixel < pixels)
			gather(r, picture, (int)(pixel / (size_t)r->ow), (int)(pixel % (size_t)r->ow), col + (i - begin) * (size_t)k);
		else
			memset(col + (i - begin) * (size_t)k, 0, (size_t)k * sizeof *col);
	}
	gemm_rows((int)(end - begin), r->npad, k, r->direct ? r->x + begin * (size_t)k : col, k, r->weight, r->npad, c,
	          r->npad);
	for (size_t i = begin; i < end; i++)
		if (i % r->picture < pixels)
			store_row(r, i / r->picture * pixels + i % r->picture, c + (i - begin) * (size_t)r->npad);
}

static void rows_run(struct rows *r)
{
	size_t pixels = (size_t)r->oh * (size_t)r->ow;

	r->picture = round_up(pixels, (size_t)gemm_row_quantum());
	r->per_block = rows_per_block(r->window.kh * r->window.kw * r->cin);
	r->direct = r->direct && r->picture == pixels;
	pool_run(r->s->pool, blocks_of(r->picture * (size_t)r->s->n, r->per_block), rows_block, r);
}

static size_t rows_scratch(int k, int npad)
{
	return rows_per_block(k) * (size_t)(k + npad);
}

static void conv_forward(struct step *s)
{
	const struct node *n = s->node, *in = n->in[0];
	struct sizes z = sizes_of(n);

	for (int group = 0; group < n->groups; group++) {
		struct rows r = {
			.s = s, .x = s->x, .h = in->h, .w = in->w, .c = in->c, .oh = n->h, .ow = n->w, .oc = n->c,
			.window = n->window, .group = group, .cin = z.cin, .npad = z.npad, .cout = z.cout,
			.weight = s->packed + pad16(n->c) + (size_t)group * (size_t)z.npad * (size_t)z.k,
			.direct = pointwise(n), .y = s->y, .forward = true,
		};

		rows_run(&r);
	}
}

/* Stride 1: dx is the convolution of dz with the flipped kernel. */
static void backward_data_flipped(struct step *s, const float *packed)
{
	const struct node *n = s->node, *in = n->in[0];
	const struct window *w = &n->window;
	struct sizes z = sizes_of(n);
	struct window flipped = *w;

	flipped.top = w->kh - 1 - w->top;
	flipped.left = w->kw - 1 - w->left;
	flipped.bottom = w->kh - 1 - w->bottom;
	flipped.right = w->kw - 1 - w->right;
	for (int group = 0; group < n->groups; group++) {
		struct rows r = {
			.s = s, .x = s->dz, .h = n->h, .w = n->w, .c = n->c, .oh = in->h, .ow = in->w, .oc = in->c,
			.window = flipped, .group = group, .cin = z.cout, .npad = pad16(z.cin), .cout = z.cin,
			.weight = packed + (size_t)group * (backward_floats(n) / (size_t)n->groups),
			.direct = pointwise(n), .y = s->dx, .accumulate = s->accumulate[0],
		};

		rows_run(&r);
	}
}

/* Strided: the gradient of the gathered rows, scattered back; one picture a block, so nothing collides. */
static void scatter(const struct node *n, int group, struct sizes z, const float *dcol, float *dx)
{
	const struct node *in = n->in[0];
	const struct window *w = &n->window;
	int kpad = pad16(z.k);

	for (int p = 0; p < n->h * n->w; p++) {
		int iy0 = p / n->w * w->stride_h - w->top, ix0 = p % n->w * w->stride_w - w->left;
		const float *from = dcol + (size_t)p * (size_t)kpad;

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

static void backward_data_picture(void *ctx, size_t picture, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node, *in = n->in[0];
	struct sizes z = sizes_of(n);
	int pixels = n->h * n->w, kpad = pad16(z.k);
	float *dcol = s->scratch + (size_t)worker * s->scratch_stride;
	float *dx = s->dx + picture * node_size(in);
	const float *back = s->packed + pad16(n->c) + forward_floats(n);

	if (!s->accumulate[0])
		memset(dx, 0, node_size(in) * sizeof *dx);
	for (int group = 0; group < n->groups; group++) {
		gemm_rows(pixels, kpad, z.cout, s->dz + picture * node_size(n) + group * z.cout, n->c,
		          back + (size_t)group * (size_t)z.cout * (size_t)kpad, kpad, dcol, kpad);
		scatter(n, group, z, dcol, dx);
	}
}

/* Gradient of the weights: dW[o][tap][i] = sum over rows of dz[row][o] x[row shifted by tap][i]. Blocks are (tap, part of
 * the rows); few input channels take all taps at once. Parts are summed in order. */
struct cut {
	int taps, width, parts; /* taps a weight is cut into, columns of each */
	size_t rows, per_part;
};

enum { WEIGHT_ROWS = 512 };

static struct cut cut_of(const struct step *s, int n_pictures)
{
	const struct node *n = s->node;
	struct sizes z = sizes_of(n);
	struct cut c = {.taps = z.cin >= 32 ? n->window.kh * n->window.kw : 1};
	size_t most = (size_t)(1 << 23) / ((size_t)n->c * (size_t)z.k), parts;

	c.width = z.k / c.taps;
	c.rows = (size_t)n_pictures * (size_t)n->h * (size_t)n->w;
	parts = c.rows / (2 * WEIGHT_ROWS);
	if (most < 2)
		most = 2;
	if (most > 16)
		most = 16;
	c.parts = (int)(parts < 1 ? 1 : parts > most ? most : parts);
	c.per_part = (c.rows + (size_t)c.parts - 1) / (size_t)c.parts;
	return c;
}

static void weight_block(void *ctx, size_t block, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node, *in = n->in[0];
	struct sizes z = sizes_of(n);
	struct cut cut = cut_of(s, s->n);
	int tap = (int)(block % (size_t)cut.taps), part = (int)(block / (size_t)cut.taps % (size_t)cut.parts);
	int group = (int)(block / (size_t)cut.taps / (size_t)cut.parts);
	size_t begin = (size_t)part * cut.per_part, end = begin + cut.per_part < cut.rows ? begin + cut.per_part : cut.rows;
	size_t pixels = (size_t)n->h * (size_t)n->w, at = (size_t)group * (size_t)z.cout * (size_t)z.k;
	float *col = s->scratch + (size_t)worker * s->scratch_stride;
	float *to = s->shared + (size_t)part * (size_t)n->c * (size_t)z.k + at + (size_t)(tap * cut.width);
	struct rows r = {.x = s->x, .h = in->h, .w = in->w, .c = in->c, .window = n->window, .group = group, .cin = z.cin};

	if (cut.taps > 1) {
		r.window.top -= tap / n->window.kw;
		r.window.left -= tap % n->window.kw;
		r.window.kh = r.window.kw = 1;
	}
	for (size_t row = begin; row < end; row += WEIGHT_ROWS) {
		size_t rows = end - row < WEIGHT_ROWS ? end - row : WEIGHT_ROWS;

		for (size_t i = 0; i < rows; i++) {
			size_t pixel = (row + i) % pixels;

			gather(&r, s->x + (row + i) / pixels * node_size(in), (int)(pixel / (size_t)n->w), (int)(pixel % (size_t)n->w),
			       col + i * (size_t)cut.width);
		}
		gemm(true, false, z.cout, cut.width, (int)rows, s->dz + row * (size_t)n->c + group * z.cout, n->c, col, cut.width,
		     row > begin, to, z.k);
	}
}

static void sum_parts(struct step *s, size_t begin, size_t end)
{
	const struct node *n = s->node;
	size_t size = (size_t)n->c * (size_t)sizes_of(n).k;
	int parts = cut_of(s, s->n).parts;
	float *to = step_param_grad(s, n, 0);

	memcpy(to + begin, s->shared + begin, (end - begin) * sizeof *to);
	for (int p = 1; p < parts; p++)
		step_epilogue(to + begin, to + begin, NULL, s->shared + (size_t)p * size + begin, ACT_NONE, (int)(end - begin));
}

static void conv_backward(struct step *s)
{
	const struct node *n = s->node;
	struct cut cut = cut_of(s, s->n);

	if (s->grad_params) {
		pool_run(s->pool, (size_t)(cut.taps * cut.parts * n->groups), weight_block, s);
		step_each(s, (size_t)n->c * (size_t)sizes_of(n).k, sum_parts);
		if (n->bias)
			column_sum(s, s->dz, cut.rows, n->c, step_param_grad(s, n, 1));
	}
	if (!s->dx)
		return;
	if (strided(n))
		pool_run(s->pool, (size_t)s->n, backward_data_picture, s);
	else
		backward_data_flipped(s, s->packed + pad16(n->c) + forward_floats(n));
}

static size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t conv_scratch(const struct step *s)
{
	const struct node *n = s->node;
	struct sizes z = sizes_of(n);
	size_t most = rows_scratch(z.k, z.npad);

	if (!s->backward)
		return most;
	if (strided(n))
		most = max_size(most, (size_t)n->h * (size_t)n->w * (size_t)pad16(z.k));
	else
		most = max_size(most, rows_scratch(n->window.kh * n->window.kw * z.cout, pad16(z.cin)));
	return s->grad_params ? max_size(most, (size_t)WEIGHT_ROWS * (size_t)cut_of(s, s->batch).width) : most;
}

static size_t conv_shared(const struct step *s)
{
	size_t most = 0;

	if (!s->grad_params)
		return 0;
	for (int n = 1; n <= s->batch; n++)
		most = max_size(most, (size_t)cut_of(s, n).parts);
	most *= (size_t)s->node->c * (size_t)sizes_of(s->node).k;
	return max_size(most, column_sum_shared((size_t)s->batch * (size_t)s->node->h * (size_t)s->node->w, s->node->c));
}

const struct operator operator_conv = {
	.name = "conv",
	.shape = conv_shape,
	.packed = conv_packed,
	.scratch = conv_scratch,
	.shared = conv_shared,
	.prepare = conv_prepare,
	.forward = conv_forward,
	.backward = conv_backward,
	.uses_x = true,
	.fuses = true,
};
