/* Logistic regression on one variable, by Newton's method; the variance of independent items or of clusters. */
#include "stat/cluster.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

/* With the classes on two sides of some x (without intercept: of 0) the likelihood has no maximum. */
static bool separated(const double *x, const unsigned char *y, size_t n, enum logistic_fit fit)
{
	double lo[2] = {INFINITY, INFINITY}, hi[2] = {-INFINITY, -INFINITY};

	for (size_t i = 0; i < n; i++) {
		lo[y[i] != 0] = fmin(lo[y[i] != 0], x[i]);
		hi[y[i] != 0] = fmax(hi[y[i] != 0], x[i]);
	}
	if (fit == FIT_SLOPE)
		return (hi[0] <= 0 && lo[1] >= 0) || (hi[1] <= 0 && lo[0] >= 0);
	return hi[0] <= lo[1] || hi[1] <= lo[0];
}

/* What the probability of a negative and of a positive should be. */
static const double truth[2] = {0, 1};

/* Gradient g and information h of the log likelihood for (intercept, slope); returns the likelihood. */
static double likelihood(const double *x, const unsigned char *y, size_t n, const double target[2], const double *b,
                         double g[2], double h[3])
{
	double sum = 0;

	g[0] = g[1] = h[0] = h[1] = h[2] = 0;
	for (size_t i = 0; i < n; i++) {
		double z = b[0] + b[1] * x[i], p = 1 / (1 + exp(-z)), w = p * (1 - p), t = target[y[i] != 0], r = t - p;
		sum -= log1p(exp(-fabs(z))) + (z > 0 ? (1 - t) * z : -t * z);
		g[0] += r;
		g[1] += r * x[i];
		h[0] += w;
		h[1] += w * x[i];
		h[2] += w * x[i] * x[i];
	}
	return sum;
}

/* Newton's step of the free coefficients; false where the information is singular. */
static bool newton(enum logistic_fit fit, const double g[2], const double h[3], double step[2], double var[2])
{
	double det = h[0] * h[2] - h[1] * h[1];

	step[0] = step[1] = var[0] = var[1] = 0;
	if (fit == FIT_INTERCEPT) {
		var[0] = 1 / h[0];
		step[0] = g[0] * var[0];
		return h[0] > 0;
	}
	if (fit == FIT_SLOPE) {
		var[1] = 1 / h[2];
		step[1] = g[1] * var[1];
		return h[2] > 0;
	}
	var[0] = h[2] / det;
	var[1] = h[0] / det;
	step[0] = (h[2] * g[0] - h[1] * g[1]) / det;
	step[1] = (h[0] * g[1] - h[1] * g[0]) / det;
	return det > 1e-12 * h[0] * h[2];
}

/* From b to the coefficients of largest likelihood, their information h and its inverse's diagonal. False: none
 * found. */
static bool climb(const double *x, const unsigned char *y, size_t n, const double target[2], enum logistic_fit fit,
                  double b[2], double h[3], double var[2])
{
	double g[2], step[2], now = likelihood(x, y, n, target, b, g, h);
	bool found = false;

	for (int round = 0; round < 100 && newton(fit, g, h, step, var) && !found; round++) {
		double scale = 1, next, to[2];
		do { /* a step that goes too far is halved */
			to[0] = b[0] + scale * step[0];
			to[1] = b[1] + scale * step[1];
			next = likelihood(x, y, n, target, to, g, h);
		} while (!(next >= now - 1e-12 * fabs(now)) && (scale /= 2) > 1e-9);
		found = fabs(to[0] - b[0]) + fabs(to[1] - b[1]) < 1e-11 * (1 + fabs(to[0]) + fabs(to[1]));
		b[0] = to[0];
		b[1] = to[1];
		now = next;
	}
	return found;
}

/* Where to start: where x is large, as log odds of probabilities of 0 and 1 are, a slope of 1 is far from all that
 * curves. */
static double first_slope(const double *x, size_t n, enum logistic_fit fit)
{
	double largest = 0;

	for (size_t i = 0; i < n; i++)
		largest = fmax(largest, fabs(x[i]));
	return fit == FIT_INTERCEPT || largest < 20 ? 1 : 1 / largest;
}

static size_t positives(const unsigned char *y, size_t n)
{
	size_t positive = 0;

	for (size_t i = 0; i < n; i++)
		positive += y[i] != 0;
	return positive;
}

/* False: the likelihood has no maximum. */
static bool fit_coefficients(const double *x, const unsigned char *y, size_t n, enum logistic_fit fit, double b[2],
                             double h[3], double var[2])
{
	size_t positive = positives(y, n);

	b[0] = 0;
	b[1] = first_slope(x, n, fit);
	return positive && positive < n && (fit == FIT_INTERCEPT || !separated(x, y, n, fit)) &&
	       climb(x, y, n, truth, fit, b, h, var);
}

static void estimates(const double b[2], const double var[2], double quantile, size_t n, struct estimate *intercept,
                      struct estimate *slope)
{
	double wide[2] = {quantile * sqrt(var[0]), quantile * sqrt(var[1])};

	*intercept = (struct estimate){b[0], b[0] - wide[0], b[0] + wide[0], (int64_t)n};
	*slope = (struct estimate){b[1], b[1] - wide[1], b[1] + wide[1], (int64_t)n};
}

void stat_logistic(const double *x, const unsigned char *y, size_t n, enum logistic_fit fit, double level,
                   struct estimate *intercept, struct estimate *slope)
{
	double b[2], h[3], var[2];

	*intercept = *slope = (struct estimate){NAN, NAN, NAN, (int64_t)n};
	if (fit_coefficients(x, y, n, fit, b, h, var))
		estimates(b, var, stat_normal_quantile(.5 + level / 2), n, intercept, slope);
}

bool stat_platt(const double *x, const unsigned char *y, size_t n, enum logistic_fit fit, double *intercept,
                double *slope)
{
	double positive = (double)positives(y, n), negative = (double)n - positive, h[3], var[2];
	double target[2] = {1 / (negative + 2), (positive + 1) / (positive + 2)}, b[2] = {0, first_slope(x, n, fit)};
	bool found = positive > 0 && negative > 0 && climb(x, y, n, target, fit, b, h, var);

	*intercept = found ? b[0] : NAN;
	*slope = found ? b[1] : NAN;
	return found;
}

/* The information's inverse on both sides of the summed squares of the patients' gradients. */
static void sandwich(enum logistic_fit fit, const double h[3], const double meat[3], double var[2])
{
	double det = h[0] * h[2] - h[1] * h[1];
	double inverse[3] = {h[2] / det, -h[1] / det, h[0] / det};

	if (fit == FIT_INTERCEPT)
		inverse[0] = 1 / h[0], inverse[1] = inverse[2] = 0;
	if (fit == FIT_SLOPE)
		inverse[2] = 1 / h[2], inverse[0] = inverse[1] = 0;
	for (int k = 0; k < 2; k++) {
		double p = inverse[k], q = inverse[k + 1];
		var[k] = p * p * meat[0] + 2 * p * q * meat[1] + q * q * meat[2];
	}
}

void stat_logistic_clustered(const double *x, const unsigned char *y, size_t n, enum logistic_fit fit,
                             struct clusters c, double level, struct estimate *intercept, struct estimate *slope)
{
	double b[2], h[3], var[2], meat[3] = {0, 0, 0};

	*intercept = *slope = (struct estimate){NAN, NAN, NAN, (int64_t)n};
	if (c.n < 2 || !fit_coefficients(x, y, n, fit, b, h, var))
		return;
	double (*g)[2] = xcalloc(c.n, sizeof *g);
	for (size_t i = 0; i < n; i++) {
		double r = (y[i] != 0) - 1 / (1 + exp(-b[0] - b[1] * x[i]));
		g[c.of[i]][0] += r;
		g[c.of[i]][1] += r * x[i];
	}
	for (size_t k = 0; k < c.n; k++) {
		meat[0] += g[k][0] * g[k][0];
		meat[1] += g[k][0] * g[k][1];
		meat[2] += g[k][1] * g[k][1];
	}
	free(g);
	for (int k = 0; k < 3; k++)
		meat[k] *= c.n / (c.n - 1.);
	sandwich(fit, h, meat, var);
	estimates(b, var, stat_t_quantile(.5 + level / 2, c.n - 1.), n, intercept, slope);
}
