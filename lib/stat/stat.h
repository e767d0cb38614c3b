#ifndef STAT_STAT_H
#define STAT_STAT_H

#include <stddef.h>
#include <stdint.h>

/* An estimate with its two-sided confidence interval. NaN where it is not defined. n is what it rests on. */
struct estimate {
	double value, lo, hi;
	int64_t n;
};

/* Area under the ROC curve with DeLong's interval (DeLong 1988; midranks of Sun and Xu 2014). score: higher means
 * more positive; positive[i] is 0 or 1. Ties count half. level .95. The interval is cut to [0,1]. NaN with one class only. */
struct estimate stat_auc(const double *score, const unsigned char *positive, size_t n, double level);

/* Wilson interval of k successes in n trials. */
struct estimate stat_wilson(int64_t k, int64_t n, double level);

/* Inverse of the standard normal distribution function. */
double stat_normal_quantile(double p);

#endif
