#ifndef STREAM_SINK_H
#define STREAM_SINK_H

#include "stream/stream.h"
#include "stream/table.h"

/* Where a filter's items go: on as a stream, or as the rows of a table; or nowhere, when it is run for its files. */
enum sink_kind { SINK_NONE, SINK_STREAM, SINK_TABLE };

/* What a table says of an item. Both write whole lines. */
struct sink_rows {
	void *ctx;
	void (*header)(void *ctx, FILE *to, const struct record *first); /* first: the first item, or NULL for none */
	void (*rows)(void *ctx, FILE *to, const struct record *item);
	int each; /* rows for an item; one that failed has one */
};

struct sink {
	enum sink_kind kind;
	struct sink_rows rows; /* of a table */
	const char *name;      /* for messages */
	/* private */
	struct writer stream;
	struct table table;
	bool headed;
};
/* kind, rows and name are set. head is borrowed until sink_end. With resume, f is what a run that died wrote to, opened
 * for appending. All return 0 or -1, with messages that start with the name. */
int sink_open(struct sink *s, FILE *f, const struct record *head, bool resume, struct err *e);
/* An item, or a record of another kind, which a table leaves out. */
int sink_put(struct sink *s, const struct record *r, struct err *e);
/* 1: what becomes of this record of the input is there from an earlier run; an error it came by is counted in *failed;
 * 0: it is to be put; -1: other work is there. */
int sink_has(struct sink *s, const struct record *input, int64_t *failed, struct err *e);
int sink_end(struct sink *s, struct err *e);

#endif
