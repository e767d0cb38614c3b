#ifndef NN_NEIGHBOURS_H
#define NN_NEIGHBOURS_H

#include "base/file.h"
#include "nn/net.h"

/* Training images that an image is like, and those that its answer comes from, by the last features: what the global
 * average pooling puts out. */
struct neighbours {
	int c, classes;
	size_t n, cap;
	float *feature;  /* [n,c] */
	float *length;   /* [n] */
	float *residual; /* [n,classes]: 1 for the label, less the probability */
	char **name;     /* [n]: "ID (LABEL)" */
};
enum { NEIGHBOURS = 3 };
struct neighbour {
	size_t at;    /* n: there are no more */
	double value; /* nearest: cosine; influential: how much the image's logit rises by a step of size 1 on that one */
};

/* Reads what cxr-infer --feat made of training images by this network; its digest is checked. Items with errors are
 * passed over, and so are, for influence, those without a label of the network. -1: another network's, none at all. */
int neighbours_read(struct neighbours *b, struct source *src, const struct net *n, struct err *e);
void neighbours_free(struct neighbours *b);

/* The mean of a feature map [h*w,c], to out [c]. */
void neighbours_mean(const float *feat, int hw, int c, float *out);
/* The most alike of feature [c], most first. */
void neighbours_nearest(const struct neighbours *b, const float *feature, struct neighbour near[NEIGHBOURS]);
/* Those that raise the logit of that class most when the last layer learns from them: residual times the product of
 * both features and 1 for the bias (the last layer's part of TracIn, Pruthi 2020). Only such that do raise it. */
void neighbours_influential(const struct neighbours *b, const float *feature, int class,
                            struct neighbour most[NEIGHBOURS]);

#endif
