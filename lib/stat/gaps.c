/* Intervals of what is summed over bins of probability: ECE and Murphy's reliability and resolution. Noise in a bin
 * looks like a gap, so that these lie too high, and resamples, which add noise once more, higher still. A gap is held
 * possible where what would be seen of it, chance included, is not too far from what was (inversion of tests: Carpenter
 * 1999; the noise's part: Broecker 2012). */
#include "stat/gaps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Bins that hold images: the weight of each, its centre (what would be seen without a gap), the rate that was seen, and
 * how much patients that they share make them vary together. */
struct bins {
	enum measure what;
	int n;
	double weight[STAT_BINS], centre[STAT_BINS], rate[STAT_BINS];
	double shared[STAT_BINS][STAT_BINS]; /* sum over patients of images in b times images in c, over n squared */
};

/* What the sum over bins is expected to be, and its variance, where the rates are these. */
struct moments {
	double truth, mean, var;
};

static double square(double x)
{
	return x * x;
}

/* count[k * STAT_BINS + b]: the images of patient k in bin b. */
static void share(struct bins *g, const uint32_t *count, size_t patients, const int of[STAT_BINS], double total)
{
	for (size_t k = 0; k < patients; k++)
		for (int b = 0; b < g->n; b++) {
			double mine = count[k * STAT_BINS + of[b]];
			for (int c = 0; mine > 0 && c < g->n; c++)
				g->shared[b][c] += mine * count[k * STAT_BINS + of[c]] / (total * total);
		}
}

static double make_bins(struct bins *g, const struct sampled_item *item, const unsigned char *in, size_t n,
                        struct clusters c)
{
	double stated[STAT_BINS] = {0}, hits[STAT_BINS] = {0}, images[STAT_BINS] = {0}, total = 0, right = 0;
	uint32_t *count = xcalloc(c.n + 1, STAT_BINS * sizeof *count);
	int of[STAT_BINS];

	for (size_t i = 0; i < n; i++) {
		if (in && !in[i])
			continue;
		int b = item[i].bin;
		stated[b] += item[i].stated;
		hits[b] += item[i].hit;
		images[b]++;
		count[c.of[i] * (size_t)STAT_BINS + b]++;
		right += item[i].hit;
		total++;
	}
	for (int b = 0; b < STAT_BINS; b++) {
		if (!(images[b] > 0))
			continue;
		of[g->n] = b;
		g->weight[g->n] = images[b] / total;
		g->centre[g->n] = g->what == M_resolution ? right / total : stated[b] / images[b];
		g->rate[g->n++] = hits[b] / images[b];
	}
	share(g, count, c.n, of, total);
	free(count);
	return total;
}

/* Covariance of the rates seen in bins b and c. Of a patient's images the one with the higher rate is a hit whenever
 * the other is, for they have one truth. */
static double covariance(const struct bins *g, const double *rate, int b, int c)
{
	return g->shared[b][c] / (g->weight[b] * g->weight[c]) * (fmin(rate[b], rate[c]) - rate[b] * rate[c]);
}

/* The mean rate of all is itself from these images: gaps from it vary by that much less. */
static void centre_covariance(const struct bins *g, double v[STAT_BINS][STAT_BINS])
{
	double row[STAT_BINS] = {0}, all = 0;

	for (int b = 0; b < g->n; b++)
		for (int c = 0; c < g->n; c++) {
			row[b] += g->weight[c] * v[b][c];
			all += g->weight[b] * g->weight[c] * v[b][c];
		}
	for (int b = 0; b < g->n; b++)
		for (int c = 0; c < g->n; c++)
			v[b][c] += all - row[b] - row[c];
}

/* A normal gap d +- sd, folded (Leone, Nelson and Nottingham 1961) or squared: its mean and variance, and the first two
 * coefficients of its expansion in Hermite polynomials, which give covariances. */
struct folded {
	double mean, var, first, second;
};

static struct folded fold(enum measure what, double d, double sd)
{
	if (what != M_ece)
		return (struct folded){d * d + sd * sd, 4 * square(d * sd) + 2 * square(sd * sd), 2 * d * sd, 2 * sd * sd};
	if (!(sd > 0))
		return (struct folded){fabs(d), 0, 0, 0};
	double at = d / sd, density = exp(-at * at / 2) / sqrt(2 * M_PI), sign = 2 * stat_normal_cdf(at) - 1;
	double mean = d * sign + 2 * sd * density;
	return (struct folded){mean, d * d + sd * sd - mean * mean, sd * sign, 2 * sd * density};
}

/* Noise of the rates, and of how many images fall into each bin. */
static struct moments moments_of(const struct bins *g, const double *rate)
{
	struct moments m = {0};
	struct folded f[STAT_BINS];
	double v[STAT_BINS][STAT_BINS], size[STAT_BINS];

	for (int b = 0; b < g->n; b++)
		for (int c = 0; c < g->n; c++)
			v[b][c] = covariance(g, rate, b, c);
	if (g->what == M_resolution)
		centre_covariance(g, v);
	for (int b = 0; b < g->n; b++) {
		double d = rate[b] - g->centre[b];
		f[b] = fold(g->what, d, sqrt(fmax(v[b][b], 0)));
		size[b] = g->what == M_ece ? fabs(d) : d * d;
		m.mean += g->weight[b] * f[b].mean;
		m.truth += g->weight[b] * size[b];
	}
	for (int b = 0; b < g->n; b++)
		for (int c = 0; c < g->n; c++) {
			double sds = sqrt(fmax(v[b][b], 0) * fmax(v[c][c], 0)), r = sds > 0 ? v[b][c] / sds : 0;
			double both = r * f[b].first * f[c].first + r * r / 2 * f[b].second * f[c].second;
			m.var += g->weight[b] * g->weight[c] * (b == c ? f[b].var : both);
			m.var += g->shared[b][c] * (size[b] - m.truth) * (size[c] - m.truth);
		}
	return m;
}

/* Rates with gaps of `times` those of a direction, which are none beyond 0 and 1. */
static struct moments along(const struct bins *g, const double *direction, double times)
{
	double rate[STAT_BINS];

	for (int b = 0; b < g->n; b++)
		rate[b] = fmin(fmax(g->centre[b] + times * direction[b], 0), 1);
	return moments_of(g, rate);
}

/* Where gaps are of this direction: the truth that would show `seen` at z standard deviations from what it is expected
 * to show. Gaps grow until then, or until they can grow no more. */
static double invert(const struct bins *g, const double *direction, double seen, double z)
{
	enum { HALVINGS = 60 };
	double low = 0, high = 1e4;

	for (int i = 0; i < HALVINGS; i++) {
		double middle = i < 20 && low == 0 ? high / 4 : (low + high) / 2;
		struct moments m = along(g, direction, middle);
		*(m.mean + z * sqrt(fmax(m.var, 0)) < seen ? &low : &high) = middle;
	}
	return along(g, direction, low).truth;
}

/* How chance is shared out over the bins is not known. Most of what is seen is chance where gaps are in few bins: those
 * that stand out alone, for the lower end. Least is where all bins have some: their noise and more, for the upper one,
 * with two hits and two misses added to each (Agresti and Coull), since none seen is not none; what does not stand out
 * may be to either side, and has most room towards the middle. */
static void directions(const struct bins *g, double z, double *few, double *all)
{
	for (int b = 0; b < g->n; b++) {
		double gap = g->rate[b] - g->centre[b], free = square(g->weight[b]) / g->shared[b][b];
		double may = (g->rate[b] * free + 2) / (free + 4), noise = may * (1 - may) / free;
		bool stands_out = square(gap) > z * z * noise;
		few[b] = stands_out ? copysign(sqrt(square(gap) - noise), gap) : 0;
		all[b] = copysign(sqrt(square(gap) + noise), stands_out ? gap : .5 - g->centre[b]);
	}
}

bool stat_is_gaps(enum measure what)
{
	return what == M_ece || what == M_reliability || what == M_resolution;
}

struct estimate stat_gaps(enum measure what, const struct sampled_item *item, const unsigned char *in, size_t n,
                          struct clusters c, double level)
{
	struct bins g = {.what = what};
	double few[STAT_BINS], all[STAT_BINS], z = stat_normal_quantile(.5 + level / 2);
	struct estimate e = {NAN, NAN, NAN, (int64_t)make_bins(&g, item, in, n, c)};

	if (e.n == 0)
		return e;
	e.value = moments_of(&g, g.rate).truth;
	directions(&g, z, few, all);
	e.lo = fmin(invert(&g, few, e.value, z), e.value);
	e.hi = fmax(invert(&g, all, e.value, -z), e.value);
	return e;
}
