#ifndef TRAIN_BATCH_H
#define TRAIN_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "train/dataset.h"
#include "train/loss.h"

/* Some images of a set, one after another in a plan's input. */
struct batch {
	const struct dataset *set;
	const size_t *index;           /* [n] into the set; NULL: first, first + 1, ... */
	size_t first;
	int n;
	const struct augment *augment; /* NULL: as they are */
	double background;             /* with this probability what is outside the lungs is another image's */
	uint64_t seed, epoch;          /* of the augmentation */
	const float *value;            /* of all images behind a frozen trunk, `size` each, in their place; or NULL */
	size_t size;
};
/* The labels [n], and with which others they are mixed (mix NULL: no matter). */
void batch_labels(const struct batch *b, int *label, struct mix *mix);
/* Fills out [n,h,w,c] (or [n,size]), an image per block of the pool. */
void batch_load(const struct batch *b, float *out, struct pool *pool);
/* The share of each of the cells [h,w] of each image that is outside the lungs, to out [n,h,w]; all 0 where its mask is
 * not known. Of mixed images, what is outside both. */
void batch_outside(const struct batch *b, int h, int w, float *out, struct pool *pool);

/* Their masks [n,h,w] of 0..1; -1 where one is not known. */
void batch_masks(const struct batch *b, float *out, struct pool *pool);

#endif
