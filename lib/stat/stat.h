#ifndef STAT_STAT_H
#define STAT_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* An estimate with its two-sided confidence interval. NaN where it is not defined. n is what it rests on. */
struct estimate {
	double value, lo, hi;
	int64_t n;
};

/* Area under the ROC curve with DeLong's interval (DeLong 1988; midranks of Sun and Xu 2014). score: higher means
 * more positive; positive[i] is 0 or 1. Ties count half. level .95. The interval is cut to [0,1]. NaN with one class
 * only and when a score is NaN; the interval alone is NaN when a class has a single member. */
struct estimate stat_auc(const double *score, const unsigned char *positive, size_t n, double level);

/* DeLong's structural component of every item: the share of the other class that it is on the right side of, ties half.
 * Fresh memory. Both classes must be there. */
double *stat_auc_components(const double *score, const unsigned char *positive, size_t n);

/* Wilson interval of k successes in n trials (Wilson 1927). */
struct estimate stat_wilson(int64_t k, int64_t n, double level);
/* The same for a share p of an effective number n > 0, which need be no whole number. */
struct estimate stat_wilson_share(double p, double n, double level);

/* Of positive calls, the share that is right where `prevalence` of the images are positive (Bayes), from the
 * sensitivity (right) and the specificity (other); of negative ones with the two exchanged and 1 - prevalence. The
 * interval follows from theirs. NaN where nothing is called so. */
struct estimate stat_predictive(struct estimate right, struct estimate other, double prevalence);

/* Regularised incomplete beta function, a and b > 0, and its inverse. */
double stat_beta_cdf(double x, double a, double b);
double stat_beta_quantile(double p, double a, double b);

/* Standard normal distribution function and its inverse. */
double stat_normal_cdf(double x);
double stat_normal_quantile(double p);

/* The q quantile (0..1) of n ascending values, linear between order statistics (type 7 of Hyndman and Fan 1996). NaN
 * for n = 0. */
double stat_quantile(const double *ascending, size_t n, double q);

/* One operating point: what is counted when every item with a score >= score is called positive. */
struct point {
	double score, p;           /* of the lowest item called positive; +inf for the first point */
	double tpr, fpr, precision; /* precision of the first point is 1, as in scikit-learn */
};
/* The points of the ROC and the precision-recall curve, one for each distinct score in falling order after the point
 * where nothing is called positive. p[i] is the probability that goes with score[i] (NULL: the score itself). Fresh
 * memory; the number of points in *count. Rates of an absent class are NaN. Scores must not be NaN. */
struct point *stat_curve(const double *score, const double *p, const unsigned char *positive, size_t n, size_t *count);

/* How a threshold is chosen. Always on other items than those it is then measured on. */
struct threshold_rule {
	enum threshold_kind {
		BY_YOUDEN, BY_SENSITIVITY, BY_SPECIFICITY, BY_PPV, BY_COST, BY_EQUAL, BY_WORST, BY_MIDDLE
	} kind;
	double at; /* the rate to be reached, or what a false negative costs in false positives */
};
/* "youden", "equal", "worst", "sensitivity=X", "specificity=X", "ppv=X", "middle=X" (0..1), "cost=X" (> 0). */
int stat_rule_parse(struct threshold_rule *rule, const char *text, struct err *e);
/* What it is chosen on: probabilities of n items, and which part each belongs to, as the shift it was scored under
 * (NULL: all to one). */
struct choice {
	const double *p;
	const unsigned char *positive;
	const uint32_t *part;
	size_t n;
};
/* The threshold, one of the p: positive is called where p >= it. youden: largest tpr - fpr; equal: the largest smaller
 * one of tpr and 1 - fpr; worst: the largest tpr - fpr of the part where that is least; sensitivity: the highest that
 * reaches the rate; specificity, ppv: the lowest that does; cost: least X * FN + FP. Among equals the highest. middle,
 * which is none of the p: half way, in log odds, between the values that a share X of the positives lies above and a
 * share X of the negatives below. -1 when no threshold reaches the rate or a class is absent. */
int stat_choose(const struct threshold_rule *rule, const struct choice *c, double *threshold, struct err *e);

/* Logistic regression of y (0 or 1) on x by maximum likelihood, with Wald's intervals: both coefficients, the intercept
 * alone with slope 1 (calibration in the large), or the slope alone without intercept (1 / temperature). NaN with one
 * class, with classes that x separates, and without spread of x. */
enum logistic_fit { FIT_BOTH, FIT_INTERCEPT, FIT_SLOPE };
void stat_logistic(const double *x, const unsigned char *y, size_t n, enum logistic_fit fit, double level,
                   struct estimate *intercept, struct estimate *slope);

/* The same with Platt's targets (1999), (n1 + 1) / (n1 + 2) for the n1 positives and 1 / (n0 + 2) for the n0 negatives
 * in place of 1 and 0: there is a maximum where x separates the classes, too. False, and NaN, with one class or without
 * spread of x. */
bool stat_platt(const double *x, const unsigned char *y, size_t n, enum logistic_fit fit, double *intercept,
                double *slope);

/* The factor of n x k raw outputs z whose softmax makes the true classes y likeliest (1 / temperature, Guo 2017), with
 * Wald's interval. NaN where no finite factor is best: every true class has the largest z, or the smallest. */
struct estimate stat_softmax_slope(const double *z, const int *y, size_t n, int k, double level);

/* Solves a x = b, x in b's place, for a positive definite (d x d, lower half, overwritten); false when it is not. */
bool stat_solve(double *a, double *b, size_t d);

/* Ridge regression of y (0 or 1) on the d columns of x (n x d), over the rows in use, intercept free of penalty: w
 * minimises the sum of squared errors + lambda times the sum of squared w[0 .. d-1]; w[d] is the intercept. False when
 * there is no solution. */
bool stat_ridge(const double *x, const unsigned char *y, const unsigned char *use, size_t n, size_t d, double lambda,
                double *w);

/* AUC of a minus AUC of b, two scores of the same items, with DeLong's paired interval and p, the two-sided p value.
 * NaN when a class has fewer than two members. */
struct estimate stat_auc_difference(const double *a, const double *b, const unsigned char *y, size_t n, double level,
                                    double *p);

/* McNemar's exact two-sided p value from the items that only one of two models names correctly. */
double stat_mcnemar(int64_t only_a, int64_t only_b);

/* Reliability diagram with equal-width bins (lo, hi], the first one closed at 0. p[i] in [0,1] is the stated
 * probability, hit[i] whether it came true. */
#define STAT_BINS 15
struct bin {
	double lo, hi;
	int64_t n;
	double stated;            /* mean p, NaN when empty */
	struct estimate observed; /* share of hits, Wilson */
};
int stat_bin(double p); /* index of the bin that holds p */
void stat_bins(const double *p, const unsigned char *hit, size_t n, double level, struct bin bin[STAT_BINS]);

#endif
