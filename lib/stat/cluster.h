#ifndef STAT_CLUSTER_H
#define STAT_CLUSTER_H

#include "stat/stat.h"

/* Intervals and tests for images of which several may be of one patient: images of a patient are alike, and counting
 * them as if they were not makes intervals too narrow. With one image a patient these are the usual ones, but for the
 * scale of the AUC's interval and for Student's quantiles in place of the normal's. */
struct clusters {
	const uint32_t *of; /* the patient of each item, 0 .. n-1 */
	size_t n;
};

/* Quantile of Student's distribution (Cornish-Fisher, Abramowitz and Stegun 26.7.5): within .01 from 5 degrees on. */
double stat_t_quantile(double p, double degrees);

/* Area under the ROC curve with the interval of Obuchowski (1997) on the logit scale; degrees of freedom from the
 * patients of the rarer class. An area of 0 or 1 has no variance: its interval is what the exact binomial has for as
 * many patients as the rarer class has. NaN with one class only; the interval alone is NaN below two patients of a
 * class. */
struct estimate stat_auc_clustered(const double *score, const unsigned char *positive, size_t n, struct clusters c,
                                   double level);
/* AUC of a less AUC of b (Obuchowski 1997), with the two-sided p value. */
struct estimate stat_auc_difference_clustered(const double *a, const double *b, const unsigned char *positive, size_t n,
                                              struct clusters c, double level, double *p);

/* The share of hits among the items that count, Wilson's interval for an effective number: n over the design effect
 * (Rao and Scott 1992), less for few patients (Korn and Graubard 1998). At 0 and 1, where the design effect is not
 * known, patients are what counts. */
struct estimate stat_share_clustered(const unsigned char *hit, const unsigned char *counts, size_t n, struct clusters c,
                                     double level);

/* McNemar's test by Durkalski (2003): d is 1 where only the first of two models is right, -1 where only the second is,
 * else 0. Two-sided p value; 1 where no two differ. */
double stat_mcnemar_clustered(const signed char *d, size_t n, struct clusters c);

/* stat_logistic with the sandwich variance of clusters (Liang and Zeger 1986). */
void stat_logistic_clustered(const double *x, const unsigned char *y, size_t n, enum logistic_fit fit,
                             struct clusters c, double level, struct estimate *intercept, struct estimate *slope);

#endif
