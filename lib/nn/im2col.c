#include <string.h>

#include "nn/conv.h"
#include "nn/gemm.h"

/* Any convolution as matrix products over rows of gathered pixels: row (kh, kw, I/groups) times the weights packed as
 * [kh][kw][I/groups][O]. The reference that the fast ways are tested against. */

static bool pointwise(const struct node *n)
{
	const struct window *w = &n->window;

	return w->kh == 1 && w->kw == 1 && w->stride_h == 1 && w->stride_w == 1 && !w->top && !w->left && !w->bottom &&
	       !w->right && n->groups == 1;
}

/* A convolution over rows: what forward and the backward of stride 1 have in common. */
struct rows {
	const struct conv_job *j;
	struct window window;
	int group, cin, npad, cout;
	const float *weight; /* [kh*kw*cin][npad] of the group */
	size_t picture;      /* rows of a picture, rounded up to gemm_row_quantum */
	size_t per_block;
	bool direct;         /* x itself is the matrix */
};

enum { LEAST_ROWS = 24 }; /* of a block */

/* At most about 1 MB of gathered rows, a multiple of every row quantum. */
static size_t rows_per_block(int k)
{
	size_t rows = (size_t)(1 << 18) / (size_t)k / 48 * 48;

	return rows < 96 ? 96 : rows > 768 ? 768 : rows;
}

/* One gathered row: the window at (oy, ox) of one picture, group's channels only, zeros outside. */
static void gather(const struct rows *r, const float *picture, int oy, int ox, float *to)
{
	const struct window *w = &r->window;
	const struct conv_job *j = r->j;
	int iy0 = oy * w->stride_h - w->top, ix0 = ox * w->stride_w - w->left;

	for (int ky = 0; ky < w->kh; ky++, to += w->kw * r->cin) {
		int iy = iy0 + ky;

		if (iy < 0 || iy >= j->h) {
			memset(to, 0, (size_t)(w->kw * r->cin) * sizeof *to);
			continue;
		}
		if (r->cin == j->c && ix0 >= 0 && ix0 + w->kw <= j->w) {
			memcpy(to, picture + ((size_t)iy * (size_t)j->w + (size_t)ix0) * (size_t)j->c,
			       (size_t)(w->kw * r->cin) * sizeof *to);
			continue;
		}
		for (int kx = 0; kx < w->kw; kx++) {
			int ix = ix0 + kx;
			float *pixel = to + kx * r->cin;

			if (ix < 0 || ix >= j->w)
				memset(pixel, 0, (size_t)r->cin * sizeof *to);
			else
				memcpy(pixel, picture + ((size_t)iy * (size_t)j->w + (size_t)ix) * (size_t)j->c + r->group * r->cin,
				       (size_t)r->cin * sizeof *to);
		}
	}
}

static void store_row(const struct rows *r, size_t row, const float *from)
{
	const struct conv_job *j = r->j;
	const struct step *s = j->s;
	int channel = r->group * r->cout;
	size_t at = row * (size_t)j->oc + (size_t)channel;

	if (j->forward)
		step_epilogue(j->y + at, from, s->packed + channel, s->residual ? s->residual + at : NULL, s->act, r->cout);
	else if (j->accumulate)
		step_epilogue(j->y + at, from, j->y + at, NULL, ACT_NONE, r->cout);
	else
		memcpy(j->y + at, from, (size_t)r->cout * sizeof *from);
}

static void rows_block(void *ctx, size_t block, int worker)
{
	struct rows *r = ctx;
	const struct conv_job *j = r->j;
	size_t pixels = (size_t)j->oh * (size_t)j->ow, total = r->picture * (size_t)j->s->n;
	size_t begin = block * r->per_block, end = begin + r->per_block < total ? begin + r->per_block : total;
	int k = r->window.kh * r->window.kw * r->cin;
	float *col = j->s->scratch + (size_t)worker * j->s->scratch_stride, *c = col + r->per_block * (size_t)k;

	for (size_t i = begin; i < end && !r->direct; i++) {
		int pixel = (int)(i % r->picture);
		const float *picture = j->x + i / r->picture * (size_t)j->h * (size_t)j->w * (size_t)j->c;

		if (pixel < (int)pixels)
			gather(r, picture, pixel / j->ow, pixel % j->ow, col + (i - begin) * (size_t)k);
		else
			memset(col + (i - begin) * (size_t)k, 0, (size_t)k * sizeof *col);
	}
	gemm_rows((int)(end - begin), r->npad, k, r->direct ? j->x + begin * (size_t)k : col, k, r->weight, r->npad, c,
	          r->npad);
	for (size_t i = begin; i < end; i++)
		if (i % r->picture < pixels)
			store_row(r, i / r->picture * pixels + i % r->picture, c + (i - begin) * (size_t)r->npad);
}

static void rows_run(struct rows *r)
{
	size_t pixels = (size_t)r->j->oh * (size_t)r->j->ow;

	r->picture = round_up(pixels, (size_t)gemm_row_quantum());
	r->per_block = even_block(r->picture * (size_t)r->j->s->n, rows_per_block(r->window.kh * r->window.kw * r->cin),
	                          LEAST_ROWS, (size_t)gemm_row_quantum());
	r->direct = r->direct && r->picture == pixels;
	pool_run(r->j->s->pool, blocks_of(r->picture * (size_t)r->j->s->n, r->per_block), rows_block, r);
}

static size_t rows_scratch(int k, int npad)
{
	return rows_per_block(k) * (size_t)(k + npad);
}

void im2col_run(struct conv_job *j, struct window w)
{
	int groups = j->s->node->groups, cin = j->c / groups, cout = j->oc / groups, k = w.kh * w.kw * cin;

	for (int group = 0; group < groups; group++) {
		struct rows r = {.j = j, .window = w, .group = group, .cin = cin, .cout = cout, .npad = pad16(cout),
		                 .weight = j->weight + (size_t)group * (size_t)k * (size_t)pad16(cout),
		                 .direct = pointwise(j->s->node)};

		rows_run(&r);
	}
}

/* Strided: the gradient of the gathered rows, scattered back; one picture a block, so nothing collides. */
static void scatter(const struct node *n, int group, struct conv_sizes z, const float *dcol, float *dx)
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

struct strided {
	struct step *s;
	const float *packed;
};

static void backward_data_picture(void *ctx, size_t picture, int worker)
{
	const struct strided *b = ctx;
	struct step *s = b->s;
	const struct node *n = s->node, *in = n->in[0];
	struct conv_sizes z = conv_sizes(n);
	int pixels = n->h * n->w, kpad = pad16(z.k);
	float *dcol = s->scratch + (size_t)worker * s->scratch_stride;
	float *dx = s->dx + picture * node_size(in);

	if (!s->accumulate[0])
		memset(dx, 0, node_size(in) * sizeof *dx);
	for (int group = 0; group < n->groups; group++) {
		gemm_rows(pixels, kpad, z.cout, s->dz + picture * node_size(n) + group * z.cout, n->c,
		          b->packed + (size_t)group * (size_t)z.cout * (size_t)kpad, kpad, dcol, kpad);
		scatter(n, group, z, dcol, dx);
	}
}

void im2col_backward_strided(struct step *s, const float *packed)
{
	struct strided b = {s, packed};

	pool_run(s->pool, (size_t)s->n, backward_data_picture, &b);
}

/* Gradient of the weights: dW[o][tap][i] = sum over rows of dz[row][o] x[row shifted by tap][i]. Blocks are (tap, part
 * of the rows); few input channels take all taps at once. Parts are summed in order. */
struct cut {
	int taps, width, parts; /* taps a weight is cut into, columns of each */
	size_t rows, per_part;
};

enum { WEIGHT_ROWS = 512 };

static struct cut cut_of(const struct step *s, int n_pictures)
{
	const struct node *n = s->node;
	struct conv_sizes z = conv_sizes(n);
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
	struct conv_sizes z = conv_sizes(n);
	struct cut cut = cut_of(s, s->n);
	int tap = (int)(block % (size_t)cut.taps), part = (int)(block / (size_t)cut.taps % (size_t)cut.parts);
	int group = (int)(block / (size_t)cut.taps / (size_t)cut.parts);
	size_t begin = (size_t)part * cut.per_part, end = begin + cut.per_part < cut.rows ? begin + cut.per_part : cut.rows;
	size_t pixels = (size_t)n->h * (size_t)n->w, at = (size_t)group * (size_t)z.cout * (size_t)z.k;
	float *col = s->scratch + (size_t)worker * s->scratch_stride;
	float *to = s->shared + (size_t)part * (size_t)n->c * (size_t)z.k + at + (size_t)(tap * cut.width);
	struct conv_job job = {.x = s->x, .h = in->h, .w = in->w, .c = in->c};
	struct rows r = {.j = &job, .window = n->window, .group = group, .cin = z.cin};

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
	struct cut cut = cut_of(s, s->n);
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
	size_t most = rows_scratch(z.k, z.npad);

	if (s->dx && conv_strided(n))
		most = max_size(most, (size_t)n->h * (size_t)n->w * (size_t)pad16(z.k));
	else if (s->dx)
		most = max_size(most, rows_scratch(n->window.kh * n->window.kw * z.cout, pad16(z.cin)));
	return s->grad_params ? max_size(most, (size_t)WEIGHT_ROWS * (size_t)cut_of(s, s->batch).width) : most;
}

size_t im2col_shared(const struct step *s)
{
	size_t most = 0;

	for (int i = 1; i <= s->batch && s->grad_params; i++)
		most = max_size(most, (size_t)cut_of(s, i).parts * (size_t)s->node->c * (size_t)conv_sizes(s->node).k);
	return most;
}
