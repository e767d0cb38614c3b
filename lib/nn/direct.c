/* Convolutions of any window, stride and padding as products of rows that are not gathered: each row is given by where
 * its pixels lie. Few channels to a pixel make whole lines of the window the segments; only at an image's left and
 * right border such a line is copied.
 *
 *   image [h][w][c]     row of output (y, x): 9 segments of c         weights [kh][kw][cin] x panels of cout (panel.h)
 *   . . . . . .         row[0] -> pixel (y-1, x-1)
 *   . # # # . .         row[1] -> pixel (y-1, x)
 *   . # # # . .         ...        or, with few channels, 3 segments: the lines of the window, 3 c long
 *   . # # # . .         row[8] -> pixel (y+1, x+1), or `zeros` outside the image
 */
#include <string.h>

#include "nn/conv.h"
#include "nn/panel.h"

enum {
	/* Most rows of a task: 192 rows of 512 inputs (K_CHUNK) are 384 KiB, which stay in L2 while panels go by. 48 and 768
	 * are the same within the noise on one core (3x3 stride 2, 28x28x128: 100, 104, 104); fewer are more starts, more
	 * leave threads waiting. And least, where there are so many; both multiples of PANEL_ROWS. */
	ROWS = 192,
	LEAST = 48,
	TASKS = 16,    /* outputs are cut, too, where rows make fewer tasks than that: for 8 threads, two each */
	/* Channels from which pixels are segments: a whole cache line. With fewer, the time goes into pointers. ResNet's first
	 * layer (7x7 stride 2, 3 channels): 84 with lines, 70 with pixels. */
	FEW = 16,
	ZEROS = 16384, /* a pixel or line of the window outside the image */
};
static const float zeros[ZEROS];

struct direct {
	const struct conv_job *j;
	struct window window;
	int group, cin, cout;
	bool pixels;            /* segments are pixels, not lines */
	int segments, length;
	struct row_shares cut;       /* of the rows, */
	size_t parts;           /* and what the outputs are cut into */
	const float *weight;
};

static int align_rows(int n)
{
	return (n + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
}

static void shape(struct direct *d, const struct window *w, int cin)
{
	d->pixels = cin >= FEW || w->kw == 1;
	d->segments = d->pixels ? w->kh * w->kw : w->kh;
	d->length = d->pixels ? cin : w->kw * cin;
}

/* A line of the window that sticks out at the left or right, or has other groups' channels between: copied. */
static const float *copy_line(const struct direct *d, const float *line, int x0, float *to)
{
	const struct conv_job *j = d->j;

	for (int k = 0; k < d->window.kw; k++) {
		int x = x0 + k;
		bool inside = x >= 0 && x < j->w;

		for (int i = 0; i < d->cin; i++)
			to[k * d->cin + i] = inside ? line[(size_t)x * (size_t)j->c + (size_t)i] : 0;
	}
	return to;
}

/* Where the segments of output pixel `row` (of all images) lie. copy: room for the lines that are copied. */
static void find_segments(const struct direct *d, size_t row, const float **to, size_t pitch, float *copy)
{
	const struct conv_job *j = d->j;
	const struct window *w = &d->window;
	size_t in_image = row % ((size_t)j->oh * (size_t)j->ow), image = row / ((size_t)j->oh * (size_t)j->ow);
	int y0 = (int)in_image / j->ow * w->stride_h - w->top, x0 = (int)in_image % j->ow * w->stride_w - w->left;

	for (int ky = 0; ky < w->kh; ky++) {
		bool outside = y0 + ky < 0 || y0 + ky >= j->h;
		size_t first = (image * (size_t)j->h + (size_t)(y0 + ky)) * (size_t)j->w * (size_t)j->c;
		const float *line = outside ? NULL : j->x + first + d->group * d->cin;

		if (d->pixels) {
			for (int x = x0; x < x0 + w->kw; x++, to += pitch)
				*to = outside || x < 0 || x >= j->w ? zeros : line + (size_t)x * (size_t)j->c;
			continue;
		}
		if (outside)
			*to = zeros;
		else if (x0 >= 0 && x0 + w->kw <= j->w && d->cin == j->c)
			*to = line + (size_t)x0 * (size_t)j->c;
		else
			*to = copy_line(d, line, x0, copy + ky * d->length);
		to += pitch;
	}
}

static size_t copy_floats(const struct direct *d)
{
	return d->pixels ? 0 : (size_t)(d->segments * d->length);
}

/* Rows as they are: nothing to find. */
static bool plain(const struct direct *d)
{
	const struct window *w = &d->window;

	return d->segments == 1 && w->stride_h == 1 && w->stride_w == 1 && d->j->h == d->j->oh && d->j->w == d->j->ow;
}

static void run_task(void *ctx, size_t task, int worker)
{
	const struct direct *d = ctx;
	const struct conv_job *j = d->j;
	const struct step *s = j->s;
	size_t block = task / d->parts, part = task % d->parts;
	size_t begin = share_begin(&d->cut, block), rows = share_begin(&d->cut, block + 1) - begin;
	size_t channel = (size_t)(d->group * d->cout), at = begin * j->ldy + channel;
	size_t pitch = (size_t)align_rows((int)rows);
	float *scratch = s->scratch + (size_t)worker * s->scratch_stride;
	const float **row = (const float **)scratch;
	float *copy = (float *)(row + (size_t)d->segments * ROWS);
	struct finish finish = finish_with(NULL, j->y + at, ACT_NONE); /* added to y */
	if (j->forward)
		finish = finish_with(s->packed + channel, s->residual ? s->residual + at : NULL, s->act);
	struct product p = {.row = plain(d) ? NULL : row, .pitch = pitch, .x = j->x + begin * (size_t)j->c + d->group * d->cin,
	                    .ldx = (size_t)j->c, .rows = rows, .segments = d->segments, .length = d->length,
	                    .weight = d->weight, .n = d->cout, .y = j->y + at, .ldy = j->ldy,
	                    .finish = j->forward || j->accumulate ? &finish : NULL};

	for (size_t i = 0; i < pitch && p.row; i++)
		find_segments(d, begin + (i < rows ? i : rows - 1), row + i, pitch, copy + i * copy_floats(d));
	if (j->forward && s->before) {
		float *x = scratch + direct_scratch(d->window, d->cin);

		bn_apply(x, s->x + begin * s->ldx, s->ldx, conv_before(s), NULL, s->before_act, rows, d->cin);
		p.x = x;
	}
	for (int o = 0, panel = 0; o < d->cout; o = panel_end(d->cout, o), panel++)
		if ((size_t)panel % d->parts == part)
			product_run(&p, o, panel_end(d->cout, o));
}

static void run_group(struct direct *d)
{
	size_t panels = (size_t)panel_count(d->cout);

	d->cut = share_rows((size_t)d->j->s->n * (size_t)d->j->oh * (size_t)d->j->ow, TASKS, LEAST, ROWS, PANEL_ROWS);
	d->parts = blocks_of(TASKS, d->cut.n);
	d->parts = d->parts < panels ? d->parts : panels;
	pool_run(d->j->s->pool, d->cut.n * d->parts, run_task, d);
}

void direct_run(struct conv_job *j, struct window w)
{
	int groups = j->s->node->groups;
	struct direct d = {.j = j, .window = w, .cin = j->c / groups, .cout = j->oc / groups};

	shape(&d, &w, d.cin);
	for (d.group = 0; d.group < groups; d.group++) {
		d.weight = j->weight + (size_t)d.group * panel_floats(d.segments * d.length, d.cout);
		run_group(&d);
	}
}

size_t direct_scratch(struct window w, int cin)
{
	struct direct d = {0};

	shape(&d, &w, cin);
	return ROWS * (2 * (size_t)d.segments + copy_floats(&d)); /* a pointer is two floats at most */
}

size_t direct_before_scratch(const struct node *n)
{
	return ROWS * (size_t)n->in[0]->c;
}

bool direct_fits(struct window w, int cin)
{
	struct direct d = {0};

	shape(&d, &w, cin);
	return d.length <= ZEROS;
}

/* Packing goes by blocks of sixteen columns: whole cache lines are read and written. */
enum { COLUMNS = 16 };

struct direct_pack {
	struct step *s;
	float *to;
};

static void pack_forward(void *ctx, size_t block, int worker)
{
	const struct direct_pack *p = ctx;
	const struct node *n = p->s->node;
	struct conv_sizes z = conv_sizes(n);
	size_t per_group = blocks_of((size_t)z.cout, COLUMNS), group = block / per_group, k = (size_t)z.k;
	int begin = (int)(block % per_group) * COLUMNS, count = z.cout - begin < COLUMNS ? z.cout - begin : COLUMNS, width;
	size_t first = group * (size_t)z.cout + (size_t)begin;
	const float *w = step_param(p->s, n, 0) + first * k, *scale = conv_scale(p->s) + first;
	float *to = panel_column(p->to + group * panel_floats(z.k, z.cout), z.k, z.cout, begin, &width);

	(void)worker;
	for (size_t i = 0; i < k; i++, to += width)
		for (int o = 0; o < count; o++)
			to[o] = w[(size_t)o * k + i] * scale[o];
}

/* The flipped kernel [kh][kw][cout] x [cin]: dx is a convolution of dz with it. */
static void pack_backward(void *ctx, size_t block, int worker)
{
	const struct direct_pack *p = ctx;
	const struct node *n = p->s->node;
	struct conv_sizes z = conv_sizes(n);
	int taps = n->window.kh * n->window.kw, width;
	size_t per_group = blocks_of((size_t)z.cin, COLUMNS), group = block / per_group, k = (size_t)z.k;
	int begin = (int)(block % per_group) * COLUMNS, count = z.cin - begin < COLUMNS ? z.cin - begin : COLUMNS;
	const float *w = step_param(p->s, n, 0) + group * (size_t)z.cout * k + begin;
	const float *scale = conv_scale(p->s) + group * (size_t)z.cout;
	float *to = panel_column(p->to + group * panel_floats(taps * z.cout, z.cin), taps * z.cout, z.cin, begin, &width);

	(void)worker;
	for (int t = taps - 1; t >= 0; t--)
		for (size_t o = 0; o < (size_t)z.cout; o++, to += width)
			for (int i = 0; i < count; i++)
				to[i] = w[o * k + (size_t)(t * z.cin + i)] * scale[o];
}

size_t direct_weights(const struct node *n, bool backward)
{
	struct conv_sizes z = conv_sizes(n);

	if (backward)
		return (size_t)n->groups * panel_floats(n->window.kh * n->window.kw * z.cout, z.cin);
	return (size_t)n->groups * panel_floats(z.k, z.cout);
}

void direct_pack(struct step *s, bool backward, float *to)
{
	struct conv_sizes z = conv_sizes(s->node);
	struct direct_pack p = {s, to};

	pool_run(s->pool, (size_t)s->node->groups * blocks_of((size_t)(backward ? z.cin : z.cout), COLUMNS),
	         backward ? pack_backward : pack_forward, &p);
}
