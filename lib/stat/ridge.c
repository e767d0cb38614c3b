/* Ridge regression on few columns, by Cholesky. */
#include "stat/stat.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

/* By Cholesky. */
bool stat_solve(double *a, double *b, size_t d)
{
	for (size_t i = 0; i < d; i++)
		for (size_t j = 0; j <= i; j++) {
			double sum = a[i * d + j];
			for (size_t k = 0; k < j; k++)
				sum -= a[i * d + k] * a[j * d + k];
			if (i == j && !(sum > 0))
				return false;
			a[i * d + j] = i == j ? sqrt(sum) : sum / a[j * d + j];
		}
	for (size_t i = 0; i < d; i++) {
		for (size_t k = 0; k < i; k++)
			b[i] -= a[i * d + k] * b[k];
		b[i] /= a[i * d + i];
	}
	for (size_t i = d; i-- > 0;) {
		for (size_t k = i + 1; k < d; k++)
			b[i] -= a[k * d + i] * b[k];
		b[i] /= a[i * d + i];
	}
	return true;
}

bool stat_ridge(const double *x, const unsigned char *y, const unsigned char *use, size_t n, size_t d, double lambda,
                double *w)
{
	double *mean = xcalloc(d + 1, sizeof *mean), *a = xcalloc(d * d, sizeof *a), count = 0;

	for (size_t i = 0; i < n; i++)
		if (use[i]) {
			for (size_t k = 0; k < d; k++)
				mean[k] += x[i * d + k];
			mean[d] += y[i];
			count++;
		}
	for (size_t k = 0; k <= d; k++) {
		mean[k] /= count;
		w[k] = 0;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; use[i] && k < d; k++) {
			double off = x[i * d + k] - mean[k];
			w[k] += off * (y[i] - mean[d]);
			for (size_t j = 0; j <= k; j++)
				a[k * d + j] += off * (x[i * d + j] - mean[j]);
		}
	for (size_t k = 0; k < d; k++)
		a[k * d + k] += lambda;
	bool solved = count > 0 && stat_solve(a, w, d);
	w[d] = mean[d];
	for (size_t k = 0; k < d; k++)
		w[d] -= w[k] * mean[k];
	free(mean);
	free(a);
	return solved;
}
