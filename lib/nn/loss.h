#ifndef NN_LOSS_H
#define NN_LOSS_H

#include <stdint.h>

#include "base/err.h"

/* What a network is trained to make small. With weights w[class], as torch means them:
 *   bce  one logit, two classes, the last one positive:  sum of w[y] bce(z, y) / number of pictures
 *   ce   one logit per class:                            sum of w[y] ce(z, y) / sum of w[y] */
enum loss_kind { LOSS_BCE, LOSS_CE };
struct loss {
	enum loss_kind kind;
	int classes;          /* >= 2; exactly 2 for bce */
	const double *weight; /* one for each class; NULL: all 1 */
};
int loss_parse(const char *name, enum loss_kind *kind, struct err *e); /* bce, ce */
const char *loss_name(enum loss_kind kind);
int loss_logits(const struct loss *l);

/* What batches add up to: value / weight is the mean loss over all of them. */
struct loss_sum {
	double value, weight;
	int64_t n, hits; /* pictures, and those named rightly (p >= .5; the largest logit, ties: the first) */
};
double loss_mean(const struct loss_sum *s); /* NaN when nothing was added */

/* Adds n pictures, z [n, logits], label [n], to *sum. The gradient of this batch's mean goes to dz [n, logits] unless
 * dz is NULL. Returns the batch's mean. All sums are in double, in order. */
double loss_batch(const struct loss *l, const float *z, const int *label, int n, float *dz, struct loss_sum *sum);

/* How much logits z look like class k against the others, for ranking: z or -z for one logit, else z_k - log sum exp of
 * the rest. In double: a float32 probability saturates. */
double loss_rank(const float *z, int logits, int k);

#endif
