/* The calibration error that chance alone would bring. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "stat/smooth.h"

/* Of many images fewer draws say as much. */
enum { MOST_DRAWS = 1000, LEAST_DRAWS = 40, WORK = 4000000 };

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* One draw: the truth of an image is whether its patient's number is below p. */
static double draw_ece(const double *p, const unsigned char *bin, size_t n, struct clusters c, double *number,
                       struct rng *r)
{
	double gap[STAT_BINS] = {0}, sum = 0;

	for (size_t k = 0; k < c.n; k++)
		number[k] = rng_uniform(r);
	for (size_t i = 0; i < n; i++)
		gap[bin[i]] += p[i] - (number[c.of[i]] < p[i]);
	for (int b = 0; b < STAT_BINS; b++)
		sum += fabs(gap[b]);
	return sum / (double)n;
}

struct estimate stat_ece_expected(const double *p, size_t n, struct clusters c, uint64_t seed, double level)
{
	if (n == 0)
		return (struct estimate){NAN, NAN, NAN, 0};
	int draws = (int)fmin(MOST_DRAWS, fmax(LEAST_DRAWS, WORK / (double)n));
	double *ece = xreallocarray(NULL, draws, sizeof *ece), *number = xreallocarray(NULL, c.n + 1, sizeof *number);
	unsigned char *bin = xmalloc(n);
	struct estimate e = {.n = draws};

	for (size_t i = 0; i < n; i++)
		bin[i] = (unsigned char)stat_bin(p[i]);
	for (int d = 0; d < draws; d++) {
		struct rng r = rng_at(seed, RNG_EXPECTED, d, 0);
		ece[d] = draw_ece(p, bin, n, c, number, &r);
		e.value += ece[d] / draws;
	}
	qsort(ece, draws, sizeof *ece, ascending);
	e.lo = stat_quantile(ece, draws, .5 - level / 2);
	e.hi = stat_quantile(ece, draws, .5 + level / 2);
	free(ece);
	free(number);
	free(bin);
	return e;
}
