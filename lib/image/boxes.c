/* A map's hot parts, a box for each. */
#include "image/boxes.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

struct search {
	const float *map;
	int width, height, *stack;
	bool *seen;
	float threshold;
};

static void push(struct search *s, int x, int y, int *depth)
{
	int at = y * s->width + x;

	if (x < 0 || y < 0 || x >= s->width || y >= s->height || s->seen[at] || !(s->map[at] >= s->threshold))
		return;
	s->seen[at] = true;
	s->stack[(*depth)++] = at;
}

static void take_in(const struct search *s, struct map_box *b, int at)
{
	int x = at % s->width, y = at / s->width, right = b->x + b->width, bottom = b->y + b->height;

	b->x = x < b->x ? x : b->x;
	b->y = y < b->y ? y : b->y;
	b->width = (x + 1 > right ? x + 1 : right) - b->x;
	b->height = (y + 1 > bottom ? y + 1 : bottom) - b->y;
	b->area++;
	b->share += (double)s->map[at];
	int first = b->peak_y * s->width + b->peak_x;

	if (s->map[at] > b->peak || (at < first && s->map[at] == b->peak)) {
		b->peak = s->map[at];
		b->peak_x = x;
		b->peak_y = y;
	}
}

/* The part that a place belongs to, which no other was found for. */
static struct map_box part_at(struct search *s, int at)
{
	struct map_box b = {.x = at % s->width, .y = at / s->width, .width = 1, .height = 1};
	int depth = 0;

	for (push(s, b.x, b.y, &depth); depth; ) {
		int place = s->stack[--depth];

		take_in(s, &b, place);
		for (int k = 0; k < 9; k++)
			push(s, place % s->width + k % 3 - 1, place / s->width + k / 3 - 1, &depth);
	}
	return b;
}

static int hottest_first(const void *a, const void *b)
{
	const struct map_box *p = a, *q = b;

	if (p->peak != q->peak)
		return p->peak < q->peak ? 1 : -1;
	return p->y != q->y ? (p->y > q->y) - (p->y < q->y) : (p->x > q->x) - (p->x < q->x);
}

int map_boxes(const float *map, int width, int height, float threshold, struct map_box **box)
{
	size_t n = (size_t)width * (size_t)height, cap = 0, count = 0;
	struct search s = {map, width, height, xmalloc(n * sizeof *s.stack), xcalloc(n, sizeof *s.seen), threshold};
	double total = 0;

	*box = NULL;
	for (size_t i = 0; i < n; i++)
		total += map[i] > 0 ? (double)map[i] : 0;
	for (size_t i = 0; i < n && threshold > 0; i++) {
		struct map_box b;

		if (s.seen[i] || !(map[i] >= threshold))
			continue;
		b = part_at(&s, (int)i);
		b.share /= total;
		if ((size_t)b.area * 1000 >= n) {
			*box = grow(*box, count, &cap, sizeof **box);
			(*box)[count++] = b;
		}
	}
	if (count)
		qsort(*box, count, sizeof **box, hottest_first);
	free(s.stack);
	free(s.seen);
	return (int)count;
}
