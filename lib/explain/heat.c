/* What can be said of a map without the network. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "explain/scale.h"
#include "explain/witness.h"

static double heat(const struct exhibit *x, int i)
{
	return x->map[i] > 0 ? (double)x->map[i] : 0;
}

static double total(const struct exhibit *x)
{
	double sum = 0;

	for (int i = 0; i < x->h * x->w; i++)
		sum += heat(x, i);
	return sum;
}

/* Share of the heat where mask is not 0 (inside) or 0. */
static double share(const struct exhibit *x, const unsigned char *mask, bool inside)
{
	double all = total(x), sum = 0;

	for (int i = 0; mask && i < x->h * x->w; i++)
		sum += !mask[i] != inside ? heat(x, i) : 0;
	return mask && all > 0 ? sum / all : (double)NAN;
}

static float hottest(const struct exhibit *x)
{
	float most = 0;

	for (int i = 0; i < x->h * x->w; i++)
		most = fmaxf(most, x->map[i]);
	return most;
}

/* Is there a truth that heat can hit or miss? A map without any misses it. */
static bool any_inside(const struct exhibit *x)
{
	size_t n = (size_t)x->h * (size_t)x->w;

	return x->truth && memchr(x->truth, 0, n) && memchr(x->truth, 1, n);
}

double hit_of(const struct exhibit *x)
{
	float most = hottest(x);
	double in = 0, all = 0;

	if (!any_inside(x))
		return (double)NAN;
	for (int i = 0; i < x->h * x->w; i++) {
		all += x->map[i] == most;
		in += x->map[i] == most && x->truth[i];
	}
	return most > 0 ? in / all : 0;
}

/* Overlap of the truth and the places of at least `limit`, by their union. */
static double overlap(const struct exhibit *x, float limit)
{
	double both = 0, either = 0;

	if (!any_inside(x))
		return (double)NAN;
	for (int i = 0; i < x->h * x->w; i++) {
		bool hot = limit > 0 && x->map[i] >= limit;

		both += hot && x->truth[i];
		either += hot || x->truth[i];
	}
	return both / either;
}

double iou_of(const struct exhibit *x)
{
	return overlap(x, hottest(x) / 2);
}

double iou_otsu_of(const struct exhibit *x)
{
	return overlap(x, map_otsu(x->map, x->h * x->w));
}

/* Places without heat are never hot. */
static double overlap_of_top(const struct exhibit *x, double share)
{
	float limit = map_quantile(x->map, x->h * x->w, 1 - share);

	return overlap(x, fmaxf(limit, FLT_MIN));
}

#define X(percent) \
	double iou_top##percent##_of(const struct exhibit *x) \
	{ \
		return overlap_of_top(x, percent / 100.); \
	}
EVIDENCE_TOPS(X)
#undef X

double inside_of(const struct exhibit *x)
{
	double inside = share(x, x->truth, true);

	return !any_inside(x) ? (double)NAN : isnan(inside) ? 0 : inside;
}

double outside_lungs_of(const struct exhibit *x)
{
	return share(x, x->lungs, false);
}

double border_of(const struct exhibit *x)
{
	double all = total(x), sum = 0;

	for (int i = 0; i < x->h * x->w; i++) {
		double y = (i / x->w + .5) / x->h, at = (i % x->w + .5) / x->w;

		sum += y < .1 || y > .9 || at < .1 || at > .9 ? heat(x, i) : 0;
	}
	return all > 0 ? sum / all : (double)NAN;
}

bool in_corner(const struct exhibit *x, int at)
{
	double y = (at / x->w + .5) / x->h, col = (at % x->w + .5) / x->w;

	return (y < .2 || y > .8) && (col < .2 || col > .8);
}

double corners_of(const struct exhibit *x)
{
	double all = total(x), sum = 0;

	for (int i = 0; i < x->h * x->w; i++)
		sum += in_corner(x, i) ? heat(x, i) : 0;
	return all > 0 ? sum / all : (double)NAN;
}

/* ---- ranks */

static int by_float(const void *a, const void *b)
{
	float x = **(const float *const *)a, y = **(const float *const *)b;

	return (x > y) - (x < y);
}

/* Rank of every value from 1, ties their mean. Fresh [n]. */
static double *ranks(const float *v, int n)
{
	const float **order = xmalloc((size_t)n * sizeof *order);
	double *rank = xmalloc((size_t)n * sizeof *rank);

	for (int i = 0; i < n; i++)
		order[i] = v + i;
	qsort(order, (size_t)n, sizeof *order, by_float);
	for (int i = 0, k; i < n; i = k) {
		for (k = i; k < n && *order[k] == *order[i]; k++)
			;
		for (int j = i; j < k; j++)
			rank[order[j] - v] = (i + 1 + k) / 2.;
	}
	free(order);
	return rank;
}

double pixel_auc_of(const struct exhibit *x)
{
	int n = x->h * x->w;
	double sum = 0, in = 0, *rank;
	float *v;

	if (!any_inside(x))
		return (double)NAN;
	v = xmalloc((size_t)n * sizeof *v);
	for (int i = 0; i < n; i++)
		v[i] = (float)heat(x, i);
	rank = ranks(v, n);
	free(v);
	for (int i = 0; i < n; i++)
		if (x->truth[i]) {
			sum += rank[i];
			in++;
		}
	free(rank);
	return (sum - in * (in + 1) / 2) / (in * (n - in));
}

static int hotter(const void *a, const void *b, void *map)
{
	float x = ((const float *)map)[*(const int *)a], y = ((const float *)map)[*(const int *)b];

	return (x < y) - (x > y);
}

/* Average precision as scikit-learn's: precision after each group of equal heat, by the recall it adds. */
double auprc_of(const struct exhibit *x)
{
	int n = x->h * x->w, *order;
	double all = 0, in = 0, sum = 0;
	float *v;

	if (!any_inside(x))
		return (double)NAN;
	order = xmalloc((size_t)n * sizeof *order);
	v = xmalloc((size_t)n * sizeof *v);
	for (int i = 0; i < n; i++) {
		order[i] = i;
		v[i] = (float)heat(x, i);
		all += x->truth[i];
	}
	qsort_r(order, (size_t)n, sizeof *order, hotter, v);
	for (int i = 0, k; i < n; i = k) {
		double before = in;

		for (k = i; k < n && v[order[k]] == v[order[i]]; k++)
			in += x->truth[order[k]];
		sum += (in - before) / all * in / k;
	}
	free(order);
	free(v);
	return sum;
}

double spearman_of(const struct exhibit *x)
{
	int n = x->h * x->w;
	double mean = (n + 1) / 2., aa = 0, bb = 0, ab = 0, *a, *b;

	if (!x->first)
		return (double)NAN;
	a = ranks(x->map, n);
	b = ranks(x->first, n);
	for (int i = 0; i < n; i++) {
		aa += (a[i] - mean) * (a[i] - mean);
		bb += (b[i] - mean) * (b[i] - mean);
		ab += (a[i] - mean) * (b[i] - mean);
	}
	free(a);
	free(b);
	return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : (double)NAN;
}

/* Means, variances and covariance over one window, values taken to span 0..1. */
static double window_ssim(const struct exhibit *x, int y, int left, int side)
{
	double n = side * side, a = 0, b = 0, aa = 0, bb = 0, ab = 0, c1 = 1e-4, c2 = 9e-4;

	for (int i = y; i < y + side; i++)
		for (int k = left; k < left + side; k++) {
			double p = (double)x->map[i * x->w + k], q = (double)x->first[i * x->w + k];

			a += p / n;
			b += q / n;
			aa += p * p / n;
			bb += q * q / n;
			ab += p * q / n;
		}
	return (2 * a * b + c1) * (2 * (ab - a * b) + c2) /
	       ((a * a + b * b + c1) * (aa - a * a + bb - b * b + c2));
}

double ssim_of(const struct exhibit *x)
{
	int side = x->h < 8 || x->w < 8 ? 1 : 8, step = side > 1 ? side / 2 : 1;
	double sum = 0, n = 0;

	for (int y = 0; x->first && y + side <= x->h; y += step)
		for (int left = 0; left + side <= x->w; left += step, n++)
			sum += window_ssim(x, y, left, side);
	return n > 0 ? sum / n : (double)NAN;
}

double max_sensitivity_of(const struct exhibit *x)
{
	return x->shaken;
}

/* ---- how spread out */

static int ascending(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

double gini_of(const struct exhibit *x)
{
	int n = x->h * x->w;
	float *v = xmalloc((size_t)n * sizeof *v);
	double all = total(x), sum = 0;

	for (int i = 0; i < n; i++)
		v[i] = (float)heat(x, i);
	qsort(v, (size_t)n, sizeof *v, ascending);
	for (int i = 0; i < n; i++)
		sum += (i + 1.) * (double)v[i];
	free(v);
	return all > 0 ? 2 * sum / (n * all) - (n + 1.) / n : (double)NAN;
}

double entropy_of(const struct exhibit *x)
{
	int n = x->h * x->w;
	double all = total(x), sum = 0;

	for (int i = 0; i < n; i++) {
		double p = heat(x, i) / all;

		sum -= p > 0 ? p * log(p) : 0;
	}
	return all > 0 && n > 1 ? sum / log(n) : (double)NAN;
}
