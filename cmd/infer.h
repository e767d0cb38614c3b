#ifndef CMD_INFER_H
#define CMD_INFER_H

#include <stdbool.h>

#include "nn/infer.h"
#include "nn/stress.h"
#include "stream/stream.h"
#include "stream/table.h"
#include "tool/tool.h"

struct infer {
	struct net **net;
	int n;
	bool table, feat, force; /* -t or a terminal; --feat; --force-recipe */
	bool stress;             /* each image again under every shift of the battery */
	int batch, mc;           /* --mc; -1: not given */
	struct scorer *scorer;
	struct pool *pool;
	struct reader in;
	struct writer out; /* or */
	struct table rows;
	bool headed; /* the table has its header */
	int64_t failed; /* items that this tool could not score */
	struct progress bar;
	char **column;  /* table: names of the further columns x.<column> */
	int ncolumn;
};

/* Dies when the stream of f->in was not made as the models want it. */
void infer_check_head(const struct infer *f);
/* Opens the output, whose head gets our provenance line; a stream starts with a record for each model. */
void infer_open(struct infer *f);

/* Scores every item of f->in and writes them, as a stream or a table. */
int infer_items(struct infer *f, struct err *e);

/* An item on its way through the pipeline; those of other kinds and those with an error only pass. Scores are in the
 * record, also where it becomes a row of a table. */
struct slot {
	struct record record;
	const struct stress *shift; /* made before scoring, or NULL */
	bool scored;
	struct err e; /* why it is not, if this tool could not */
};

/* Items that are scored together, and all slots. */
struct batch {
	struct infer *f;
	struct slot *slot;
	struct slot **at;    /* by place in the scorer's input */
	float *logit, *prob; /* by place */
	struct record plain; /* --stress: the item read last, and the shift that is due, 0: none, read on */
	int due;
};
/* Scores n slots (struct pipeline's group). */
void score_batch(void *ctx, int slot, int n);

/* A table's header (columns from the first item, NULL: there is none), and one row for a scored item (logit and prob
 * NULL on error). 0 or -1. */
int infer_table_head(struct infer *f, const struct record *first, struct err *e);
int infer_table_row(struct infer *f, const struct record *item, const float *logit, const float *prob, struct err *e);

#endif
