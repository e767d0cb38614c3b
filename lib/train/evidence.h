#ifndef TRAIN_EVIDENCE_H
#define TRAIN_EVIDENCE_H

#include "nn/net.h"
#include "nn/plan.h"

/* The evidence loss: right for the right reasons (Ross et al. 2017; at the last layer: Draelos and Carin 2021). Behind
 * global average pooling and one dense layer, logit k is the mean over cells of e_k = w_k . f, f the last features at a
 * cell (plus a bias): e is what a class activation map shows. An image with a lung mask adds
 *   weight * sum over cells and outputs of o |e_k| / (outputs * sum over cells of o)
 * to its loss, o being the share of a cell that is outside the lungs. Gradients go to the features and to w; no second
 * derivatives are needed, as e is linear in both. In a stack whose averages one dense layer reads, the logit is the sum
 * of such means, and what each branch has outside is added up. */
struct evidence_loss;
/* NULL and a message for a network with another head. batch: images at a time at most. */
struct evidence_loss *evidence_new(const struct net *n, double weight, int batch, struct pool *pool, struct err *e);
void evidence_free(struct evidence_loss *v); /* NULL is fine */
/* Branches of a stack; of a network by itself 1. */
int evidence_branches(const struct evidence_loss *v);
/* The node whose value, and gradient, a plan must keep for branch i. */
const struct node *evidence_feature(const struct evidence_loss *v, int i);
/* [batch, cells] of branch i: fill with mask_outside, all 0 where the mask is not known. */
float *evidence_outside(struct evidence_loss *v, int i);
/* After the plan's forward of n images: what they add to the mean loss of `total` images, whose gradients the plan's
 * next backward gets. */
double evidence_loss(struct evidence_loss *v, struct plan *p, int n, double total);

#endif
