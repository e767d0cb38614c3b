/* The normal distribution and its quantiles. */
#include "stat/stat.h"

#include <math.h>

double stat_normal_cdf(double x)
{
	return .5 * erfc(-x * M_SQRT1_2);
}

/* Abramowitz and Stegun 26.2.23 (good to 4.5e-4) as the start, then Halley's method on the lower tail, where erfc
 * keeps its relative precision. */
static double lower_tail(double p)
{
	double t = sqrt(-2 * log(p));
	double x = (2.515517 + t * (.802853 + t * .010328)) / (1 + t * (1.432788 + t * (.189269 + t * .001308))) - t;

	for (int i = 0; i < 3; i++) {
		double off = (stat_normal_cdf(x) - p) * sqrt(2 * M_PI) * exp(.5 * x * x);
		x -= off / (1 + .5 * x * off);
	}
	return x;
}

double stat_normal_quantile(double p)
{
	if (!(p >= 0 && p <= 1))
		return NAN;
	if (p == 0 || p == 1)
		return p == 0 ? -INFINITY : INFINITY;
	return p <= .5 ? lower_tail(p) : -lower_tail(1 - p);
}

double stat_quantile(const double *ascending, size_t n, double q)
{
	if (n == 0)
		return NAN;

	double at = q * (double)(n - 1);
	size_t i = (size_t)at;

	if (i + 1 >= n)
		return ascending[n - 1];
	return ascending[i] + (at - (double)i) * (ascending[i + 1] - ascending[i]);
}
