/* XRAI (Kapishnikov 2019): integrated gradients, shared out among regions. Superpixels of several sizes lie over each
 * other; again and again the one whose places that are not taken yet have the highest mean is taken, and that mean
 * becomes their value: the sum stays. */
#include "explain/xrai.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "explain/superpixel.h"

struct region {
	double sum;
	int left; /* places that are not taken */
};

/* Region k of size s is at [first of s + k]. */
struct cover {
	const struct segmentation *by;
	int first[XRAI_SIZES], count;
	struct region *region;
	bool *taken; /* places */
};

static struct cover cover_of(const struct segmentation *by, const float *value)
{
	struct cover c = {.by = by};

	for (int s = 0; s < XRAI_SIZES; s++) {
		c.first[s] = c.count;
		c.count += by->count[s];
	}
	c.region = xcalloc((size_t)c.count, sizeof *c.region);
	c.taken = xcalloc((size_t)by->n, sizeof *c.taken);
	for (int s = 0; s < XRAI_SIZES; s++)
		for (int i = 0; i < by->n; i++) {
			struct region *r = &c.region[c.first[s] + by->label[s][i]];

			r->sum += (double)value[i];
			r->left++;
		}
	return c;
}

/* The region to be taken next; -1: what is left is in shreds. */
static int best_region(const struct cover *c, int least)
{
	double most = -INFINITY;
	int best = -1;

	for (int k = 0; k < c->count; k++) {
		const struct region *r = &c->region[k];

		if (r->left >= least && r->sum / r->left > most) {
			most = r->sum / r->left;
			best = k;
		}
	}
	return best;
}

static void take_place(struct cover *c, int i, double value)
{
	c->taken[i] = true;
	for (int s = 0; s < XRAI_SIZES; s++) {
		struct region *r = &c->region[c->first[s] + c->by->label[s][i]];

		r->sum -= value;
		r->left--;
	}
}

/* Region -1: all that is left. */
static void take_region(struct cover *c, int best, const float *value, float *map)
{
	const int n = c->by->n;
	int s = XRAI_SIZES - 1, left = 0;
	double sum = 0;

	while (best >= 0 && c->first[s] > best)
		s--;
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < n; i++) {
			if (best >= 0 && c->by->label[s][i] != best - c->first[s])
				continue;
			if (pass == 0 && !c->taken[i]) {
				sum += (double)value[i];
				left++;
				map[i] = NAN;
				take_place(c, i, (double)value[i]);
			} else if (pass == 1 && isnan(map[i])) {
				map[i] = (float)(sum / left);
			}
		}
}

void xrai_share(const struct segmentation *by, const float *value, int least, float *map)
{
	struct cover c = cover_of(by, value);
	int best;

	memset(map, 0, (size_t)by->n * sizeof *map);
	do {
		best = best_region(&c, least);
		take_region(&c, best, value, map);
	} while (best >= 0);
	free(c.region);
	free(c.taken);
}

void xrai_map(const float *image, int h, int w, int channels, int side, const float *value, float *map)
{
	struct segmentation by = {.n = h * w};
	int least = by.n / XRAI_LEAST + 1, *label = xmalloc((size_t)by.n * XRAI_SIZES * sizeof *label);

	for (int s = 0; s < XRAI_SIZES; s++) {
		int part = 2 * side >> s;

		by.label[s] = label + (size_t)s * (size_t)by.n;
		by.count[s] = superpixels(image, h, w, channels, part > 1 ? part : 1, label + (size_t)s * (size_t)by.n);
	}
	xrai_share(&by, value, least, map);
	free(label);
}
