/* XRAI (Kapishnikov 2019): integrated gradients, shared out among regions, which are Felzenszwalb's segments of six
 * scales (segment.h), each widened a little. */
#include "explain/xrai.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "explain/segment.h"

/* ---- sharing out */

struct xrai_region {
	double sum;
	int left; /* places that are not taken */
};

struct sharing {
	const struct xrai_cover *by;
	const float *value;
	struct xrai_region *region;
	int *taken; /* [n]: in which round, 0: not yet */
	int round;
};

/* Adds a place to its regions (by 1), or takes it off (-1). */
static void count_place(struct sharing *s, int i, int by)
{
	for (size_t k = s->by->first[i]; k < s->by->first[i + 1]; k++) {
		struct xrai_region *r = &s->region[s->by->region[k]];

		r->sum += by * (double)s->value[i];
		r->left += by;
	}
}

/* The region to be taken next; -1: what is left is in shreds. */
static int best_region(const struct sharing *s, int least)
{
	double most = (double)-INFINITY;
	int best = -1;

	for (int k = 0; k < s->by->count; k++) {
		const struct xrai_region *r = &s->region[k];

		if (r->left >= least && r->sum / r->left > most) {
			most = r->sum / r->left;
			best = k;
		}
	}
	return best;
}

/* Region -1 is everywhere. */
static bool is_in(const struct xrai_cover *by, int i, int region)
{
	for (size_t k = by->first[i]; k < by->first[i + 1]; k++)
		if (by->region[k] == region)
			return true;
	return region < 0;
}

/* What is left of a region. */
static void take_region(struct sharing *s, int region, float *map)
{
	double sum = 0;
	int count = 0;

	s->round++;
	for (int i = 0; i < s->by->n; i++)
		if (!s->taken[i] && is_in(s->by, i, region)) {
			s->taken[i] = s->round;
			count_place(s, i, -1);
			sum += (double)s->value[i];
			count++;
		}
	for (int i = 0; i < s->by->n; i++)
		if (s->taken[i] == s->round)
			map[i] = (float)(sum / count);
}

void xrai_share(const struct xrai_cover *by, const float *value, int least, float *map)
{
	struct sharing s = {.by = by, .value = value};
	int best;

	s.region = xcalloc((size_t)by->count, sizeof *s.region);
	s.taken = xcalloc((size_t)by->n, sizeof *s.taken);
	for (int i = 0; i < by->n; i++)
		count_place(&s, i, 1);
	do {
		best = best_region(&s, least);
		take_region(&s, best, map);
	} while (best >= 0);
	free(s.region);
	free(s.taken);
}

/* ---- regions of an image: the authors' numbers, which are for 224 x 224 pixels */

static const double scales[] = {50, 100, 150, 250, 500, 1200}; /* of 255 gray levels */
enum { SCALES = sizeof scales / sizeof *scales, SIDE = 224, SMALLEST = 150, WIDER = 5, LEAST = 50 };
#define SIGMA .8

/* Of a place the regions of one scale: those of all places within `wider` of it, each once. */
static void add_near(struct xrai_cover *by, size_t *cap, const int *label, int h, int w, int at, int wider, int base)
{
	size_t begin = by->first[at + 1], k;
	int y0 = at / w, x0 = at % w;

	for (int y = y0 - wider < 0 ? 0 : y0 - wider; y <= y0 + wider && y < h; y++)
		for (int x = x0 - wider < 0 ? 0 : x0 - wider; x <= x0 + wider && x < w; x++) {
			int region = base + label[y * w + x];

			if ((y - y0) * (y - y0) + (x - x0) * (x - x0) > wider * wider)
				continue;
			for (k = begin; k < by->first[at + 1] && by->region[k] != region; k++)
				;
			if (k < by->first[at + 1])
				continue;
			by->region = grow(by->region, k, cap, sizeof *by->region);
			by->region[k] = region;
			by->first[at + 1]++;
		}
}

static struct xrai_cover cover_image(const float *image, int h, int w, int channels, double side)
{
	struct segment_graph g = segment_graph_of(image, h, w, channels, SIGMA * side);
	struct xrai_cover by = {.n = h * w};
	int *label = xreallocarray(NULL, (size_t)by.n * SCALES, sizeof *label), base[SCALES];
	size_t cap = 0;

	for (int s = 0; s < SCALES; s++) {
		base[s] = by.count;
		by.count += segment_parts(&g, scales[s] / 255 * side, (int)lrint(SMALLEST * side * side),
		                          label + (size_t)s * (size_t)by.n);
	}
	by.first = xcalloc((size_t)by.n + 1, sizeof *by.first);
	for (int i = 0; i < by.n; i++) {
		by.first[i + 1] = by.first[i];
		for (int s = 0; s < SCALES; s++)
			add_near(&by, &cap, label + (size_t)s * (size_t)by.n, h, w, i, (int)lrint(WIDER * side), base[s]);
	}
	segment_graph_free(&g);
	free(label);
	return by;
}

/* At another size lengths grow with the side, areas with its square; differences of neighbours shrink with it, so
 * `scale`, which is beside them over an area, grows with the side. */
void xrai_map(const float *image, int h, int w, int channels, const float *value, float *map)
{
	double side = sqrt((double)h * w) / SIDE;
	struct xrai_cover by = cover_image(image, h, w, channels, side);
	int least = (int)lrint(LEAST * side * side);

	xrai_share(&by, value, least > 1 ? least : 1, map);
	free(by.first);
	free(by.region);
}
