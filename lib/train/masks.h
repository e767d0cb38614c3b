#ifndef TRAIN_MASKS_H
#define TRAIN_MASKS_H

#include "train/dataset.h"

/* Lung masks of a training set's images, of the recipe's size, from a stream or one by one. A mask is that of the image
 * with the same name: the name without its extension, and where several images have it, the folders in front decide,
 * from the last one on. */
struct train_masks {
	struct dataset *d;
	size_t *order;    /* images by name */
	int *depth;       /* [n] folders and name that image and mask have in common; 0: no mask yet */
	size_t known;     /* images that have one */
	size_t flat;      /* masks of one value, which say nothing: theirs is not known */
	size_t unread;    /* masks that could not be read */
	size_t idle;      /* masks of images that are not in the set */
};
void masks_start(struct train_masks *m, struct dataset *d);
/* One mask, [h*w] bytes in any two values of which the brighter is the lungs, gray between them at edges. -1: what is
 * no mask, or that of several images, or a second one of an image. */
int masks_add(struct train_masks *m, const char *name, const unsigned char *pixels, struct err *e);
/* A stream of cxr-infer with masks, or of cxr-prep with masks as 8-bit images, of the recipe's size and fit. */
int masks_read(struct train_masks *m, struct source *src, struct err *e);
/* Ends it: -1 when no image has a mask. *first: an image without one, or NULL. */
int masks_end(struct train_masks *m, const char **first, struct err *e);

/* The mask of image i as draw moves it (NULL: as it is), 0..1, to out [h*w]; scratch as large. false: not known. */
bool mask_get(const struct dataset *d, size_t i, const struct augment_draw *draw, float *scratch, float *out);
/* The share of each of h x w cells that is outside. */
void mask_outside(const float *mask, int height, int width, int h, int w, float *out);

#endif
