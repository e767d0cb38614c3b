/* Rows times packed panels of weights: every product of inference and most of training goes through here. */
#include "nn/panel.h"

#include <string.h>

/* So much of a panel stays in a cache while the rows go by: 64 wide, 128 KiB, an eighth of L2. A longer product is cut
 * into chunks whose sums wait in y. 1x1, 14x14, 1024 to 256 channels: 128 99, 256 104, 512 107, 2048 109; the last
 * would push the rows of wider layers out of L2. */
enum { K_CHUNK = 512 };

/* All rows against a part of a panel. */
struct panel_run {
	const struct product *p;
	size_t rows;
	int segment, segments, offset, length; /* which part: segments from `segment` on, `length` of each from `offset` on */
	const float *weight;
	bool resume;                 /* from the sums in y */
	float *y;                    /* the panel's first output of the first row */
	size_t ldy;
	const struct finish *finish; /* begins with the panel, too. NULL: nothing to do but store the sums */
};
/* Up to so many rows at the end of a task are computed alone instead of in a whole tile: 14x14 and 7x7 images leave 4
 * of 196 and 1 of 49. On one core that is 1 % at 1x1, 14x14x1024 to 256. */
enum { FEW = 4 };

INLINE const float *run_row(const struct panel_run *t, int segment, size_t row)
{
	const struct product *p = t->p;
	const float *start = p->row ? p->row[(size_t)(t->segment + segment) * p->pitch + row] : p->x + row * p->ldx;

	return start + t->offset;
}

#define KERNELS "nn/panel_tile.h"
#include "nn/each_vector.h"

/* 6 rows of 4 vectors, or 12 of 2, are 24 sums that stay in registers (of 32), with 4 or 2 for the weights and one for
 * a broadcast row; two multiply-adds a cycle with a latency of 4 want 8 sums at least. 4 rows of 4 vectors: 4 % less.
 * Of the 16 registers of AVX2, 6 rows of 2 vectors take 12 for sums. */
#define KERNEL(name, clones, rows, height, vectors) \
	static clones void name(const struct panel_run *t) \
	{ \
		rows(t, height, vectors); \
	}
KERNEL(wide64, CLONES_WIDE, rows16, 6, 4)
KERNEL(wide32, CLONES_WIDE, rows16, 12, 2)
KERNEL(wide16, CLONES_WIDE, rows16, 12, 1)
KERNEL(narrow16, CLONES_NARROW, rows8, 6, 2)

struct panel_kernel {
	int width;
	void (*run)(const struct panel_run *);
};
static const struct panel_kernel wide[] = {{64, wide64}, {32, wide32}, {16, wide16}}, narrow = {16, narrow16};

/* The kernel of the panel that begins at output `begin` of n (a multiple of 16). */
static const struct panel_kernel *kernel_at(int n, int begin)
{
	const struct panel_kernel *k = wide;

	if (!vector_wide())
		return &narrow;
	while (k->width > n - begin)
		k++;
	return k;
}

static int padded(int n)
{
	return (n + 15) / 16 * 16;
}

size_t panel_floats(int k, int n)
{
	return (size_t)k * (size_t)padded(n);
}

int panel_end(int n, int begin)
{
	return begin + kernel_at(padded(n), begin)->width;
}

int panel_count(int n)
{
	int count = 0;

	for (int begin = 0; begin < n; begin = panel_end(n, begin))
		count++;
	return count;
}

float *panel_column(float *packed, int k, int n, int o, int *width)
{
	int begin = 0;

	while (panel_end(n, begin) <= o)
		begin = panel_end(n, begin);
	*width = panel_end(n, begin) - begin;
	return packed + (size_t)begin * (size_t)k + (o - begin);
}

/* What is summed in one go: some whole segments, or a part of one. */
struct chunk {
	int segment, segments, offset, length, k; /* k: where it starts */
};

static bool next_chunk(const struct product *p, struct chunk *c)
{
	if (c->length) {
		c->k += c->segments * c->length;
		c->offset += c->length;
		if (c->offset >= p->length) {
			c->offset = 0;
			c->segment += c->segments;
		}
	}
	c->segments = p->length < K_CHUNK ? K_CHUNK / p->length : 1;
	if (c->segments > p->segments - c->segment)
		c->segments = p->segments - c->segment;
	c->length = p->length - c->offset < K_CHUNK ? p->length - c->offset : K_CHUNK;
	return c->segments > 0;
}

static bool last_chunk(const struct product *p, const struct chunk *c)
{
	return c->k + c->segments * c->length == p->segments * p->length;
}

static struct panel_run run_of(const struct product *p, const struct chunk *c, const struct panel_kernel *k, int begin)
{
	return (struct panel_run){
		.p = p, .rows = p->rows, .segment = c->segment, .segments = c->segments, .offset = c->offset, .length = c->length,
		.weight = p->weight + (size_t)begin * (size_t)(p->segments * p->length) + (size_t)c->k * (size_t)k->width,
		.resume = c->k > 0 || p->resume,
	};
}

/* The finish of a panel's outputs. */
static const struct finish *finish_from(const struct finish *f, int begin, struct finish *to)
{
	if (!f)
		return NULL;
	*to = *f;
	to->bias = f->bias ? f->bias + begin : NULL;
	to->residual = f->residual ? f->residual + begin : NULL;
	return to;
}

static void run_panel(const struct product *p, const struct panel_kernel *k, int begin)
{
	struct finish f;
	const struct finish *finish = finish_from(p->finish, begin, &f);

	for (struct chunk c = {0}; next_chunk(p, &c); ) {
		struct panel_run t = run_of(p, &c, k, begin);

		t.y = p->y + begin;
		t.ldy = p->ldy;
		t.finish = last_chunk(p, &c) ? finish : NULL;
		k->run(&t);
	}
}

/* y = finish(sums [rows][width]) of the first `count` outputs. */
static CLONES void put_rows(const float *sums, size_t width, size_t rows, size_t count, const struct finish *finish,
                            size_t first, size_t ldy, float *y)
{
	const struct finish f = finish ? *finish : finish_with(NULL, NULL, ACT_NONE);

	for (size_t r = 0; r < rows; r++, sums += width) {
		size_t at = (first + r) * ldy, o = 0;

		for (; o + 8 <= count; o += 8)
			put8((const v8 *)(sums + o), &f, at + o, o, y);
		for (; o < count; o++)
			y[at + o] = finish_one(sums[o], &f, at + o, o);
	}
}

/* Where sums on their way cannot lie in y: the panel is wider than what is left of the outputs, or y's old numbers are
 * wanted. Some rows at a time are summed aside. */
static void run_aside(const struct product *p, const struct panel_kernel *k, int begin)
{
	float sums[64 * PANEL_ROWS] __attribute__((aligned(64)));
	int count = p->n - begin < k->width ? p->n - begin : k->width;
	struct finish f;
	const struct finish *finish = finish_from(p->finish, begin, &f);

	for (size_t first = 0; first < p->rows; first += PANEL_ROWS) {
		struct product some = *p;

		some.rows = p->rows - first < PANEL_ROWS ? p->rows - first : PANEL_ROWS;
		some.row = p->row ? p->row + first : NULL;
		some.x = p->x ? p->x + first * p->ldx : NULL;
		for (struct chunk c = {0}; next_chunk(p, &c); ) {
			struct panel_run t = run_of(&some, &c, k, begin);

			t.y = sums;
			t.ldy = (size_t)k->width;
			k->run(&t);
		}
		put_rows(sums, (size_t)k->width, some.rows, (size_t)count, finish, first, p->ldy, p->y + begin);
	}
}

void product_run(const struct product *p, int begin, int end)
{
	bool adds = p->finish && p->finish->residual == p->y && p->segments * p->length > K_CHUNK;

	while (begin < end) {
		const struct panel_kernel *k = kernel_at(padded(p->n), begin);

		if (adds || begin + k->width > p->n)
			run_aside(p, k, begin);
		else
			run_panel(p, k, begin);
		begin += k->width;
	}
}
