#ifndef TRAIN_LOSS_H
#define TRAIN_LOSS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What a network is trained to make small. With weights w[class], as torch means them:
 *   bce  one logit, two classes, the last one positive:  sum of w[y] bce(z, y) / number of images
 *   ce   one logit per class:                            sum of w[y] ce(z, y) / sum of w[y]
 * (torch's pos_weight is the weights 1,X.) More generally the loss of an image is the sum over classes k of
 * t[k] w[k] (1 - p[k])^gamma (-log p[k]): gamma > 0 is the focal loss (Lin et al. 2017); the targets t are
 * (1 - smoothing) times the label's, plus smoothing / classes (Szegedy et al. 2016, as torch's label_smoothing).
 * Of a network whose output is a map, against a mask: bce is the mean over pixels, dice one minus the soft Dice
 * (loss_map). */
enum loss_kind { LOSS_BCE, LOSS_CE, LOSS_DICE };
struct loss {
	enum loss_kind kind;
	int classes;          /* >= 2; exactly 2 for bce */
	const double *weight; /* one for each class; NULL: all 1 */
	double gamma, smoothing;
};
int loss_parse(const char *name, enum loss_kind *kind, struct err *e); /* bce, ce, dice */
const char *loss_name(enum loss_kind kind);
int loss_logits(const struct loss *l);

/* What batches add up to: value / weight is the mean loss over all of them. */
struct loss_sum {
	double value, weight;
	int64_t n;   /* images */
	double hits; /* those named rightly (p >= .5; the largest logit, ties: the first); of maps, the sum of their Dice */
};
double loss_mean(const struct loss_sum *s); /* NaN when nothing was added */

/* Adds n images, z [n, logits], label [n], to *sum. The gradient of this batch's mean goes to dz [n, logits] unless
 * dz is NULL. Returns the batch's mean. All sums are in double, in order. */
double loss_batch(const struct loss *l, const float *z, const int *label, int n, float *dz, struct loss_sum *sum);

/* An image of two (mixup): share of its own label, the rest of the other's. */
struct mix {
	int other;
	float share;
};
/* The same for a part of a batch, with mixed labels (mix [n]; NULL: none): the mean divides by total, the sum of
 * loss_total over the batch's parts. */
double loss_total(const struct loss *l, const int *label, const struct mix *mix, int n);
double loss_part(const struct loss *l, const float *z, const int *label, const struct mix *mix, int n, double total,
                 float *dz, struct loss_sum *sum);

/* Adds one image's map of logits z to *sum, against mask [n] of 0..1, and returns its loss over total; the gradient
 * goes to dz unless dz is NULL. With p = sigmoid(z) and t the mask:
 *   bce   mean of bce(z, t)
 *   dice  1 - (2 sum of p t + 1) / (sum of p + sum of t + 1)   (Milletari et al. 2016)
 * A mask that is not known, mask[0] < 0, adds nothing. The Dice that is counted is that of p >= .5 and t >= .5, 1 where
 * both are empty. */
double loss_map(enum loss_kind kind, const float *z, const float *mask, size_t n, double total, float *dz,
                struct loss_sum *sum);

/* How much logits z look like class k against the others, for ranking: z or -z for one logit, else z_k - log sum exp of
 * the rest. In double: a float32 probability saturates. */
double loss_rank(const float *z, int logits, int k);

#endif
