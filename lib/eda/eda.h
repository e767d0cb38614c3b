#ifndef EDA_EDA_H
#define EDA_EDA_H

#include <stdint.h>
#include <stdio.h>

#include "stream/recipe.h"
#include "stream/record.h"

/* What can be said of a set of images before anything is trained on them. */

/* What is kept of an image: 2.5 KB and its names, whatever its size. */
enum { THUMB = 16, LEVELS = 32 };
struct eda_item {
	char *id, *label, *patient, *split, *sha256;
	double width, height, mean, sd, thumb[THUMB * THUMB]; /* width, height: NaN where they are not known */
	uint32_t level[LEVELS]; /* histogram */
};

/* What is kept of a class: sums of its pixels, and the images that are shown, those with the least key. Only the first
 * SHOWN classes are: what a stream has more of labels takes no more than their names. */
enum { CELL = 128, SAMPLES = 8, SHOWN = 16 };
struct eda_class {
	char *label;
	size_t n;
	struct eda_pixels {
		double sum[CELL * CELL], square[CELL * CELL];
		struct eda_sample {
			uint64_t key;
			unsigned char gray[CELL * CELL];
		} sample[SAMPLES]; /* the first of n, by key */
	} *pixels; /* NULL: not shown */
};

struct eda {
	struct eda_item *item;
	size_t n, cap;
	struct eda_class **class; /* by label */
	size_t nclass, classcap;
	double widest;        /* side of any file, 0 when not known */
	char *positive;       /* the last class; NULL: no classes are known */
	struct recipe recipe; /* of the stream that the next items are from */
};

/* The head of a stream whose items follow; -1 when its classes are others than those before, or its recipe is none. */
int eda_head(struct eda *d, const struct record *head, struct err *e);
/* Adds an item; -1 when it has no image. */
int eda_add(struct eda *d, const struct record *r, struct err *e);
void eda_free(struct eda *d);

/* A stable number from a name (FNV-1a). */
uint64_t eda_hash(const char *name);

/* The tables; each writes TSV with a header. */
void eda_classes(const struct eda *d, FILE *f);
void eda_levels(const struct eda *d, FILE *f);
void eda_sizes(const struct eda *d, FILE *f);
void eda_duplicates(const struct eda *d, FILE *f);
void eda_probe(const struct eda *d, FILE *f); /* needs positive */

/* Contact sheets as PNG: some images of each class; their mean and standard deviation. 0 or -1. */
int eda_samples(const struct eda *d, const char *path, struct err *e);
int eda_means(const struct eda *d, const char *path, struct err *e);

#endif
