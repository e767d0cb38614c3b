#ifndef DATA_SHEET_H
#define DATA_SHEET_H

#include <stdbool.h>

#include "base/err.h"
#include "base/file.h"

/* A table of somebody else's: fields separated by commas, semicolons or tabs, whichever its first line has most of,
 * with quotes as in RFC 4180 and column names in the first line. All of it is in memory. */
struct sheet {
	struct sheet_row {
		char **field;
		int n;
		long line; /* of the file, roughly: quoted fields may hold newlines */
	} *row; /* row[0]: the names */
	size_t n, cap;
	bool cut; /* its last line has no end, as some programs leave it: or it was cut off there */
};
int sheet_read(struct sheet *s, struct source *src, struct err *e);
void sheet_free(struct sheet *s);
/* The column of that name, -1 with the names that there are. */
int sheet_column(const struct sheet *s, const char *name, struct err *e);
/* "" for a row that ends before it. */
const char *sheet_at(const struct sheet *s, size_t row, int column);

/* Does this first line look like the names of a table with commas or semicolons? */
bool sheet_is_header(const char *line);

#endif
