/* The incomplete beta function, by its continued fraction (Lentz's method), and its inverse. */
#include "stat/stat.h"

#include <math.h>

static double fraction(double x, double a, double b)
{
	const double tiny = 1e-300, close = 1e-15;
	double c = 1, d = 1 - (a + b) * x / (a + 1);

	d = 1 / (fabs(d) < tiny ? tiny : d);
	double sum = d;
	for (int m = 1; m < 10000; m++) {
		double two = 2. * m, even = m * (b - m) * x / ((a + two - 1) * (a + two));
		double odd = -(a + m) * (a + b + m) * x / ((a + two) * (a + two + 1)), step = 1;
		for (int k = 0; k < 2; k++) {
			double term = k ? odd : even;
			d = 1 + term * d;
			c = 1 + term / c;
			d = 1 / (fabs(d) < tiny ? tiny : d);
			c = fabs(c) < tiny ? tiny : c;
			step = c * d;
			sum *= step;
		}
		if (fabs(step - 1) < close)
			break;
	}
	return sum;
}

double stat_beta_cdf(double x, double a, double b)
{
	if (x <= 0 || x >= 1)
		return x >= 1;
	double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	return x < (a + 1) / (a + b + 2) ? front * fraction(x, a, b) / a : 1 - front * fraction(1 - x, b, a) / b;
}

double stat_beta_quantile(double p, double a, double b)
{
	double lo = 0, hi = 1;

	for (int round = 0; round < 100 && hi - lo > 1e-14; round++) {
		double middle = (lo + hi) / 2;
		*(stat_beta_cdf(middle, a, b) < p ? &lo : &hi) = middle;
	}
	return (lo + hi) / 2;
}
