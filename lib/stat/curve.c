/* Points of the ROC and the precision-recall curve. */
#include "stat/stat.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

struct ranked {
	double score, p;
	unsigned char positive;
};

static int falling(const void *a, const void *b)
{
	double x = ((const struct ranked *)a)->score, y = ((const struct ranked *)b)->score;
	return (x < y) - (x > y);
}

struct point *stat_curve(const double *score, const double *p, const unsigned char *positive, size_t n, size_t *count)
{
	struct ranked *r = xmalloc((n + 1) * sizeof *r);
	struct point *point = xmalloc((n + 1) * sizeof *point);
	double npos = 0, tp = 0, fp = 0;

	for (size_t i = 0; i < n; i++) {
		r[i] = (struct ranked){score[i], p ? p[i] : score[i], positive[i] != 0};
		npos += positive[i] != 0;
	}
	qsort(r, n, sizeof *r, falling);

	double nneg = (double)n - npos;
	point[0] = (struct point){INFINITY, INFINITY, npos > 0 ? 0 : NAN, nneg > 0 ? 0 : NAN, 1};
	*count = 1;
	for (size_t i = 0; i < n; i++) {
		*(r[i].positive ? &tp : &fp) += 1;
		if (i + 1 < n && r[i + 1].score == r[i].score)
			continue;
		point[(*count)++] = (struct point){r[i].score, r[i].p, tp / npos, fp / nneg, tp / (tp + fp)};
	}
	free(r);
	return point;
}
