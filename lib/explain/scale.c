/* A map rectified, enlarged to the image and scaled. */
#include "explain/scale.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"

static const char *const names[] = {
#define X(name) #name,
	NORMALISERS(X)
#undef X
};

const char *normaliser_name(enum normaliser n)
{
	return names[n];
}

int normaliser_parse(const char *name, enum normaliser *n, struct err *e)
{
	int k = choice_find("normaliser", name, names, NORMALISE_COUNT, e);

	if (k >= 0)
		*n = (enum normaliser)k;
	return k < 0 ? -1 : 0;
}

/* The two neighbours of output place o and the weight of the second. */
struct tap {
	int lo, hi;
	double t;
};

static struct tap *taps(int in, int out)
{
	struct tap *tap = xmalloc((size_t)out * sizeof *tap);
	double step = (double)in / out;

	for (int o = 0; o < out; o++) {
		double at = fmax((o + 0.5) * step - 0.5, 0);
		int lo = (int)at;

		tap[o] = (struct tap){lo, lo + (lo < in - 1), at - lo};
	}
	return tap;
}

/* In double, so that no difference of two floats overflows. */
static double between(double a, double b, double t)
{
	return a + t * (b - a);
}

void map_resize(const float *in, int h, int w, float *out, int oh, int ow)
{
	struct tap *ty = taps(h, oh), *tx = taps(w, ow);

	for (int y = 0; y < oh; y++) {
		const float *top = in + (size_t)ty[y].lo * (size_t)w, *low = in + (size_t)ty[y].hi * (size_t)w;
		float *row = out + (size_t)y * (size_t)ow;

		for (int x = 0; x < ow; x++) {
			struct tap p = tx[x];
			double a = between(top[p.lo], top[p.hi], p.t), b = between(low[p.lo], low[p.hi], p.t);

			row[x] = (float)between(a, b, ty[y].t);
		}
	}
	free(ty);
	free(tx);
}

static void extent(const float *v, int n, float *lo, float *hi)
{
	*lo = *hi = v[0];
	for (int i = 1; i < n; i++) {
		*lo = v[i] < *lo ? v[i] : *lo;
		*hi = v[i] > *hi ? v[i] : *hi;
	}
}

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

float map_quantile(const float *v, int n, double q)
{
	double at = q * (n - 1), lo, hi;
	float least, most, *sorted;
	int i = (int)at;

	if (q >= 1) {
		extent(v, n, &least, &most);
		return most;
	}
	sorted = xmalloc((size_t)n * sizeof *sorted);
	memcpy(sorted, v, (size_t)n * sizeof *sorted);
	qsort(sorted, (size_t)n, sizeof *sorted, by_value);
	lo = sorted[i];
	hi = sorted[i < n - 1 ? i + 1 : i];
	free(sorted);
	return (float)between(lo, hi, at - i);
}

enum { CUTS = 256 };

float map_otsu(const float *map, int n)
{
	double count[CUTS] = {0}, sum = 0, below = 0, below_sum = 0, best = -1;
	float most = 0;
	int cut = 0;

	for (int i = 0; i < n; i++)
		most = map[i] > most ? map[i] : most;
	if (!(most > 0))
		return 0;
	for (int i = 0; i < n; i++) {
		int step = map[i] > 0 ? (int)(map[i] / most * (CUTS - 1) + .5f) : 0;

		count[step]++;
		sum += step;
	}
	for (int k = 0; k < CUTS - 1; k++) {
		double apart, between;

		below += count[k];
		below_sum += k * count[k];
		if (below == 0 || below == n)
			continue;
		apart = below_sum / below - (sum - below_sum) / (n - below);
		between = below * (n - below) * apart * apart;
		if (between > best) {
			best = between;
			cut = k;
		}
	}
	return ((float)cut + .5f) / (CUTS - 1) * most;
}

bool map_is_finite(const float *v, int n)
{
	for (int i = 0; i < n; i++)
		if (!isfinite(v[i]))
			return false;
	return true;
}

/* Differences of a few units in the last place are rounding, not signal: a mean over equal places may have them. */
static bool is_flat(const float *v, int n)
{
	float lo, hi;

	extent(v, n, &lo, &hi);
	return hi - lo <= 8 * FLT_EPSILON * fmaxf(fabsf(lo), fabsf(hi));
}

/* v = (v - lo) / (hi - lo), cut at 1. hi == lo only for a p99 of a map with under 1 % of signal: all of it is 1. */
static void stretch(float *v, int n, double lo, double hi)
{
	for (int i = 0; i < n; i++) {
		double x = v[i] - lo;

		v[i] = x >= hi - lo ? (x > 0) : (float)(x / (hi - lo));
	}
}

void map_saturate(float *v, int n)
{
	float lo, hi;
	double q, q4;

	extent(v, n, &lo, &hi);
	if (!(hi > 0))
		return;
	q = fmax((double)map_quantile(v, n, 5 / 6.) / (double)hi, 1 / 8.);
	q4 = q * q * q * q;
	for (int i = 0; i < n; i++) {
		double x = (double)v[i] / (double)hi, x4 = x * x * x * x;

		v[i] = (float)(x4 * (1 + q4) / (x4 + q4));
	}
}

static void scale(enum normaliser how, float *v, int n)
{
	float lo, hi;

	extent(v, n, &lo, &hi);
	if (how == NORMALISE_minmax)
		stretch(v, n, lo, hi);
	else if (how == NORMALISE_max)
		stretch(v, n, 0, hi);
	else if (how == NORMALISE_p99)
		stretch(v, n, 0, map_quantile(v, n, 0.99));
	else if (how == NORMALISE_plateau)
		map_saturate(v, n);
}

bool map_finish(enum normaliser how, const float *raw, int h, int w, float *out, int oh, int ow)
{
	float *small = xmalloc((size_t)h * (size_t)w * sizeof *small);
	bool rectify = how != NORMALISE_minmax && how != NORMALISE_none, flat;

	for (int i = 0; i < h * w; i++)
		small[i] = rectify && raw[i] < 0 ? 0 : raw[i];
	flat = is_flat(small, h * w);
	map_resize(small, h, w, out, oh, ow);
	free(small);
	if (how == NORMALISE_none)
		return !flat;
	if (flat)
		memset(out, 0, (size_t)oh * (size_t)ow * sizeof *out);
	else
		scale(how, out, oh * ow);
	return !flat;
}
