#ifndef IMAGE_MASK_H
#define IMAGE_MASK_H

#include <stdbool.h>

#include "base/boxlist.h"
#include "base/file.h"
#include "image/image.h"

/* What is known of images: masks in a folder, or boxes in a table, found by the image's name: the id, or its end from a
 * slash on. */
struct masks {
	const char *path; /* for messages, and the folder; NULL: nothing is known; borrowed */
	double threshold; /* gray masks: object from this share of white on; 0: not stated, they are an error */
	/* private */
	struct boxlist boxes;
};
/* Reads a table of boxes (base/boxlist.h). Without it the path is a folder. 0 or -1. */
int masks_read(struct masks *m, struct source *table, struct err *e);
void masks_close(struct masks *m);

enum mask_kind {
	MASK_NONE,  /* nothing is known of the image */
	MASK_EMPTY, /* a file of one value, 0: nothing is marked in it */
	MASK_FOUND,
};
/* What is known of an item's image, at the recipe's size and as the recipe places it: 1 inside, else 0, fresh memory in
 * *mask (NULL for MASK_NONE). Of a file with two values the higher is the object, whatever they are; one with more
 * needs the threshold. -1: a mask that cannot be read, of another shape than the image, or whose values say nothing.
 * Memory is bounded by the mask's file and the recipe, whatever size the item claims. Thread-safe. */
int masks_find(const struct masks *m, const struct recipe *r, const struct record *item, unsigned char **mask,
               struct err *e);

#endif
