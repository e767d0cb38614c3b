#ifndef TRAIN_FIT_ODD_H
#define TRAIN_FIT_ODD_H

#include "base/pool.h"
#include "nn/net.h"
#include "train/dataset.h"

/* What a trained network has to know to tell images unlike its training images (nn/odd.h): the distribution of features
 * over at most ODD_IMAGES of these, and the cut, which of as many validation images a share ODD_RATE exceeds, or 1 in
 * n + 1 where there are too few to say so. Into the net's metadata: odd, odd.rate, odd.images. Nothing is stored with
 * fewer than ODD_LEAST images of either, or for a network whose output is a map. 0 or -1. */
enum { ODD_IMAGES = 1000, ODD_LEAST = 50 };
#define ODD_RATE .01
int fit_odd(struct net *n, const struct dataset *set, const struct dataset *val, int batch, struct pool *pool,
            struct err *e);

#endif
