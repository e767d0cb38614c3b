#ifndef NN_TRAIN_H
#define NN_TRAIN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "nn/augment.h"
#include "nn/dataset.h"
#include "nn/frozen.h"
#include "nn/loss.h"
#include "nn/net.h"
#include "nn/optim.h"
#include "nn/plan.h"
#include "nn/ranks.h"
#include "nn/schedule.h"

/* The training loop. Everything that happens is a function of the options, the data and the net it starts from: not of
 * threads, not of ranks, not of interruptions. */

/* A part of a run, with an optimizer, a schedule and early stopping of its own. It starts from the parameters that
 * the one before keeps. */
struct stage {
	int epochs;
	int patience;            /* stop after so many epochs without a better validation; 0: never */
	struct optim_options optim;
	double rate;
	struct schedule schedule;
	const char *train;       /* prefixes for plan_select; NULL: all */
};
enum { TRAIN_STAGES = 8 };

struct train_options {
	struct stage stage[TRAIN_STAGES];
	int nstage;
	int batch;
	int microbatch;          /* images that are in memory at a time; 0: the batch */
	int replicas;            /* batches whose gradients are averaged for a step */
	bool shuffle;
	uint64_t seed;
	struct loss loss;        /* weight: trainer_new fills it from weights; classes too */
	const char *weights;     /* "none", "balanced" (total / (classes * count)) or one number for each class */
	struct augment augment;
	size_t cache;            /* bytes for what a frozen trunk makes of the images; changes no result */
	bool keep_last;          /* keep the last epoch's parameters rather than the best one's */
	double ema;              /* validate and keep a moving average of the parameters, of this decay; 0: not */
};
/* One stage; loss bce, adam 1e-3, batch 16, 5 epochs, shuffled, nothing else. */
void train_defaults(struct train_options *o);
/* One line with every option that changes results (fresh memory). */
char *train_options_text(const struct train_options *o);

/* What an epoch came to. Without validation the val_ fields are NaN. */
struct epoch {
	int epoch; /* from 1 */
	double rate, train_loss, train_acc, val_loss, val_acc, val_auc;
	bool best;
};

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
	/* called after every batch with its number of images; NULL: not */
	void (*progress)(void *ctx, int n);
	void *ctx;
	volatile sig_atomic_t *stop; /* becomes true: finish the batch and return TRAIN_STOPPED; NULL: never */
	int *label;                  /* of one batch */
	struct mix *mix;
	struct frozen frozen;        /* the stage's */
	struct gradients *gradients; /* sums up those of a step's parts; NULL: it has one */
	unsigned char *note;         /* what the parts of a step tell (train_step.c) */
	/* set it before the first epoch when there are other ranks, of whom each does some of the replicas; else NULL.
	 * There are at most as many as replicas. Borrowed. */
	struct ranks *ranks;
};

/* Checks that data, classes and net fit each other (messages say what does not) and makes the plans. net, set and val
 * stay the caller's and must outlive the trainer. NULL on error. */
struct trainer *trainer_new(struct net *net, const struct dataset *set, const struct dataset *val,
                            const struct train_options *o, struct pool *pool, struct err *e);
void trainer_free(struct trainer *t);

/* One epoch, or the rest of one: TRAIN_EPOCH (the last row is new), TRAIN_DONE (nothing left: epochs are over, or
 * patience), TRAIN_STOPPED (*stop), TRAIN_FAILED (a loss or parameter is not a number). */
enum train_state { TRAIN_EPOCH, TRAIN_DONE, TRAIN_STOPPED, TRAIN_FAILED };
enum train_state trainer_epoch(struct trainer *t, struct err *e);

/* One step from where the epoch stands: the batches of all replicas. Their mean loss. */
double trainer_step(struct trainer *t, double rate);
/* Memory for the steps of the current stage. */
int trainer_step_room(struct trainer *t, struct err *e);
/* Ranks divide the optimizer's work: after this, each has all of its state. */
void trainer_share_state(struct trainer *t);

/* Puts the best epoch's parameters into the net (without validation, or with keep_last, the last one's; averaged or
 * not). */
void trainer_finish(struct trainer *t);

/* Starts stage k, the last row being the one before its first. For checkpoints. */
int trainer_enter(struct trainer *t, int k, struct err *e);
const struct stage *trainer_stage(const struct trainer *t); /* the current one */
int trainer_part(const struct trainer *t); /* images in memory at a time */
/* Is the current stage over (its epochs, or its patience)? */
bool trainer_over(const struct trainer *t);

/* Everything that is needed to go on to the same bits, and back into a trainer made from the same options, data and
 * net. Written whole or not at all, by the first rank, but all of them make the call. Another run's checkpoint is
 * refused. */
int trainer_save(struct trainer *t, const char *path, struct err *e);
int trainer_resume(struct trainer *t, const char *path, struct err *e);
/* What must be the same for that: one line (fresh memory). */
char *trainer_run_text(const struct trainer *t);

/* Mean loss, share named rightly and AUC (two classes: of the last one; more: mean over classes of one against the
 * rest) of net's eval-mode plan on a set, or on what f (NULL: nothing) keeps of it as val.
 * Ranks share the work. Returns 0, or 1 when *stop became true, on any of them. */
struct verdict {
	double loss, acc, auc;
};
int train_verdict(struct plan *p, const struct net *n, const struct dataset *d, const struct frozen *f,
                  const struct loss *l, int batch, struct pool *pool, struct ranks *ranks, volatile sig_atomic_t *stop,
                  struct verdict *v);

/* Training provenance into n->meta: see cxr-train(1). */
void train_provenance(const struct trainer *t);

#endif
