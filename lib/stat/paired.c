/* Two scores of the same items: the difference of their areas, and the items that one of them alone names rightly. */
#include "stat/stat.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

struct placed {
	double score;
	size_t item;
};

static int by_score(const void *a, const void *b)
{
	double x = ((const struct placed *)a)->score, y = ((const struct placed *)b)->score;
	return (x > y) - (x < y);
}

double *stat_auc_components(const double *score, const unsigned char *y, size_t n)
{
	struct placed *s = xreallocarray(NULL, n + 1, sizeof *s);
	double *v = xreallocarray(NULL, n + 1, sizeof *v), below[2] = {0, 0}, npos = 0;

	for (size_t i = 0; i < n; i++)
		npos += y[i] != 0;
	double nneg = (double)n - npos;

	for (size_t i = 0; i < n; i++)
		s[i] = (struct placed){score[i], i};
	qsort(s, n, sizeof *s, by_score);
	for (size_t i = 0, end; i < n; i = end) {
		double here[2] = {0, 0};
		for (end = i; end < n && s[end].score == s[i].score; end++)
			here[y[s[end].item] != 0]++;
		for (size_t k = i; k < end; k++)
			v[s[k].item] = y[s[k].item] ? (below[0] + here[0] / 2) / nneg
			                            : (npos - below[1] - here[1] / 2) / npos;
		below[0] += here[0];
		below[1] += here[1];
	}
	free(s);
	return v;
}

struct estimate stat_auc_difference(const double *a, const double *b, const unsigned char *y, size_t n, double level,
                                    double *p)
{
	struct estimate e = {NAN, NAN, NAN, (int64_t)n};
	double count[2] = {0, 0}, sum[2] = {0, 0}, square[2] = {0, 0};

	*p = NAN;
	for (size_t i = 0; i < n; i++)
		count[y[i] != 0]++;
	if (count[0] < 2 || count[1] < 2)
		return e;
	double *va = stat_auc_components(a, y, n), *vb = stat_auc_components(b, y, n);
	for (size_t i = 0; i < n; i++)
		sum[y[i] != 0] += va[i] - vb[i];
	e.value = sum[1] / count[1];
	for (size_t i = 0; i < n; i++) {
		double off = va[i] - vb[i] - e.value;
		square[y[i] != 0] += off * off;
	}
	double se = sqrt(square[1] / (count[1] - 1) / count[1] + square[0] / (count[0] - 1) / count[0]);
	double half = se * stat_normal_quantile(.5 + level / 2);
	e.lo = e.value - half;
	e.hi = e.value + half;
	*p = se > 0 ? 2 * stat_normal_cdf(-fabs(e.value) / se) : e.value == 0 ? 1 : NAN;
	free(va);
	free(vb);
	return e;
}

double stat_mcnemar(int64_t only_a, int64_t only_b)
{
	int64_t n = only_a + only_b, least = only_a < only_b ? only_a : only_b;
	double sum = 0;

	for (int64_t k = 0; k <= least; k++)
		sum += exp(lgamma(n + 1.) - lgamma(k + 1.) - lgamma(n - k + 1.) - n * M_LN2);
	return fmin(1, 2 * sum);
}
