#ifndef TRAIN_STAGE_H
#define TRAIN_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/augment.h"
#include "train/loss.h"
#include "train/optim.h"
#include "train/schedule.h"

/* What training is asked for, read from text and printed as text. */

/* A part of a run, with an optimizer, a schedule and early stopping of its own. It starts from the parameters that
 * the one before keeps. */
struct stage {
	int epochs;
	int patience;            /* stop after so many epochs without a better validation; 0: never */
	struct optim_options optim;
	double rate;
	struct schedule schedule;
	const char *train;       /* prefixes for graph_select; NULL: all */
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
	double evidence;         /* times the mean evidence outside the lungs joins the loss (evidence.h) */
	double background;       /* with this probability, what is outside the lungs comes from another image */
	bool keep_last;          /* keep the last epoch's parameters rather than the best one's */
	double ema;              /* validate and keep a moving average of the parameters, of this decay; 0: not */
};
/* One stage; loss bce, adam 1e-3, batch 16, 5 epochs, shuffled, nothing else. */
void train_defaults(struct train_options *o);
/* One line with every option that changes results (fresh memory). */
char *train_options_text(const struct train_options *o);
/* -1 and a message for options that do not go together. val: is there a validation set? */
int train_check(const struct train_options *o, bool val, struct err *e);

/* A stage as far as it is given; NaN: by the optimizer. Its names stay in the texts that it was read from, which must
 * outlive it and the stage. */
struct draft {
	struct stage stage;
	double rate, momentum, decay;
};
void draft_defaults(struct draft *d); /* as train_defaults has it */
/* Sets what a stage may say: epochs, optimizer, lr, momentum, weight-decay, l2, clip, schedule, train, patience. */
int draft_set(struct draft *d, const char *key, const char *value, struct err *e);
/* KEY=VALUE ..., which is cut into words. */
int draft_read(struct draft *d, char *text, struct err *e);
/* The stage, with what the optimizer makes of the rest. */
int draft_settle(const struct draft *d, struct stage *s, struct err *e);
/* What draft_read makes the same stage of (fresh memory). */
char *stage_text(const struct stage *s);

#endif
