/* A smooth calibration curve: logistic regression on a restricted cubic spline of the stated log odds (Harrell 2015;
 * Austin and Steyerberg 2019), with a band that counts patients, and how far it is from the diagonal. */
#include "stat/smooth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

/* Harrell's places of the knots, as quantiles: four, of few images three. */
static const double place[2][4] = {{.1, .5, .9}, {.05, .35, .65, .95}};
enum { FEW = 100, ROUNDS = 50 };
static const double certain = 1e-6;

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Knots that differ; fewer than three are none: a straight line. */
static void put_knots(struct smooth *f, const double *x, size_t n)
{
	double *sorted = xreallocarray(NULL, n + 1, sizeof *sorted);
	int four = n >= FEW;

	memcpy(sorted, x, n * sizeof *x);
	qsort(sorted, n, sizeof *sorted, ascending);
	for (int k = 0; k < 3 + four; k++) {
		double at = stat_quantile(sorted, n, place[four][k]);
		if (!f->knots || at > f->knot[f->knots - 1])
			f->knot[f->knots++] = at;
	}
	free(sorted);
	if (f->knots < 3)
		f->knots = 0;
	f->terms = f->knots ? f->knots : 2;
}

static double cube_above(double x)
{
	return x > 0 ? x * x * x : 0;
}

static void basis(const struct smooth *f, double x, double term[SMOOTH_TERMS])
{
	const double *t = f->knot;
	int last = f->knots - 1;

	term[0] = 1;
	term[1] = x;
	for (int j = 0; j < f->terms - 2; j++) {
		double wide = t[last] - t[last - 1], whole = t[last] - t[0];
		term[2 + j] = (cube_above(x - t[j]) - cube_above(x - t[last - 1]) * (t[last] - t[j]) / wide +
		               cube_above(x - t[last]) * (t[last - 1] - t[j]) / wide) / (whole * whole);
	}
}

static double line(const struct smooth *f, const double term[SMOOTH_TERMS])
{
	double sum = 0;

	for (int j = 0; j < f->terms; j++)
		sum += f->b[j] * term[j];
	return sum;
}

/* Log likelihood, its gradient and information. */
static double likelihood(const struct smooth *f, const double *x, const unsigned char *y, size_t n,
                         double g[SMOOTH_TERMS], double h[SMOOTH_TERMS * SMOOTH_TERMS])
{
	double term[SMOOTH_TERMS], sum = 0;
	int d = f->terms;

	memset(g, 0, d * sizeof *g);
	memset(h, 0, (size_t)d * d * sizeof *h);
	for (size_t i = 0; i < n; i++) {
		basis(f, x[i], term);
		double z = line(f, term), p = 1 / (1 + exp(-z)), off = (y[i] != 0) - p;
		sum -= log1p(exp(-fabs(z))) + (y[i] ? fmax(0, -z) : fmax(0, z));
		for (int j = 0; j < d; j++) {
			g[j] += off * term[j];
			for (int k = 0; k <= j; k++)
				h[j * d + k] += p * (1 - p) * term[j] * term[k];
		}
	}
	return sum;
}

/* Newton's method; a step that goes too far is halved. */
static bool climb(struct smooth *f, const double *x, const unsigned char *y, size_t n)
{
	double g[SMOOTH_TERMS], h[SMOOTH_TERMS * SMOOTH_TERMS], from[SMOOTH_TERMS];
	double now = likelihood(f, x, y, n, g, h);

	for (int round = 0; round < ROUNDS; round++) {
		double scale = 1, next, moved = 0, size = 1;
		memcpy(from, f->b, sizeof from);
		if (!stat_solve(h, g, f->terms))
			return false;
		double step[SMOOTH_TERMS];
		memcpy(step, g, f->terms * sizeof *step);
		do {
			for (int j = 0; j < f->terms; j++)
				f->b[j] = from[j] + scale * step[j];
			next = likelihood(f, x, y, n, g, h);
		} while (!(next >= now - 1e-12 * fabs(now)) && (scale /= 2) > 1e-9);
		now = next;
		for (int j = 0; j < f->terms; j++) {
			moved += fabs(f->b[j] - from[j]);
			size += fabs(f->b[j]);
		}
		if (moved < 1e-10 * size)
			return now < -certain * (double)n; /* else the classes are apart */
	}
	return false;
}

/* Inverse information around the summed squares of the patients' gradients. */
static bool sandwich(struct smooth *f, const double *x, const unsigned char *y, size_t n, struct clusters c)
{
	int d = f->terms;
	double g[SMOOTH_TERMS], h[SMOOTH_TERMS * SMOOTH_TERMS], solved[SMOOTH_TERMS * SMOOTH_TERMS];
	double inverse[SMOOTH_TERMS][SMOOTH_TERMS], term[SMOOTH_TERMS];
	double (*sum)[SMOOTH_TERMS] = xcalloc(c.n + 1, sizeof *sum);
	bool found = true;

	for (size_t i = 0; i < n; i++) {
		basis(f, x[i], term);
		double off = (y[i] != 0) - 1 / (1 + exp(-line(f, term)));
		for (int j = 0; j < d; j++)
			sum[c.of[i]][j] += off * term[j];
	}
	likelihood(f, x, y, n, g, h);
	for (int j = 0; j < d && found; j++) {
		memcpy(solved, h, sizeof h);
		for (int k = 0; k < d; k++)
			inverse[j][k] = k == j;
		found = stat_solve(solved, inverse[j], d);
	}
	memset(f->var, 0, sizeof f->var);
	for (size_t i = 0; i < c.n && found; i++) {
		double own[SMOOTH_TERMS] = {0};
		for (int j = 0; j < d; j++)
			for (int k = 0; k < d; k++)
				own[j] += inverse[j][k] * sum[i][k];
		for (int j = 0; j < d; j++)
			for (int k = 0; k < d; k++)
				f->var[j][k] += own[j] * own[k] * c.n / (c.n - 1.);
	}
	free(sum);
	return found;
}

bool stat_smooth(struct smooth *f, const double *x, const unsigned char *y, size_t n, struct clusters c)
{
	size_t positive = 0;

	*f = (struct smooth){.b = {0, 1}, .clusters = c.n};
	for (size_t i = 0; i < n; i++)
		positive += y[i] != 0;
	if (positive == 0 || positive == n || c.n < 2)
		return false;
	put_knots(f, x, n);
	return climb(f, x, y, n) && sandwich(f, x, y, n, c);
}

struct estimate stat_smooth_at(const struct smooth *f, double x, double level)
{
	double term[SMOOTH_TERMS], var = 0;

	basis(f, x, term);
	for (int j = 0; j < f->terms; j++)
		for (int k = 0; k < f->terms; k++)
			var += term[j] * f->var[j][k] * term[k];
	double z = line(f, term), half = stat_t_quantile(.5 + level / 2, f->clusters - 1.) * sqrt(var);
	return (struct estimate){1 / (1 + exp(-z)), 1 / (1 + exp(half - z)), 1 / (1 + exp(-half - z)), 0};
}

static void measure_gaps(const struct smooth *f, const double *x, size_t n, double *room, double value[3])
{
	double term[SMOOTH_TERMS];

	value[0] = 0;
	for (size_t i = 0; i < n; i++) {
		basis(f, x[i], term);
		room[i] = fabs(1 / (1 + exp(-line(f, term))) - 1 / (1 + exp(-x[i])));
		value[0] += room[i] / (double)n;
	}
	qsort(room, n, sizeof *room, ascending);
	value[1] = stat_quantile(room, n, .5);
	value[2] = stat_quantile(room, n, .9);
}

/* The lower triangle l of f->var = l l'. A direction without variance has none. */
static void factor(const struct smooth *f, double l[SMOOTH_TERMS][SMOOTH_TERMS])
{
	memset(l, 0, SMOOTH_TERMS * sizeof *l);
	for (int i = 0; i < f->terms; i++)
		for (int j = 0; j <= i; j++) {
			double sum = f->var[i][j];
			for (int k = 0; k < j; k++)
				sum -= l[i][k] * l[j][k];
			if (i == j)
				l[i][i] = sqrt(fmax(sum, 0));
			else
				l[i][j] = l[j][j] > 0 ? sum / l[j][j] : 0;
		}
}

static struct smooth drawn(const struct smooth *f, double l[SMOOTH_TERMS][SMOOTH_TERMS], uint64_t seed, int draw)
{
	struct rng r = rng_at(seed, RNG_EXPECTED, draw, 1);
	struct smooth other = *f;
	double z[SMOOTH_TERMS];

	for (int k = 0; k < f->terms; k++)
		z[k] = rng_normal(&r);
	for (int i = 0; i < f->terms; i++)
		for (int k = 0; k <= i; k++)
			other.b[i] += l[i][k] * z[k];
	return other;
}

/* Is the diagonal (0 + 1 x, no curve) in the joint confidence region of the coefficients (Wald, F)? */
static bool may_be_right(const struct smooth *f, double level)
{
	double var[SMOOTH_TERMS * SMOOTH_TERMS], off[SMOOTH_TERMS], solved[SMOOTH_TERMS], sum = 0;
	int d = f->terms;

	for (int j = 0; j < d; j++) {
		solved[j] = off[j] = f->b[j] - (j == 1);
		for (int k = 0; k < d; k++)
			var[j * d + k] = f->var[j][k];
	}
	if (!stat_solve(var, solved, d))
		return false;
	for (int j = 0; j < d; j++)
		sum += off[j] * solved[j];
	double freedom = (double)f->clusters - 1;
	return stat_beta_cdf(sum / (sum + freedom), d / 2., freedom / 2) <= level;
}

/* Enough draws for percentiles; the gap changes little between five hundred places. */
enum { DRAWS = 1000, PLACES = 500 };

void stat_smooth_gaps(const struct smooth *f, const double *x, size_t n, uint64_t seed, double level,
                      struct estimate gap[3])
{
	double *room = xreallocarray(NULL, 2 * n + 1, sizeof *room), *some = room + n;
	double value[3], l[SMOOTH_TERMS][SMOOTH_TERMS];
	double (*draws)[DRAWS] = xcalloc(3, sizeof *draws);
	size_t places = n < PLACES ? n : PLACES;

	measure_gaps(f, x, n, room, value);
	memcpy(room, x, n * sizeof *x);
	qsort(room, n, sizeof *room, ascending);
	for (size_t i = 0; i < places; i++)
		some[i] = room[(2 * i + 1) * n / (2 * places)];
	factor(f, l);
	for (int d = 0; d < DRAWS; d++) {
		struct smooth other = drawn(f, l, seed, d);
		double at[3];
		measure_gaps(&other, some, places, room, at);
		for (int k = 0; k < 3; k++)
			draws[k][d] = at[k];
	}
	/* No gap is below 0, so that those of draws lie too high: where the diagonal is not excluded, nor is a gap of 0. */
	bool none = may_be_right(f, level);
	for (int k = 0; k < 3; k++) {
		qsort(draws[k], DRAWS, sizeof draws[k][0], ascending);
		double lo = stat_quantile(draws[k], DRAWS, .5 - level / 2), hi = stat_quantile(draws[k], DRAWS, .5 + level / 2);
		gap[k] = (struct estimate){value[k], none ? 0 : fmin(lo, value[k]), fmax(hi, value[k]), (int64_t)n};
	}
	free(room);
	free(draws);
}
