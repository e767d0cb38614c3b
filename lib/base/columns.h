#ifndef BASE_COLUMNS_H
#define BASE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* A TSV file in memory: a header line and rows of as many cells. A zeroed one is empty (ncol 0). */
struct columns {
	char **cell; /* row by row, the header line first */
	int ncol;
	size_t nrow, cap; /* rows without the header; allocated cells */
	bool cut;         /* the last row lacks its newline: more may be missing */
};

/* 0 or -1: not readable, no header line, a row with more or fewer cells than the header. */
int columns_read(struct columns *t, const char *path, struct err *e);
void columns_free(struct columns *t);
int columns_find(const struct columns *t, const char *name); /* -1 when there is none */
const char *columns_at(const struct columns *t, size_t row, int column); /* "" for column -1 */
double columns_number(const struct columns *t, size_t row, int column);  /* NaN when it is none */

#endif
