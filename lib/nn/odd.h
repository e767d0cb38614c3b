#ifndef NN_ODD_H
#define NN_ODD_H

#include "nn/plan.h"

/* How unlike the training images one is. Features are averages over places of what each of the last three grids of the
 * network puts out last. Of their distribution over training images are kept mean and standard deviation of each, the
 * main axes of what is so scaled and its variance along these, and one variance for all the rest: a Gaussian with a
 * shrunk covariance (Tipping and Bishop 1999), whose Mahalanobis distance is measured (Lee et al. 2018). Beside it
 * plain facts: colour, contrast, the file's aspect, as far as they leave the training images' range. The value is the
 * larger of both, 1 at what the stated share of validation images exceeds. A model file has it in its metadata, as
 * text: network tensors alone are tensors. */
enum { ODD_GRIDS = 3, ODD_AXES = 16, ODD_FACTS = 3 };

struct odd {
	const struct node *node[ODD_GRIDS];
	int grids, n, axes;       /* n: features */
	float *mean, *scale;      /* [n]; scale: one over the standard deviation */
	float *axis, *variance;   /* [axes][n], [axes] */
	float rest;               /* variance of a direction beside the axes */
	float cut;                /* distance that counts 1 */
	float low[ODD_FACTS], high[ODD_FACTS]; /* of the facts; a fact beyond by half their distance counts 1 */
};

/* The nodes, without a distribution. -1: the network has none with places. odd_free it. */
int odd_start(struct odd *o, const struct graph *g);
void odd_free(struct odd *o);
/* Room for a distribution with so many axes. */
void odd_room(struct odd *o, int axes);
/* Marks what a plan is to keep. */
void odd_keep(const struct odd *o, bool *keep);
/* Image i's features of the plan's last run, to out [n]. */
void odd_features(const struct odd *o, const struct plan *p, int i, float *out);
/* Colour (mean difference of the channels), contrast (standard deviation), both of 1, and the log of the aspect, NaN
 * where it is not known, of an image [h,w,c] as the network gets it. */
void odd_facts(const struct recipe *r, const float *image, double aspect, double fact[ODD_FACTS]);
/* The Mahalanobis distance, and the value. */
double odd_distance(const struct odd *o, const float *feature);
double odd_value(const struct odd *o, const float *feature, const double fact[ODD_FACTS]);

/* To a model's metadata, as `odd`, and back: 1, 0 where it has none, -1 where what it says is no such thing. */
void odd_put(const struct odd *o, struct record *meta);
int odd_get(struct odd *o, const struct net *n, struct err *e);

#endif
