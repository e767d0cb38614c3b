/* Images made from an image and its map. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "explain/fill.h"
#include "explain/witness.h"
#include "nn/dilate.h"

enum { STEPS = 20, ROAD_STEPS = 9, SUBSETS = 64, CELLS = 7, TAKEN = 7 }; /* sensitivity_n: 7 of 7 x 7 cells */

static const int runs[TRIAL_COUNT] = {
	[TRIAL_DELETE] = STEPS + 1, [TRIAL_INSERT] = STEPS + 1, [TRIAL_MORF] = ROAD_STEPS, [TRIAL_LERF] = ROAD_STEPS,
	[TRIAL_KEEP] = 2, [TRIAL_SUBSETS] = SUBSETS + 1, [TRIAL_CORNERS] = 2,
	[TRIAL_BLANK] = 2, [TRIAL_LUNGLESS] = 1,
};

int trial_runs(enum trial t)
{
	return runs[t];
}

bool trial_is_of(const struct exhibit *x, enum trial t)
{
	return !(TRIALS_OF_IMAGES >> t & 1) || (x->leads && (t != TRIAL_LUNGLESS || x->lungs));
}

/* Score i of a trial. */
static double logit_at(const struct exhibit *x, enum trial t, int i)
{
	for (int k = 0; k < (int)t; k++)
		i += runs[k];
	return x->score[2 * i];
}

static double prob_at(const struct exhibit *x, enum trial t, int i)
{
	for (int k = 0; k < (int)t; k++)
		i += runs[k];
	return x->score[2 * i + 1];
}

/* ---- which pixels */

struct hot_pixel {
	float heat;
	uint64_t tie;
	int at;
};

static int hotter(const void *a, const void *b)
{
	const struct hot_pixel *x = a, *y = b;

	if (x->heat != y->heat)
		return x->heat < y->heat ? 1 : -1;
	return x->tie < y->tie ? -1 : x->tie > y->tie;
}

int *heat_order(const struct exhibit *x)
{
	size_t n = (size_t)x->h * (size_t)x->w;
	struct hot_pixel *spot = xmalloc(n * sizeof *spot);
	struct rng r = rng_at(x->seed, RNG_EXPLAIN, x->item, UINT64_MAX);
	int *order = xmalloc(n * sizeof *order);

	for (size_t i = 0; i < n; i++)
		spot[i] = (struct hot_pixel){x->map[i] > 0 ? x->map[i] : 0, rng_u64(&r), (int)i};
	qsort(spot, n, sizeof *spot, hotter);
	for (size_t i = 0; i < n; i++)
		order[i] = spot[i].at;
	free(spot);
	return order;
}

/* Marks the first or the last `share` of the order. */
static unsigned char *part_of(const struct exhibit *x, double share, bool hottest)
{
	int n = x->h * x->w, k = (int)lrint(share * n);
	unsigned char *part = xcalloc((size_t)n, 1);

	for (int i = 0; i < k; i++)
		part[x->order[hottest ? i : n - 1 - i]] = 1;
	return part;
}

static unsigned char *corner_part(const struct exhibit *x)
{
	unsigned char *part = xcalloc((size_t)x->h * (size_t)x->w, 1);

	for (int i = 0; i < x->h * x->w; i++)
		part[i] = in_corner(x, i);
	return part;
}

/* The lungs, dilated: what lies along their edge is no part of the rest. */
static unsigned char *lung_part(const struct exhibit *x)
{
	size_t n = (size_t)x->h * (size_t)x->w;
	unsigned char *part = xcalloc(n, 1);
	float *mask = xreallocarray(NULL, 2 * n, sizeof *mask);

	for (size_t i = 0; i < n; i++)
		mask[i] = x->lungs[i];
	mask_dilate(mask, mask + n, x->h, x->w);
	for (size_t i = 0; i < n; i++)
		part[i] = mask[i] > 0;
	free(mask);
	return part;
}

/* Cells of subset i, drawn without putting back; the same for every map of an image. */
static void subset(const struct exhibit *x, int i, unsigned char cell[CELLS * CELLS])
{
	struct rng r = rng_at(x->seed, RNG_EXPLAIN, x->item, UINT64_MAX - 1 - (uint64_t)i);
	size_t order[CELLS * CELLS];

	for (size_t k = 0; k < CELLS * CELLS; k++)
		order[k] = k;
	rng_shuffle(&r, order, CELLS * CELLS);
	memset(cell, 0, CELLS * CELLS);
	for (int k = 0; k < TAKEN; k++)
		cell[order[k]] = 1;
}

static int cell_of(const struct exhibit *x, int at)
{
	return at / x->w * CELLS / x->h * CELLS + at % x->w * CELLS / x->w;
}

/* ---- what takes their place */

/* From around the part, plus a little noise, so that the network does not know a filled part by its smoothness. */
static void fill_in(const struct exhibit *x, const unsigned char *part, int run, float *v)
{
	struct rng r = rng_at(x->seed, RNG_EXPLAIN, x->item, UINT64_MAX - 1000 - (uint64_t)run);

	memcpy(v, x->image, (size_t)x->h * (size_t)x->w * (size_t)x->c * sizeof *v);
	fill_part(v, part, x->h, x->w, x->c);
	for (int i = 0; i < x->h * x->w * x->c; i++)
		if (part[i / x->c])
			v[i] += (float)(.01 * rng_normal(&r));
}

/* ---- trials */

/* The image itself, outside the part or inside. */
static void restore(const struct exhibit *x, const unsigned char *part, bool outside, float *v)
{
	for (int i = 0; i < x->h * x->w * x->c; i++)
		if (!part[i / x->c] == outside)
			v[i] = x->image[i];
}

static void fill_subset(const struct exhibit *x, int i, float *v)
{
	unsigned char cell[CELLS * CELLS] = {0};

	if (i < SUBSETS)
		subset(x, i, cell);
	for (int k = 0; k < x->h * x->w * x->c; k++)
		v[k] = cell[cell_of(x, k / x->c)] ? x->nothing[k] : x->image[k];
}

/* Run 1: the map, by its largest value, lies over the image and shows nothing where it is cold. */
static void keep(const struct exhibit *x, int i, float *v)
{
	float most = x->map[x->order[0]];

	for (int k = 0; k < x->h * x->w * x->c; k++) {
		float heat = x->map[k / x->c], share = heat > 0 ? heat / most : 0;

		v[k] = i ? x->nothing[k] + share * (x->image[k] - x->nothing[k]) : x->image[k];
	}
}

void trial_fill(const struct exhibit *x, enum trial t, int i, float *v)
{
	size_t all = (size_t)x->h * (size_t)x->w * (size_t)x->c * sizeof *v;
	unsigned char *part = NULL;

	if (t == TRIAL_DELETE || t == TRIAL_INSERT)
		part = part_of(x, (double)i / STEPS, true);
	else if (t == TRIAL_MORF || t == TRIAL_LERF)
		part = part_of(x, (i + 1.) / (ROAD_STEPS + 1), t == TRIAL_MORF);
	else if (t == TRIAL_CORNERS && i)
		part = corner_part(x);
	else if (t == TRIAL_LUNGLESS)
		part = lung_part(x);
	switch (t) {
	case TRIAL_DELETE:
		memcpy(v, x->nothing, all);
		restore(x, part, true, v);
		break;
	case TRIAL_INSERT:
		memcpy(v, x->start, all);
		restore(x, part, false, v);
		break;
	case TRIAL_BLANK: memcpy(v, i ? x->nothing : x->image, all); break;
	case TRIAL_KEEP: keep(x, i, v); break;
	case TRIAL_SUBSETS: fill_subset(x, i, v); break;
	default:
		if (part)
			fill_in(x, part, i, v);
		else
			memcpy(v, x->image, all);
		break;
	}
	free(part);
}

/* ---- and what their scores say */

static bool has_heat(const struct exhibit *x)
{
	return x->map[x->order[0]] > 0;
}

/* Under the curve of the trial's logits or probabilities. */
static double area(const struct exhibit *x, enum trial t, double (*at)(const struct exhibit *, enum trial, int))
{
	double sum = 0;

	for (int i = 0; i < STEPS; i++)
		sum += (at(x, t, i) + at(x, t, i + 1)) / (2 * STEPS);
	return has_heat(x) ? sum : (double)NAN;
}

double deletion_of(const struct exhibit *x)
{
	return area(x, TRIAL_DELETE, prob_at);
}

double insertion_of(const struct exhibit *x)
{
	return area(x, TRIAL_INSERT, prob_at);
}

double deletion_logit_of(const struct exhibit *x)
{
	return area(x, TRIAL_DELETE, logit_at);
}

double insertion_logit_of(const struct exhibit *x)
{
	return area(x, TRIAL_INSERT, logit_at);
}

static double road_mean(const struct exhibit *x, enum trial t)
{
	double sum = 0;

	for (int i = 0; i < ROAD_STEPS; i++)
		sum += prob_at(x, t, i) / ROAD_STEPS;
	return has_heat(x) ? sum : (double)NAN;
}

double road_morf_of(const struct exhibit *x)
{
	return road_mean(x, TRIAL_MORF);
}

double road_lerf_of(const struct exhibit *x)
{
	return road_mean(x, TRIAL_LERF);
}

double road_of(const struct exhibit *x)
{
	return (road_lerf_of(x) - road_morf_of(x)) / 2;
}

double drop_of(const struct exhibit *x)
{
	double all = prob_at(x, TRIAL_KEEP, 0), kept = prob_at(x, TRIAL_KEEP, 1);

	return !has_heat(x) ? (double)NAN : all > kept ? (all - kept) / all : 0;
}

double increase_of(const struct exhibit *x)
{
	return has_heat(x) ? prob_at(x, TRIAL_KEEP, 1) > prob_at(x, TRIAL_KEEP, 0) : (double)NAN;
}

/* A measure of the image, not of the map: it comes with the first. */
double corner_drop_of(const struct exhibit *x)
{
	double all = prob_at(x, TRIAL_CORNERS, 0), rest = prob_at(x, TRIAL_CORNERS, 1);

	return !trial_is_of(x, TRIAL_CORNERS) ? (double)NAN : all > rest ? (all - rest) / all : 0;
}

double lungless_p_of(const struct exhibit *x)
{
	return trial_is_of(x, TRIAL_LUNGLESS) ? prob_at(x, TRIAL_LUNGLESS, 0) : (double)NAN;
}

double baseline_p_of(const struct exhibit *x)
{
	return prob_at(x, TRIAL_BLANK, 1);
}

double completeness_gap_of(const struct exhibit *x)
{
	return x->sum ? fabs(*x->sum - (logit_at(x, TRIAL_BLANK, 0) - logit_at(x, TRIAL_BLANK, 1))) : (double)NAN;
}

double sensitivity_n_of(const struct exhibit *x)
{
	double cell[CELLS * CELLS] = {0}, s[5] = {0}; /* sums of a, b, aa, bb, ab */
	unsigned char taken[CELLS * CELLS];

	for (int i = 0; i < x->h * x->w; i++)
		cell[cell_of(x, i)] += x->map[i] > 0 ? (double)x->map[i] : 0;
	for (int i = 0; i < SUBSETS; i++) {
		double a = 0, b = logit_at(x, TRIAL_SUBSETS, SUBSETS) - logit_at(x, TRIAL_SUBSETS, i);

		subset(x, i, taken);
		for (int k = 0; k < CELLS * CELLS; k++)
			a += taken[k] ? cell[k] : 0;
		s[0] += a / SUBSETS;
		s[1] += b / SUBSETS;
		s[2] += a * a / SUBSETS;
		s[3] += b * b / SUBSETS;
		s[4] += a * b / SUBSETS;
	}
	double spread = (s[2] - s[0] * s[0]) * (s[3] - s[1] * s[1]);
	return has_heat(x) && spread > 0 ? (s[4] - s[0] * s[1]) / sqrt(spread) : (double)NAN;
}
