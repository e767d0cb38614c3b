#ifndef CMD_EDA_H
#define CMD_EDA_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "stream/recipe.h"
#include "stream/record.h"
#include "tool/tool.h"

/* What cxr-eda keeps of an image: 2.5 KB and its names, whatever its size. */
enum { THUMB = 16, LEVELS = 32 };
struct seen {
	char *id, *label, *patient, *split, *sha256;
	double width, height, mean, sd, thumb[THUMB * THUMB];
	uint32_t level[LEVELS]; /* histogram */
};

/* What it keeps of a class: sums of its pixels, and the images that are shown, those with the least key. */
enum { CELL = 128, SAMPLES = 8 };
struct class_seen {
	char *label;
	size_t n;
	double sum[CELL * CELL], square[CELL * CELL];
	struct sampled {
		uint64_t key;
		unsigned char gray[CELL * CELL];
	} sample[SAMPLES]; /* the first of n, by key */
};

struct eda {
	struct seen *item;
	size_t n, cap;
	struct class_seen **class; /* by label */
	size_t nclass;
	int64_t errors;
	double widest;  /* side of any file, 0 when not known */
	char *positive; /* the last class */
	struct recipe recipe; /* of the stream that is read */
};

/* Reads a stream, or a list by way of cxr-prep; NULL: standard input. Dies when it cannot. */
void eda_read(struct eda *d, const char *path);

/* Adds an item; dies when it has no image. */
void eda_add(struct eda *d, const struct record *r);
void eda_free(struct eda *d);

/* Adds the pixels of one image, h x w of 0..255, to those of its class. */
void class_add(struct eda *d, const struct seen *s, const double *gray, int64_t h, int64_t w);
/* Means over the cells of an n x n image; where there are fewer pixels than cells they are taken more than once. */
void eda_shrink(const double *gray, int64_t h, int64_t w, int n, double *out);

/* Starts a program with `in` as its standard input and `out` as its standard output; eda_wait gives its exit status,
 * 127 when there is no such program, -1 when it was killed. */
pid_t eda_start(const char *const *argv, FILE *in, int out);
int eda_wait(pid_t child);

/* A stable number from a name (FNV-1a). */
uint64_t eda_hash(const char *name);

/* The tables; each writes TSV with a header. */
void eda_classes(const struct eda *d, FILE *f);
void eda_levels(const struct eda *d, FILE *f);
void eda_sizes(const struct eda *d, FILE *f);
void eda_duplicates(const struct eda *d, FILE *f);
void eda_probe(const struct eda *d, FILE *f);

/* The images: DIR/samples.png, means.png, levels.svg, sizes.svg. Die when one cannot be written. */
void eda_samples(const struct eda *d, const char *dir);
void eda_means(const struct eda *d, const char *dir);
void eda_plots(const struct eda *d, const char *dir);

#endif
