#ifndef TRAIN_TRAIN_H
#define TRAIN_TRAIN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "nn/net.h"
#include "train/dataset.h"
#include "train/ranks.h"
#include "train/stage.h"

/* The training loop. Everything that happens is a function of the options, the data and the net it starts from: not of
 * threads, not of ranks, not of interruptions. */

/* What an epoch came to. Without validation the val_ fields are NaN; of maps acc is the mean Dice, and AUC NaN. */
struct epoch {
	int epoch; /* from 1 */
	double rate, train_loss, train_acc, val_loss, val_acc, val_auc;
	bool best;
};

struct trainer;

/* Who looks on. All may be left out. */
struct watch {
	void (*progress)(void *ctx, int n); /* called after every batch with its number of images */
	void (*stepped)(void *ctx);         /* called after every step: trainer_save may be */
	void *ctx;
	volatile sig_atomic_t *stop;        /* becomes true: finish the batch and return TRAIN_STOPPED */
};

/* Checks that data, classes and net fit each other (messages say what does not) and makes the plans. net, set and val
 * stay the caller's and must outlive the trainer. NULL on error. */
struct trainer *trainer_new(struct net *net, const struct dataset *set, const struct dataset *val,
                            const struct train_options *o, struct pool *pool, struct err *e);
void trainer_free(struct trainer *t);
void trainer_watch(struct trainer *t, const struct watch *w);
/* Before the first epoch, when there are other ranks, of whom each does some of the replicas: at most as many as there
 * are replicas. Borrowed; NULL: none. */
void trainer_join(struct trainer *t, struct ranks *ranks);

const struct epoch *trainer_epochs(const struct trainer *t, int *n); /* those done */
int trainer_epochs_left(const struct trainer *t);                     /* at most; the one in course counts */
int64_t trainer_images_left(const struct trainer *t);                 /* in these */

/* One epoch, or the rest of one: TRAIN_EPOCH (the last row is new), TRAIN_DONE (nothing left: epochs are over, or
 * patience), TRAIN_STOPPED (*stop), TRAIN_FAILED (a loss or parameter is not a number). */
enum train_state { TRAIN_EPOCH, TRAIN_DONE, TRAIN_STOPPED, TRAIN_FAILED };
enum train_state trainer_epoch(struct trainer *t, struct err *e);

/* Puts the best epoch's parameters into the net (without validation, or with keep_last, the last one's; averaged or
 * not). */
void trainer_finish(struct trainer *t);
/* Does the net, as it is now, answer its first training images with numbers? Finite weights are not enough for that. */
int trainer_try(const struct trainer *t, struct err *e);

/* Is text none, balanced or positive numbers, n of them? They go to w; NULL: any n. 0, or -1. */
int train_weights(const char *text, int n, double *w, struct err *e);

/* What of val is in set as well. */
struct train_seen {
	size_t images, patients; /* of val: whose bytes (SHA-256), whose patients are in set */
	size_t unknown_images, unknown_patients; /* of both: images without that */
};
void train_seen(struct train_seen *s, const struct dataset *set, const struct dataset *val);

/* Modules that keep the random values they started with, since no stage trains them: loaded says which parameters
 * [g->nparam] came from weights (NULL: none). "" when there are none; fresh memory, or NULL with *e set. */
char *train_left_random(const struct net *n, const struct train_options *o, const bool *loaded, struct err *e);

/* Everything that is needed to go on to the same bits, and back into a trainer made from the same options, data and
 * net. Written whole or not at all, by the first rank, but all of them make the call. Another run's checkpoint is
 * refused. */
int trainer_save(struct trainer *t, const char *path, struct err *e);
int trainer_resume(struct trainer *t, const char *path, struct err *e);
/* What must be the same for that: one line (fresh memory). */
char *trainer_run_text(const struct trainer *t);

/* Do all ranks have the same program, streams (named for messages), options and parameters? trainer_same_values: the
 * same parameters alone. -1 and a message that says what differs; one rank: 0. */
int trainer_same(const struct trainer *t, const char *stream, const char *val, struct err *e);
int trainer_same_values(const struct trainer *t, struct err *e);

/* Training provenance into n->meta: see cxr-train(1). */
void train_provenance(const struct trainer *t);

#endif
