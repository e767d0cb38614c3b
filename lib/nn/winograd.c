/* 3x3 convolutions of stride 1 by Winograd's F(4x4,3x3) (Lavin and Gray 2016): a tile of 4x4 outputs is made of 36
 * products a channel instead of 144. Forward, and backward to the input and to the weights.
 *
 *    6x6 pixels          36 points                36 points            4x4 outputs
 *   +-----------+  B'dB  +-------+   36 products  +-------+   A'mA   +-------+
 *   |  [6][6][c]|  --->  |v [36] |  ----------->  |m [36] |  ----->  |[4][4] |
 *   +-----------+        |[n][c] |   of n tiles   |[n][oc]|          |[oc]   |
 *                        +-------+   (panel.h)    +-------+          +-------+
 *
 * Points lie point_stride apart, with an odd cache line between: a tile touches one line of each, and 36 lines a power
 * of two apart would share one set of the cache. */
#include <string.h>

#include "nn/conv.h"
#include "nn/gemm.h"
#include "nn/panel.h"
#include "nn/winograd.h"

enum {
	/* Channels in times out from which all tiles are transformed before the products: the 36 points of the weights are
	 * 9.4 MB here, and each worker's blocks would read them all. 7x7x512: 287, in blocks 258; 14x14x256 the same
	 * within the noise. From 128 * 128 on, what blocks keep in L2 is lost: 28x28x128 244 instead of 298. */
	BIG = 256 * 256,
	/* Most tiles that a worker takes through all three phases (small layers). v and m of 48 tiles of 64 channels are 864
	 * KiB of L2. 24 and 96 are the same within the noise on a core alone (56x56x64 and 28x28x128, 244 and 295); 96 lost a
	 * fifth beside another process in the same L2. A multiple of ROWS. */
	BLOCK = 48,
	/* And least, when there are few tiles: two of the products' tiles of rows. So many blocks then keep as many threads
	 * as most CPUs of a laptop have at work; cutting depends on the batch of the plan, never on the threads. */
	LEAST = 12,
	BLOCKS = 4,
	/* Tiles per round (big layers): v and m of 512 tiles are 37 MB at 256 channels. 128 and 2048 are the same within the
	 * noise; it bounds the memory of large batches. */
	BIG_BLOCK = 512,
	PHASE = 8,     /* tiles per task of a transform phase: some 300 KB of traffic, so a task is worth its start */
	COLUMNS = 512, /* outputs per task of the product phase: 36 tasks, of wider layers more */
	ROWS = 6,      /* tiles that a product takes at once: the rows of panel.c's widest kernel */
	/* Channels in times out from which few tiles, as of one image, meet weights that are transformed as they are used, so
	 * many inputs at a time (36 points of 64 x STREAM_OUTPUTS are 590 KB, in L2). A process that
	 * scores one image packs its weights for it: 14x14x512 with packing 97 instead of 77, in a quarter of the memory.
	 * Without packing it is 127 instead of 265, so larger batches do not. 16 and 256 inputs: the same within the noise. */
	STREAM = 512 * 512,
	STREAM_TILES = 16,
	STREAM_INPUTS = 64,
	MOST_CHANNELS = 4096, /* of the zeros that stand for pixels outside: 16 KB */
	/* Partial sums of the weight gradient (small layers): the most threads that can share it; each is as large as the
	 * transformed weights and is summed up in order. 32: 185 instead of 204 (28x28x64, a whole step). */
	PARTS = 8,
};

/* Tiles are numbered by where they lie, those of all images together, so that the tiles that need a point are a range:
 * those at the right and at the bottom of an image may do without some points (struct tile_shape).
 *
 *    whole  | right       points that short columns skip: whole, bottom
 *    -------+-------      points that short rows skip: right, whole
 *    bottom | corner      the others: all */
enum { RIGHT, WHOLE, BOTTOM, CORNER, PLACES };

/* A run of tiles of one convolution (or of x and dz for the weight gradient). */
struct tiles {
	const struct conv_job *j;
	int down, across;        /* whole tiles of an image */
	struct tile_shape edge;  /* of the tiles below and beside these; 4: there are none */
	size_t end[PLACES];      /* where the tiles of a place end; all of them */
	struct row_shares cut;   /* of all tiles (small layers) */
	size_t first, n;         /* this round or block */
	float *v, *m;            /* [36][n][c], [36][n][oc], points point_stride apart */
	bool dz;                 /* transform dz into m rather than m into y */
	float *sum;              /* weight gradient [36][oc][c], partial */
	float *dw;
};

/* Outputs in a line that are left beside whole tiles: none are called 4, one is taken for two. */
static int edge_outputs(int outputs)
{
	return outputs % 4 == 1 ? 2 : outputs % 4 ? outputs % 4 : 4;
}

static struct tiles tiles_of(const struct conv_job *j)
{
	struct tiles t = {.j = j, .down = j->oh / 4, .across = j->ow / 4, .edge = {edge_outputs(j->oh), edge_outputs(j->ow)}};
	size_t images = (size_t)j->s->n, down = (size_t)t.down, across = (size_t)t.across;
	size_t below = t.edge.rows < 4, beside = t.edge.columns < 4;

	t.end[RIGHT] = images * down * beside;
	t.end[WHOLE] = t.end[RIGHT] + images * down * across;
	t.end[BOTTOM] = t.end[WHOLE] + images * below * across;
	t.end[CORNER] = t.end[BOTTOM] + images * below * beside;
	return t;
}

struct tile_place {
	size_t image;
	int y, x; /* of the first output */
	struct tile_shape shape;
};

static struct tile_place place_of(const struct tiles *t, size_t tile)
{
	int place = 0;

	while (tile >= t->end[place])
		place++;
	tile -= place ? t->end[place - 1] : 0;
	bool below = place == BOTTOM || place == CORNER, beside = place == RIGHT || place == CORNER;
	size_t across = beside ? 1 : (size_t)t->across, image = across * (below ? 1 : (size_t)t->down), at = tile % image;

	return (struct tile_place){
		.image = tile / image,
		.y = 4 * (below ? t->down : (int)(at / across)), .x = 4 * (beside ? t->across : (int)(at % across)),
		.shape = {below ? t->edge.rows : 4, beside ? t->edge.columns : 4},
	};
}

/* Those tiles of this round or block that have the point, from `first` on. */
struct tile_range {
	size_t begin, n;
};

static struct tile_range tiles_with(const struct tiles *t, int point)
{
	bool rows = tile_skips(t->edge.rows, point / 6), columns = tile_skips(t->edge.columns, point % 6);
	size_t begin = columns ? t->end[RIGHT] : 0, end = t->end[rows ? WHOLE : columns ? BOTTOM : CORNER];

	begin = begin > t->first ? begin : t->first;
	end = end < t->first + t->n ? end : t->first + t->n;
	return (struct tile_range){begin - t->first, end > begin ? end - begin : 0};
}

static const float zeros[MOST_CHANNELS];

/* Pixels of the 6x6 window of a tile; those outside the image read zeros. */
static void window_pixels(const struct conv_job *j, const struct tile_place *p, const float *pixel[POINTS])
{
	const float *image = j->x + p->image * (size_t)j->h * (size_t)j->w * (size_t)j->c;

	for (int i = 0; i < POINTS; i++) {
		int y = p->y - 1 + i / 6, x = p->x - 1 + i % 6;
		bool inside = y >= 0 && y < j->h && x >= 0 && x < j->w;

		pixel[i] = inside ? image + ((size_t)y * (size_t)j->w + (size_t)x) * (size_t)j->c : zeros;
	}
}

static void transform_input(const struct tiles *t, size_t begin, size_t end)
{
	const float *pixel[POINTS];
	size_t c = (size_t)t->j->c;

	for (size_t i = begin; i < end; i++) {
		struct tile_place p = place_of(t, t->first + i);

		window_pixels(t->j, &p, pixel);
		winograd_kernels()->input_tile(pixel, p.shape, t->j->c, t->v + i * c, point_stride(t->n, c));
	}
}

/* Where the 4x4 outputs of a tile go, as an offset into y; -1 outside the image. */
static void output_pixels(const struct conv_job *j, const struct tile_place *p, ptrdiff_t at[16])
{
	for (int i = 0; i < 16; i++) {
		int y = p->y + i / 4, x = p->x + i % 4;
		size_t row = p->image * (size_t)j->oh + (size_t)y;
		bool inside = y < j->oh && x < j->ow;

		at[i] = inside ? (ptrdiff_t)((row * (size_t)j->ow + (size_t)x) * j->ldy) : -1;
	}
}

static void transform_output(const struct tiles *t, size_t begin, size_t end)
{
	const struct conv_job *j = t->j;
	struct finish f = finish_with(NULL, j->accumulate ? j->y : NULL, ACT_NONE);
	size_t c = (size_t)j->oc;
	ptrdiff_t at[16];

	if (j->forward)
		f = finish_with(j->s->packed, j->s->residual, j->s->act);
	for (size_t i = begin; i < end; i++) {
		struct tile_place p = place_of(t, t->first + i);

		output_pixels(j, &p, at);
		winograd_kernels()->output_tile(t->m + i * c, point_stride(t->n, c), p.shape, at, f, j->oc, j->y);
	}
}

static void transform_gradient(const struct tiles *t, size_t begin, size_t end)
{
	size_t c = (size_t)t->j->oc;
	ptrdiff_t at[16];

	for (size_t i = begin; i < end; i++) {
		struct tile_place p = place_of(t, t->first + i);

		output_pixels(t->j, &p, at);
		winograd_kernels()->gradient_tile(t->j->y, p.shape, at, t->j->oc, t->m + i * c, point_stride(t->n, c));
	}
}

/* The product of one point, outputs [begin, end). */
static void multiply(const struct tiles *t, int point, int begin, int end)
{
	const struct conv_job *j = t->j;
	size_t c = (size_t)j->c, oc = (size_t)j->oc, p = (size_t)point;
	struct tile_range r = tiles_with(t, point);
	struct product product = {.x = t->v + p * point_stride(t->n, c) + r.begin * c, .ldx = c, .rows = r.n, .segments = 1,
	                          .length = j->c, .weight = j->weight + p * point_stride(c, oc), .n = j->oc,
	                          .y = t->m + p * point_stride(t->n, oc) + r.begin * oc, .ldy = oc};

	product_run(&product, begin, end);
}

/* One point's share of the weight gradient, outputs [begin, end): sum (+)= m^T v. */
static void multiply_gradient(const struct tiles *t, int point, int begin, int end, bool first)
{
	size_t c = (size_t)t->j->c, oc = (size_t)t->j->oc, p = (size_t)point;
	struct tile_range r = tiles_with(t, point);
	float *sum = t->sum + p * point_stride(c, oc) + (size_t)begin * c;

	if (r.n)
		gemm(true, false, end - begin, t->j->c, (int)r.n, t->m + p * point_stride(t->n, oc) + r.begin * oc + begin, t->j->oc,
		     t->v + p * point_stride(t->n, c) + r.begin * c, t->j->c, !first, sum, t->j->c);
	else if (first)
		memset(sum, 0, (size_t)(end - begin) * c * sizeof *sum);
}

/* Small layers: each block goes through all phases in its worker's cache. */

static void run_block(void *ctx, size_t block, int worker)
{
	struct tiles t = *(const struct tiles *)ctx;
	const struct conv_job *j = t.j;

	t.first = share_begin(&t.cut, block);
	t.n = share_begin(&t.cut, block + 1) - t.first;
	t.v = j->s->scratch + (size_t)worker * j->s->scratch_stride;
	t.m = t.v + POINTS * point_stride(BLOCK, (size_t)j->c);
	transform_input(&t, 0, t.n);
	for (int p = 0; p < POINTS; p++)
		multiply(&t, p, 0, j->oc);
	transform_output(&t, 0, t.n);
}

/* Big layers: the packed weights are larger than a cache, so all tiles of a round meet a point's weights at once. */

static void input_phase(void *ctx, size_t block, int worker)
{
	const struct tiles *t = ctx;
	size_t begin = block * PHASE, end = begin + PHASE < t->n ? begin + PHASE : t->n;

	(void)worker;
	transform_input(t, begin, end);
	if (t->dz)
		transform_gradient(t, begin, end);
}

static void output_phase(void *ctx, size_t block, int worker)
{
	const struct tiles *t = ctx;
	size_t begin = block * PHASE;

	(void)worker;
	transform_output(t, begin, begin + PHASE < t->n ? begin + PHASE : t->n);
}

static size_t column_tasks(const struct tiles *t)
{
	return blocks_of((size_t)t->j->oc, COLUMNS);
}

static void product_phase(void *ctx, size_t block, int worker)
{
	const struct tiles *t = ctx;
	int point = (int)(block / column_tasks(t)), begin = (int)(block % column_tasks(t)) * COLUMNS;
	int end = begin + COLUMNS < t->j->oc ? begin + COLUMNS : t->j->oc;

	(void)worker;
	if (t->dz)
		multiply_gradient(t, point, begin, end, t->first == 0);
	else
		multiply(t, point, begin, end);
}

static bool big(int c, int oc)
{
	return c * oc >= BIG;
}

bool winograd_streams(const struct step *s)
{
	const struct node *n = s->node;
	int tiles = s->batch * ((n->h + 3) / 4) * ((n->w + 3) / 4);

	return n->in[0]->c * n->c >= STREAM && !s->grad_params && tiles <= STREAM_TILES;
}

/* The 36 points of [inputs][9][outputs] weights, as panels point_stride apart. */
static void stream_weights(const float *from, int inputs, int outputs, float *to)
{
	size_t stride = point_stride((size_t)inputs, (size_t)outputs);
	int width;

	for (int r = 0; r < inputs; r++, from += 9 * outputs)
		for (int k = 0; k < outputs; k += WINOGRAD_LANES)
			winograd_kernels()->weight_points(from + k, (size_t)outputs, false,
			                                  panel_column(to, inputs, outputs, k, &width) + r * width, stride);
}

/* A product's share of the weights that come next: memory works while the products do. */
static void fetch_ahead(const float *next, size_t floats, size_t point)
{
	for (size_t k = floats * point / POINTS; k < floats * (point + 1) / POINTS; k += 16)
		__builtin_prefetch(next + k);
}

static void stream_phase(void *ctx, size_t block, int worker)
{
	const struct tiles *t = ctx;
	const struct conv_job *j = t->j;
	int o = (int)block * STREAM_OUTPUTS, outputs = j->oc - o < STREAM_OUTPUTS ? j->oc - o : STREAM_OUTPUTS;
	const float *from = j->weight + (size_t)o * (size_t)j->c * 9;
	float *weight = j->s->scratch + (size_t)worker * j->s->scratch_stride;

	for (int i = 0; i < j->c; i += STREAM_INPUTS) {
		int inputs = j->c - i < STREAM_INPUTS ? j->c - i : STREAM_INPUTS;
		size_t floats = (size_t)(9 * inputs * outputs);

		stream_weights(from, inputs, outputs, weight);
		from += floats;
		for (size_t p = 0; p < POINTS; p++) {
			struct tile_range r = tiles_with(t, (int)p);
			const float *x = t->v + p * point_stride(t->n, (size_t)j->c) + r.begin * (size_t)j->c + i;
			float *y = t->m + p * point_stride(t->n, (size_t)j->oc) + r.begin * (size_t)j->oc + o;
			struct product product = {.x = x, .ldx = (size_t)j->c, .rows = r.n, .segments = 1, .length = inputs,
			                          .weight = weight + p * point_stride((size_t)inputs, (size_t)outputs), .n = outputs,
			                          .y = y, .ldy = (size_t)j->oc, .resume = i > 0};

			fetch_ahead(from, floats, p);
			product_run(&product, 0, outputs);
		}
	}
}

static void run_rounds(struct tiles *t)
{
	struct step *s = t->j->s;

	for (t->first = 0; t->first < t->end[CORNER]; t->first += BIG_BLOCK) {
		t->n = t->end[CORNER] - t->first < BIG_BLOCK ? t->end[CORNER] - t->first : BIG_BLOCK;
		t->v = s->shared;
		t->m = t->v + POINTS * point_stride(t->n, (size_t)t->j->c);
		pool_run(s->pool, blocks_of(t->n, PHASE), input_phase, t);
		if (t->j->forward && winograd_streams(s))
			pool_run(s->pool, blocks_of((size_t)t->j->oc, STREAM_OUTPUTS), stream_phase, t);
		else
			pool_run(s->pool, POINTS * column_tasks(t), product_phase, t);
		if (!t->dz)
			pool_run(s->pool, blocks_of(t->n, PHASE), output_phase, t);
	}
}

void winograd_run(struct conv_job *j)
{
	struct tiles t = tiles_of(j);

	if (big(j->c, j->oc)) {
		run_rounds(&t);
		return;
	}
	t.cut = share_rows(t.end[CORNER], BLOCKS, LEAST, BLOCK, ROWS);
	pool_run(j->s->pool, t.cut.n, run_block, &t);
}

/* Weight gradient: the adjoint of the product in the transformed domain. */

static void gradient_part(void *ctx, size_t part, int worker)
{
	struct tiles t = *(const struct tiles *)ctx;
	const struct conv_job *j = t.j;
	size_t per = round_up((t.end[CORNER] + PARTS - 1) / PARTS, BLOCK), begin = part * per;
	size_t end = begin + per < t.end[CORNER] ? begin + per : t.end[CORNER];

	size_t sum = POINTS * point_stride((size_t)j->c, (size_t)j->oc);

	t.sum += part * sum;
	if (begin >= end)
		memset(t.sum, 0, sum * sizeof *t.sum);
	for (t.first = begin; t.first < end; t.first += BLOCK) {
		t.n = end - t.first < BLOCK ? end - t.first : BLOCK;
		t.v = j->s->scratch + (size_t)worker * j->s->scratch_stride;
		t.m = t.v + POINTS * point_stride(BLOCK, (size_t)j->c);
		transform_input(&t, 0, t.n);
		transform_gradient(&t, 0, t.n);
		for (int p = 0; p < POINTS; p++)
			multiply_gradient(&t, p, 0, j->oc, t.first == begin);
	}
}

/* dw of one output channel from all parts, in order. */
static void gradient_output(void *ctx, size_t o, int worker)
{
	const struct tiles *t = ctx;
	size_t c = (size_t)t->j->c, point = point_stride(c, (size_t)t->j->oc), parts = big(t->j->c, t->j->oc) ? 1 : PARTS;

	(void)worker;
	winograd_kernels()->finish_gradient(t->sum + o * c, POINTS * point, parts, point, t->j->c, t->dw + o * 9 * c);
}

void winograd_weight_gradient(struct step *s, float *dw)
{
	const struct node *n = s->node, *in = n->in[0];
	struct conv_job j = {.s = s, .x = s->x, .h = in->h, .w = in->w, .c = in->c,
	                     .y = s->dz, .oh = n->h, .ow = n->w, .oc = n->c, .ldy = (size_t)n->c};
	struct tiles t = tiles_of(&j);

	t.dz = true;
	t.dw = dw;
	t.sum = s->shared;
	if (big(j.c, j.oc)) {
		size_t most = t.end[CORNER] < BIG_BLOCK ? t.end[CORNER] : BIG_BLOCK;

		t.sum += POINTS * (point_stride(most, (size_t)j.c) + point_stride(most, (size_t)j.oc));
		run_rounds(&t);
	} else {
		pool_run(s->pool, PARTS, gradient_part, &t);
	}
	pool_run(s->pool, (size_t)j.oc, gradient_output, &t);
}

bool winograd_fits(const struct node *n)
{
	const struct window *w = &n->window;
	int c = n->in[0]->c, tiles = (n->h + 3) / 4 * ((n->w + 3) / 4);

	if (w->kh != 3 || w->kw != 3 || w->stride_h != 1 || w->stride_w != 1 || n->groups != 1)
		return false;
	if (c % WINOGRAD_LANES || n->c % WINOGRAD_LANES)
		return false;
	if (c > MOST_CHANNELS || n->c > MOST_CHANNELS)
		return false;
	if (w->top != 1 || w->left != 1 || w->bottom != 1 || w->right != 1)
		return false;
	/* 36 products a tile instead of 9 a pixel: rounding up to whole tiles must leave a gain of 7/4. */
	return n->h * n->w >= 7 * tiles;
}

size_t winograd_scratch(const struct step *s)
{
	return POINTS * (point_stride(BLOCK, (size_t)s->node->c) + point_stride(BLOCK, (size_t)s->node->in[0]->c));
}

size_t winograd_shared(const struct step *s)
{
	const struct node *n = s->node;
	size_t c = (size_t)n->in[0]->c, oc = (size_t)n->c, tiles = (size_t)((n->h + 3) / 4) * (size_t)((n->w + 3) / 4);
	size_t sum = s->grad_params ? POINTS * point_stride(c, oc) : 0;

	if (!big(n->in[0]->c, n->c))
		return PARTS * sum;
	tiles *= (size_t)s->batch;
	tiles = tiles < BIG_BLOCK ? tiles : BIG_BLOCK;
	return POINTS * (point_stride(tiles, c) + point_stride(tiles, oc)) + sum;
}
