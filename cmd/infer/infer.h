#ifndef CMD_INFER_H
#define CMD_INFER_H

#include <stdbool.h>

#include "nn/abstain.h"
#include "nn/infer.h"
#include "nn/neighbours.h"
#include "nn/runhead.h"
#include "nn/stress.h"
#include "stream/sink.h"
#include "tool/tool.h"

struct infer {
	struct net **net;
	int n;
	bool table, feat, force, sha256; /* -t or a terminal; --feat; --force-recipe; --sha256 */
	bool map;                /* the model's output is a map: items get a mask, no scores */
	const char *dir;         /* -o: of masks as PNG files, or NULL */
	bool stress;             /* each image again under every shift of the battery */
	double coverage;         /* --abstain; 0: every image is answered */
	struct abstain abstain;
	const char *neighbours_path; /* --neighbours, or NULL */
	struct neighbours neighbours;
	int batch, mc;           /* --mc; -1: not given */
	struct scorer *scorer;
	struct pool *pool;
	struct reader in;
	struct sink out;
	struct strangers strangers; /* labels that are none of the models' classes */
	int64_t failed; /* items that this tool could not score */
	struct progress bar;
	char **column;  /* table: names of the further columns x.<column> */
	int ncolumn;
};

/* Scores every item of f->in and writes them. */
int infer_items(struct infer *f, struct err *e);

/* An item on its way through the pipeline; those of other kinds and those with an error only pass. Scores are in the
 * record, also where it becomes a row of a table. */
struct infer_slot {
	struct record record;
	const struct stress *shift; /* made before scoring, or NULL */
	double fact[ODD_FACTS]; /* where the model knows odd images */
	bool good;    /* it has an image to score */
	struct err e; /* why it is not scored, if this tool could not */
};

/* Items that are scored together, and all slots. */
struct infer_batch {
	struct infer *f;
	struct infer_slot *slot;
	struct infer_slot **at; /* by place in the scorer's input */
	float *logit, *prob;    /* by place */
	struct record plain;    /* --stress: the item read last, and the shift that is due, 0: none, read on */
	int due;
};
/* Scores n slots (struct pipeline's group). */
void infer_score(void *ctx, int slot, int n);
/* The rows of the score table, of a struct infer. */
struct sink_rows infer_rows(struct infer *f);

#endif
