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
	uint64_t seed, epoch;          /* of the augmentation */
	const float *value;            /* of all images behind a frozen trunk, `size` each, in their place; or NULL */
	size_t size;
};
/* The labels [n], and with which others they are mixed (mix NULL: no matter). */
void batch_labels(const struct batch *b, int *label, struct mix *mix);
/* Fills out [n,h,w,c] (or [n,size]), an image per block of the pool. */
void batch_load(const struct batch *b, float *out, struct pool *pool);

#endif
