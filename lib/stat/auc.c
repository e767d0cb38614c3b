/* The area under the ROC curve and its variance (DeLong et al. 1988), of one set of scores and of two. */
#include "stat/stat.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

struct scored {
	double score;
	bool positive;
};

static int by_score(const void *a, const void *b)
{
	double x = ((const struct scored *)a)->score, y = ((const struct scored *)b)->score;
	return (x > y) - (x < y);
}

/* Items of equal score from *i on: how many are positive, how many negative; *i moves behind them. */
static void tie_group(const struct scored *s, size_t n, size_t *i, double *pos, double *neg)
{
	double score = s[*i].score;

	*pos = *neg = 0;
	for (; *i < n && s[*i].score == score; ++*i)
		*(s[*i].positive ? pos : neg) += 1;
}

/* DeLong's structural components are equal for all items of a tie group: a positive beats the negatives below it and
 * half of those beside it (V10), a negative is beaten by the positives above it and half of those beside it (V01).
 * That is what midranks compute, without ranking three times. */
static double area(const struct scored *s, size_t n, double npos, double nneg)
{
	double below = 0, sum = 0, pos, neg;

	for (size_t i = 0; i < n; below += neg) {
		tie_group(s, n, &i, &pos, &neg);
		sum += pos * (below + neg / 2);
	}
	return sum / npos / nneg;
}

static double delong_variance(const struct scored *s, size_t n, double npos, double nneg, double auc)
{
	double pos, neg, pos_below = 0, neg_below = 0, s10 = 0, s01 = 0;

	for (size_t i = 0; i < n; pos_below += pos, neg_below += neg) {
		tie_group(s, n, &i, &pos, &neg);
		double v10 = (neg_below + neg / 2) / nneg - auc;
		double v01 = (npos - pos_below - pos / 2) / npos - auc;
		s10 += pos * v10 * v10;
		s01 += neg * v01 * v01;
	}
	return s10 / (npos - 1) / npos + s01 / (nneg - 1) / nneg;
}

struct estimate stat_auc(const double *score, const unsigned char *positive, size_t n, double level)
{
	struct estimate auc = {NAN, NAN, NAN, (int64_t)n};
	struct scored *s = xmalloc(n ? n * sizeof *s : 1);
	double npos = 0, nan = 0;

	for (size_t i = 0; i < n; i++) {
		s[i] = (struct scored){score[i], positive[i] != 0};
		npos += positive[i] != 0;
		nan += isnan(score[i]);
	}
	double nneg = (double)n - npos;
	if (npos > 0 && nneg > 0 && nan == 0) {
		qsort(s, n, sizeof *s, by_score);
		auc.value = area(s, n, npos, nneg);
		if (npos > 1 && nneg > 1) {
			double half = stat_normal_quantile(.5 + level / 2) *
			              sqrt(delong_variance(s, n, npos, nneg, auc.value));
			auc.lo = fmax(0, auc.value - half);
			auc.hi = fmin(1, auc.value + half);
		}
	}
	free(s);
	return auc;
}
