#ifndef TRAIN_TRAINER_H
#define TRAIN_TRAINER_H

#include "nn/net.h"
#include "nn/plan.h"
#include "train/evidence.h"
#include "train/frozen.h"
#include "train/train.h"

/* A trainer from inside: private to lib/train and its tests. */

struct trainer {
	struct net *net;
	const struct dataset *set, *val; /* borrowed; val may be NULL */
	struct train_options o;
	struct pool *pool;
	bool *trained;               /* [nparam] */
	struct plan *plan, *check;   /* training; validation */
	struct optim *optim;
	double *weight;              /* of the classes, or NULL */
	struct epoch *row;           /* of the epochs done */
	int nrow;
	size_t rowcap;
	/* where the current stage stands: its number, its first row, its schedule */
	int stage, first;
	struct plateau plateau;
	/* where the current epoch stands */
	size_t at;                   /* images done */
	struct loss_sum sum;
	size_t *order;
	/* the stage's best epoch so far: index into row (-1: none) and the parameters then (NULL: the last are kept) */
	int best;
	float *best_value;
	float *average;              /* the parameters' moving average, or NULL */
	struct watch watch;
	int *label;                  /* of one batch */
	struct mix *mix;
	float *mask;                 /* of one part, where the output is a map; else NULL */
	struct frozen frozen;        /* the stage's */
	struct evidence_loss *evidence;   /* NULL: without */
	struct gradients *gradients; /* sums up those of a step's parts; NULL: it has one */
	unsigned char *note;         /* what the parts of a step tell (train_step.c) */
	struct ranks *ranks;         /* the others, or NULL */
};

/* Starts stage k, the last row being the one before its first. For checkpoints. */
int trainer_enter(struct trainer *t, int k, struct err *e);
const struct stage *trainer_stage(const struct trainer *t); /* the current one */
int trainer_part(const struct trainer *t); /* images in memory at a time */
/* Is the current stage over (its epochs, or its patience)? */
bool trainer_over(const struct trainer *t);

/* One step from where the epoch stands: the batches of all replicas. Their mean loss. */
double trainer_step(struct trainer *t, double rate);
/* Memory for the steps of the current stage. */
int trainer_step_room(struct trainer *t, struct err *e);
/* Ranks divide the optimizer's work: after this, each has all of its state. */
void trainer_share_state(struct trainer *t);

/* Mean loss, share named rightly and AUC (two classes: of the last one; more: mean over classes of one against the
 * rest; of maps the mean Dice, and NaN) of net's eval-mode plan on a set, or on what f (NULL: nothing) keeps of it as
 * val. Ranks share the work. Returns 0, or 1 when *stop became true, on any of them. */
struct verdict {
	double loss, acc, auc;
	double most; /* the largest output, whatever its sign; 0 of maps */
};
int train_verdict(struct plan *p, const struct net *n, const struct dataset *d, const struct frozen *f,
                  const struct loss *l, int batch, struct pool *pool, struct ranks *ranks, volatile sig_atomic_t *stop,
                  struct verdict *v);

#endif
