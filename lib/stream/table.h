#ifndef STREAM_TABLE_H
#define STREAM_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"
#include "stream/record.h"

/* A table made from a stream: tab-separated text, a header line and one row or several for each item. That of a shard
 * stands between the two lines of stream/shard.h. */
struct table {
	FILE *f;
	const struct record *head; /* of the stream; borrowed */
	int64_t rows;
	/* private */
	bool begun, flush;
	int status; /* number of the column of that name */
	struct earlier *earlier;
	FILE *memory; /* adds to text */
	struct text text;
};
/* With `resume`, f is the file that a run which died wrote to, opened for appending; only a shard's table can be gone
 * on with, as only that says what it is a part of. */
int table_open(struct table *t, FILE *f, const struct record *head, bool resume, struct err *e);
/* Where lines are written to; table_put then puts them out together: first the header, then the rows of an item. */
FILE *table_text(struct table *t);
int table_put(struct table *t, struct err *e);
/* As writer_has; an item has `rows` rows, one when it has an error. */
int table_has(struct table *t, const struct record *input, int rows, int64_t *failed, struct err *e);
/* The last line; f is flushed. Returns 0 or -1. */
int table_end(struct table *t, struct err *e);

/* Text of a record, NULL for none, whose escapes are not a table's. */
void table_value(FILE *f, const char *text, char end);

#endif
