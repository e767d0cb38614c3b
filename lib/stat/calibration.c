/* Stated and observed probability in bins. */
#include "stat/stat.h"

#include <math.h>

int stat_bin(double p)
{
	int b = (int)(p * STAT_BINS);

	/* rounding of the product must not move a p that lies on an edge */
	if (b >= STAT_BINS) b = STAT_BINS - 1;
	while (b > 0 && p <= b / (double)STAT_BINS)
		b--;
	while (b < STAT_BINS - 1 && p > (b + 1) / (double)STAT_BINS)
		b++;
	return b;
}

void stat_bins(const double *p, const unsigned char *hit, size_t n, double level, struct bin bin[STAT_BINS])
{
	double sum[STAT_BINS] = {0};
	int64_t hits[STAT_BINS] = {0}, count[STAT_BINS] = {0};

	for (size_t i = 0; i < n; i++) {
		int b = stat_bin(p[i]);
		sum[b] += p[i];
		hits[b] += hit[i] != 0;
		count[b]++;
	}
	for (int b = 0; b < STAT_BINS; b++)
		bin[b] = (struct bin){b / (double)STAT_BINS, (b + 1) / (double)STAT_BINS, count[b],
		                      count[b] ? sum[b] / (double)count[b] : NAN,
		                      stat_wilson(hits[b], count[b], level)};
}
