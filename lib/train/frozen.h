#ifndef TRAIN_FROZEN_H
#define TRAIN_FROZEN_H

#include <signal.h>

#include "train/dataset.h"
#include "nn/plan.h"
#include "train/ranks.h"

/* What a frozen trunk makes of every image, computed once (float32, in memory). */
struct frozen {
	const struct node *node; /* the trunk's last one, NULL: nothing is kept */
	size_t size;             /* floats of an image */
	float *set, *val;        /* [n][size] of the two data sets; NULL until frozen_fill */
};

/* Chooses node for training `train` [g->nparam] when its values for so many images take at most `bytes`. */
void frozen_choose(struct frozen *f, const struct graph *g, const bool *train, size_t images, size_t bytes);
/* Computes what is chosen and not there yet, with the other ranks. 1: *stop became true, on any of them; -1: memory is
 * out. val may be NULL. */
int frozen_fill(struct frozen *f, struct net *n, const struct dataset *set, const struct dataset *val, int batch,
                struct pool *pool, struct ranks *ranks, volatile sig_atomic_t *stop, struct err *e);
void frozen_free(struct frozen *f);

#endif
