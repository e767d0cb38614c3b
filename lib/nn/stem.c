/* The first layer of many networks, 7x7 of stride 2 on an image of few channels: on blocks of 2x2 pixels it is a 4x4
 * convolution of stride 1, which Winograd's F(4x4,4x4) computes with 588 multiplications for 16 outputs of three
 * channels instead of 2352. 224x224x3 to 64, in a cache: 165 GFLOP/s, direct 87.
 *
 *   output row y reads input rows 2y-3 .. 2y+3: the blocks y-2 .. y+1, whose first row gets a weight of zero
 *
 *   7 rows of blocks        columns transformed       49 points           49 points         4 rows of outputs
 *   [blocks][7][16]   --->  t [blocks][7][16]  --->   v [tiles][16] --->  m [tiles][oc] --> y
 *
 * A block is [2 rows][2 columns][channels]. A task is a row of tiles, or MOST of one. */
#include <string.h>

#include "nn/conv.h"
#include "nn/panel.h"
#include "nn/stem.h"

enum {
	MOST = 30, /* tiles of a task: five of the rows of panel.c's widest kernel; v and m of 64 channels are 470 KB of L2 */
	BLOCKS = 4 * MOST + 3,
	TAPS = 16,
};

struct stem {
	const struct step *s;
	const float *weight;
	int across, down; /* tiles of an image */
};

static size_t point_floats(int channels)
{
	return (size_t)MOST * (size_t)channels + STEM_LANES; /* an odd cache line, as in winograd.h */
}

static int block_size(const struct node *n)
{
	return 4 * n->in[0]->c;
}

bool stem_fits(const struct node *n)
{
	const struct window *w = &n->window;

	return w->kh == 7 && w->kw == 7 && w->stride_h == 2 && w->stride_w == 2 && w->top == 3 && w->left == 3 &&
	       n->groups == 1 && block_size(n) <= STEM_LANES && n->c % STEM_LANES == 0;
}

/* Seven blocks below each other, from block row `by` on; zeros outside the image. d [7][16] */
static void gather_blocks(const struct node *in, const float *image, int by, int bx, float *d)
{
	size_t c = (size_t)in->c;
	int x = 2 * bx;

	for (int r = 0; r < 2 * STEM_EDGE; r++) {
		float *to = d + r / 2 * STEM_LANES + r % 2 * 2 * (int)c;
		int y = 2 * by + r;
		const float *from = image + ((ptrdiff_t)y * in->w + x) * in->c;
		bool inside = y >= 0 && y < in->h, left = inside && x >= 0 && x < in->w, right = inside && x >= -1 && x + 1 < in->w;

		if (left && right)
			memcpy(to, from, 2 * c * sizeof *to);
		else
			memset(to, 0, 2 * c * sizeof *to);
		if (left != right)
			memcpy(left ? to : to + c, left ? from : from + c, c * sizeof *to);
	}
}

static void transform_blocks(const struct node *in, const float *image, int row, int first, int tiles, float *t,
                             float *v)
{
	const struct stem_kernels *kernel = stem_kernels();
	float d[STEM_EDGE * STEM_LANES] = {0};

	for (int b = 0; b < 4 * tiles + 3; b++) {
		gather_blocks(in, image, 4 * row - 2, 4 * first - 2 + b, d);
		kernel->column(d, t + b * STEM_EDGE * STEM_LANES);
	}
	for (int i = 0; i < tiles; i++)
		kernel->points(t + 4 * i * STEM_EDGE * STEM_LANES, v + i * STEM_LANES, point_floats(STEM_LANES));
}

static void multiply_points(const struct stem *st, int tiles, const float *v, float *m)
{
	const struct node *n = st->s->node;
	int k = block_size(n);

	for (size_t p = 0; p < STEM_POINTS; p++) {
		struct product product = {.x = v + p * point_floats(STEM_LANES), .ldx = STEM_LANES, .rows = (size_t)tiles,
		                          .segments = 1, .length = k, .weight = st->weight + p * panel_floats(k, n->c), .n = n->c,
		                          .y = m + p * point_floats(n->c), .ldy = (size_t)n->c};

		product_run(&product, 0, n->c);
	}
}

static void run_tiles(void *ctx, size_t task, int worker)
{
	const struct stem *st = ctx;
	const struct step *s = st->s;
	const struct node *n = s->node, *in = n->in[0];
	size_t parts = blocks_of((size_t)st->across, MOST), image = task / parts / (size_t)st->down;
	int row = (int)(task / parts % (size_t)st->down), first = (int)(task % parts) * MOST;
	int tiles = st->across - first < MOST ? st->across - first : MOST, rows = n->h - 4 * row;
	float *t = s->scratch + (size_t)worker * s->scratch_stride, *v = t + BLOCKS * STEM_EDGE * STEM_LANES;
	float *m = v + STEM_POINTS * point_floats(STEM_LANES);
	size_t line = (size_t)n->w * (size_t)n->c, at = (image * (size_t)n->h + 4 * (size_t)row) * line;
	struct finish f = finish_with(s->packed, s->residual, s->act);

	transform_blocks(in, s->x + image * node_size(in), row, first, tiles, t, v);
	multiply_points(st, tiles, v, m);
	for (int i = 0; i < tiles; i++) {
		int x = 4 * (first + i), columns = n->w - x;

		stem_kernels()->outputs(m + i * n->c, point_floats(n->c), rows < 4 ? rows : 4, columns, line, n->c,
		                        at + (size_t)(x * n->c), f, s->y);
	}
}

void stem_forward(struct step *s, const float *weight)
{
	const struct node *n = s->node;
	struct stem st = {s, weight, (n->w + 3) / 4, (n->h + 3) / 4};

	pool_run(s->pool, (size_t)s->n * (size_t)st.down * blocks_of((size_t)st.across, MOST), run_tiles, &st);
}

size_t stem_scratch(const struct node *n)
{
	return BLOCKS * STEM_EDGE * STEM_LANES + STEM_POINTS * (point_floats(STEM_LANES) + point_floats(n->c));
}

/* The 4x4 taps of number i of a block, scaled, for sixteen outputs from `first` on. */
static void block_taps(const struct step *s, int i, int first, float taps[TAPS * STEM_LANES])
{
	const struct node *n = s->node;
	int c = n->in[0]->c, py = i / (2 * c), px = i / c % 2;
	const float *w = step_param(s, n, 0), *scale = conv_scale(s);

	for (int tap = 0; tap < TAPS; tap++)
		for (int o = 0; o < STEM_LANES; o++) {
			int ky = tap / 4 * 2 + py - 1, kx = tap % 4 * 2 + px - 1;

			taps[tap * STEM_LANES + o] =
				ky < 0 || kx < 0 ? 0 : w[(((first + o) * 7 + ky) * 7 + kx) * c + i % c] * scale[first + o];
		}
}

void stem_pack(struct step *s, float *to)
{
	const struct node *n = s->node;
	int k = block_size(n), width;
	float taps[TAPS * STEM_LANES];

	for (int first = 0; first < n->c; first += STEM_LANES) {
		float *column = panel_column(to, k, n->c, first, &width);

		for (int i = 0; i < k; i++) {
			block_taps(s, i, first, taps);
			stem_kernels()->weights(taps, column + i * width, panel_floats(k, n->c));
		}
	}
}

size_t stem_weights(const struct node *n)
{
	return STEM_POINTS * panel_floats(block_size(n), n->c);
}
