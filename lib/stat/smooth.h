#ifndef STAT_SMOOTH_H
#define STAT_SMOOTH_H

#include "stat/cluster.h"

enum { SMOOTH_TERMS = 4 };

/* Probability that x, stated log odds, comes true, as a smooth curve: logistic regression on a restricted cubic spline
 * with knots at the .05, .35, .65 and .95 quantiles of x (.1, .5, .9 below 100 items; a line where these are too few
 * different values). */
struct smooth {
	double knot[SMOOTH_TERMS], b[SMOOTH_TERMS], var[SMOOTH_TERMS][SMOOTH_TERMS];
	int knots, terms;
	size_t clusters;
};
/* False where there is no such curve: one class, or classes that x parts. */
bool stat_smooth(struct smooth *f, const double *x, const unsigned char *y, size_t n, struct clusters c);
/* The curve at x with a pointwise band, by the sandwich variance of patients. */
struct estimate stat_smooth_at(const struct smooth *f, double x, double level);
/* |curve - stated probability| over the items: mean (ICI), median (E50) and .9 quantile (E90), with intervals from
 * draws of the coefficients. */
void stat_smooth_gaps(const struct smooth *f, const double *x, size_t n, uint64_t seed, double level,
                      struct estimate gap[3]);

/* What the ECE over STAT_BINS bins would be if the n stated probabilities p were right: mean and quantiles for the
 * level over draws of the truth. Images of a patient are drawn alike, as labels of patients are. n of the estimate is
 * the number of draws. */
struct estimate stat_ece_expected(const double *p, size_t n, struct clusters c, uint64_t seed, double level);

#endif
