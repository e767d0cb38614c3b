/* The temperature of a softmax by maximum likelihood (Guo et al. 2017). */
#include "stat/stat.h"

#include <math.h>

/* The negative log likelihood under the factor b, its slope and its curvature: it is convex in b. */
static double loss(const double *z, const int *y, size_t n, int k, double b, double *slope, double *curvature)
{
	double sum = 0;

	*slope = *curvature = 0;
	for (size_t i = 0; i < n; i++, z += k) {
		double top = -INFINITY, mean = 0, square = 0, own = z[y[i]];
		for (int c = 0; c < k; c++)
			top = fmax(top, b * z[c]);
		double all = exp(b * own - top);
		for (int c = 0; c < k; c++) { /* differences to the true class keep the digits */
			if (c == y[i])
				continue;
			double e = exp(b * z[c] - top), d = z[c] - own;
			all += e;
			mean += e * d;
			square += e * d * d;
		}
		mean /= all;
		sum += top + log(all) - b * own;
		*slope += mean;
		*curvature += square / all - mean * mean;
	}
	return sum;
}

/* Does the true class lie at the same end for every item? */
static bool separated(const double *z, const int *y, size_t n, int k)
{
	bool top = true, bottom = true;

	for (size_t i = 0; i < n; i++, z += k)
		for (int c = 0; c < k; c++) {
			top &= z[c] <= z[y[i]];
			bottom &= z[c] >= z[y[i]];
		}
	return top || bottom;
}

struct estimate stat_softmax_slope(const double *z, const int *y, size_t n, int k, double level)
{
	struct estimate e = {NAN, NAN, NAN, (int64_t)n};
	double b = 1, slope, curvature, next, step;

	if (separated(z, y, n, k))
		return e;
	double now = loss(z, y, n, k, b, &slope, &curvature);
	for (int round = 0; round < 100 && curvature > 0; round++) {
		step = -slope / curvature;
		while ((next = loss(z, y, n, k, b + step, &slope, &curvature)) > now + 1e-12 * fabs(now) &&
		       fabs(step) > 1e-12) /* a step that goes too far is halved */
			step /= 2;
		b += step;
		now = next;
		if (fabs(step) < 1e-11 * (1 + fabs(b))) {
			double half = stat_normal_quantile(.5 + level / 2) / sqrt(curvature);
			return (struct estimate){b, b - half, b + half, (int64_t)n};
		}
	}
	return e;
}
