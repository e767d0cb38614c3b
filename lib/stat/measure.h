#ifndef STAT_MEASURE_H
#define STAT_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stat/scores.h"
#include "stat/stat.h"

/* Every measure by name, in the order of the output. Those of a CLASS exist for one class against the rest: with two
 * classes for the positive one, with more for each and as their plain (macro) mean. The interval is Wilson's for a
 * share of items, DeLong's for the area under the ROC curve, that of stat/gaps.h for sums over bins, else from the
 * bootstrap. */
#define MEASURES(X) \
	X(accuracy, WHOLE, WILSON) X(precision, CLASS, WILSON) X(recall, CLASS, WILSON) \
	X(specificity, CLASS, WILSON) X(npv, CLASS, WILSON) X(f1, CLASS, BOOTSTRAP) \
	X(balanced_accuracy, WHOLE, BOOTSTRAP) X(auc, CLASS, DELONG) X(average_precision, CLASS, BOOTSTRAP) \
	X(mcc, WHOLE, BOOTSTRAP) X(kappa, WHOLE, BOOTSTRAP) X(brier, WHOLE, BOOTSTRAP) X(log_loss, WHOLE, BOOTSTRAP) \
	X(ece, WHOLE, GAPS) X(reliability, WHOLE, GAPS) X(resolution, WHOLE, GAPS) \
	X(uncertainty, WHOLE, BOOTSTRAP) X(partial_auc, CLASS, BOOTSTRAP) \
	X(recall_at_specificity_95, CLASS, BOOTSTRAP) X(aurc, WHOLE, BOOTSTRAP)
enum measure {
#define X(name, scope, interval) M_##name,
	MEASURES(X)
#undef X
	NMEASURE
};

/* Items in falling order of a rank: of one class against the rest, or of how sure their calls are. */
struct class_view {
	int class;
	struct ranked_item {
		uint32_t item;
		bool positive, last; /* last of its tie group */
	} *rank;
};

/* The specificities that partial_auc is about, from this one to 1, and the one of recall_at_specificity_95. */
static const double partial_from = .9, specificity_of_recall = .95;

/* Items prepared so that all measures follow from weights in one pass without sorting: a bootstrap resample is a
 * weight per item. */
struct sample {
	size_t n;
	int nclass, nview; /* two classes: one view, of the positive class; else a view of every class */
	struct class_view *view, sure; /* of `sure` positive is: called rightly */
	struct sampled_item {
		uint32_t cell;                 /* of the confusion matrix */
		uint8_t bin;
		bool hit;                      /* what `stated` predicts came true */
		double stated, square, log_loss; /* see cxr-metrics(1): ece, brier, log_loss */
	} *item;
	uint32_t *ones; /* the weights of the sample itself */
};
int sample_make(struct sample *m, const struct scores *s, int positive, struct err *e);
void sample_free(struct sample *m);

/* How sure a call is: of two classes the distance of p from the threshold, of more the largest probability. */
double scores_sure(const struct scores *s, size_t i);

/* All measures under the given weights. value holds (1 + nclass) * NMEASURE numbers: the whole (or macro, or the
 * positive class of two), then with more than two classes each class. confusion holds nclass * nclass counts,
 * [label][pred]. NaN where a denominator is zero (mcc: 0, as scikit-learn has it) and for what is not of a class. */
void sample_measure(const struct sample *m, const uint32_t *weight, int64_t *confusion, double *value);
size_t sample_values(const struct sample *m); /* how many numbers of value are set */

/* Percentile intervals by resampling patients (items without one are their own): lo[v], hi[v] for each of
 * sample_values. The same bits for any number of threads; patients are drawn in the order of their names. NaN where
 * fewer than half of the resamples have a value. */
struct bootstrap {
	int resamples, threads;
	uint64_t seed;
	double level;
};
void sample_bootstrap(const struct sample *m, const struct scores *s, const struct bootstrap *b, double *lo,
                      double *hi);

/* The same for any nvalue numbers that follow from weights of the items; measure runs in several threads at once. */
typedef void statistic(const void *ctx, const uint32_t *weight, double *value);
void scores_bootstrap(const struct scores *s, const struct bootstrap *b, statistic *measure, const void *ctx,
                      size_t nvalue, double *lo, double *hi);

/* Which patient each item belongs to, 0 .. count-1 in the order of their names. Fresh memory. */
uint32_t *scores_patients(const struct scores *s, size_t *count);
/* How many patients have a marked item [n]; an item whose patient is not known stands for one. */
size_t scores_patients_of(const struct scores *s, const bool *marked);

#endif
