#ifndef NN_ABSTAIN_H
#define NN_ABSTAIN_H

#include "nn/net.h"

/* When a model does not answer: the cuts that cxr-metrics calibrate found for it (stat/conformal.h). */
struct abstain {
	double *cut; /* of each class */
	int classes, logits;
};
/* For this coverage. -1: the model has no cuts, or none for it. abstain_free it in either case. */
int abstain_set(struct abstain *a, const struct net *n, double coverage, struct err *e);
void abstain_free(struct abstain *a);
/* Is another class than pred possible for an image with these raw outputs, or pred none of those that are? */
bool abstain_is(const struct abstain *a, const float *logit, int pred);

#endif
