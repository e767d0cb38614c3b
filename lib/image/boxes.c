/* A map's hot parts, a box for each, and their outlines. */
#include "image/boxes.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

struct search {
	const float *map;
	int width, height, *queue; /* places of the part that is looked at */
	bool *seen;
	float threshold;
};

static void push(struct search *s, int x, int y, int *count)
{
	int at = y * s->width + x;

	if (x < 0 || y < 0 || x >= s->width || y >= s->height || s->seen[at] || !(s->map[at] >= s->threshold))
		return;
	s->seen[at] = true;
	s->queue[(*count)++] = at;
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
	struct map_box b = {.x = at % s->width, .y = at / s->width, .width = 1, .height = 1, .first_x = at % s->width};
	int count = 0;

	push(s, b.x, b.y, &count);
	for (int done = 0; done < count; done++) {
		int place = s->queue[done];

		take_in(s, &b, place);
		for (int k = 0; k < 9; k++)
			push(s, place % s->width + k % 3 - 1, place / s->width + k / 3 - 1, &count);
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

int map_boxes(const float *map, int width, int height, float threshold, bool *inside, struct map_box **box)
{
	size_t n = (size_t)width * (size_t)height, cap = 0, count = 0;
	struct search s = {map, width, height, xmalloc(n * sizeof *s.queue), xcalloc(n, sizeof *s.seen), threshold};
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
		if ((size_t)b.area * 1000 < n)
			continue;
		*box = grow(*box, count, &cap, sizeof **box);
		(*box)[count++] = b;
		for (int k = 0; inside && k < b.area; k++)
			inside[s.queue[k]] = true;
	}
	if (count)
		qsort(*box, count, sizeof **box, hottest_first);
	free(s.queue);
	free(s.seen);
	return (int)count;
}

/* ---- outlines */

/* Adds a point; what lies on the straight line from the one before to it goes. */
static void add_point(struct map_point **point, size_t *n, size_t *cap, double x, double y)
{
	const struct map_point *b = *n > 1 ? &(*point)[*n - 1] : NULL;

	if (b && (b->x - b[-1].x) * (y - b->y) == (b->y - b[-1].y) * (x - b->x))
		--*n;
	*point = grow(*point, *n, cap, sizeof **point);
	(*point)[(*n)++] = (struct map_point){x, y};
}

int map_outline(const float *map, int width, int height, float threshold, const struct map_box *box,
                struct map_point **point)
{
	static const int dx[] = {1, 0, -1, 0}, dy[] = {0, 1, 0, -1}; /* right, down, left, up */
	int x = box->first_x, y = box->y, way = 0;                    /* a corner, and the edge that leaves it */
	size_t n = 0, cap = 0;

	*point = NULL;
	do { /* along an edge, the part at the right hand; parts meet by corners, so a pixel ahead to the left goes first */
		add_point(point, &n, &cap, x + dx[way] * .5, y + dy[way] * .5);
		x += dx[way];
		y += dy[way];
		for (int turn = 3; turn < 6; turn++) {
			int to = (way + turn) % 4;
			int px = x + (dx[to] - dy[to] - 1) / 2, py = y + (dx[to] + dy[to] - 1) / 2; /* at its right hand */

			if (px >= 0 && py >= 0 && px < width && py < height && map[(size_t)py * width + px] >= threshold) {
				way = to;
				break;
			}
		}
	} while (x != box->first_x || y != box->y || way);
	return (int)n;
}
