#ifndef CMD_EDA_H
#define CMD_EDA_H

#include <stdint.h>
#include <stdio.h>

#include "stream/record.h"
#include "tool.h"

/* What cxr-eda keeps of a picture: 2.5 KB and its names, whatever its size. */
enum { THUMB = 16, LEVELS = 32 };
struct seen {
	char *id, *label, *patient, *split, *sha256;
	double width, height, mean, sd, thumb[THUMB * THUMB];
	uint32_t level[LEVELS]; /* histogram, of bytes only */
};
struct eda {
	struct seen *item;
	size_t n, cap;
	int64_t errors;
	char *positive; /* the last class */
};
/* Adds an item; dies when it has no picture. */
void eda_add(struct eda *d, const struct record *r);
void eda_free(struct eda *d);

/* The tables; each writes TSV with a header. */
void eda_classes(const struct eda *d, FILE *f);
void eda_levels(const struct eda *d, FILE *f);
void eda_duplicates(const struct eda *d, FILE *f);
void eda_probe(const struct eda *d, FILE *f);

#endif
