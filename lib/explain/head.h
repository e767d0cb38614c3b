#ifndef EXPLAIN_HEAD_H
#define EXPLAIN_HEAD_H

#include "nn/net.h"
#include "nn/select.h"

/* Which node a map is made from, and whether its gradient is known without a backward pass. */

/* The default layers, one for each branch of a stack: what feeds the average pooling over all places in front of the
 * output, else the last node that still has places before they are flattened. How many; 0 for a network without any. */
enum { LAYER_DEFAULTS = 8 };
int layer_defaults(const struct graph *g, const struct node *layer[LAYER_DEFAULTS]);
const struct node *layer_default(const struct graph *g); /* the first of them, or NULL */

/* A node by its own name, or by a prefix up to a dot: the last with places ("layer4" is what layer4 puts out, "a" what
 * branch a of a stack does before its average). NULL with a message that lists layers when there is none or it has no
 * places. */
const struct node *layer_find(const struct graph *g, const char *name, struct err *e);

/* Gradient of the score of class k with respect to the logits, [net_logits]. The score is logit k; for one logit z it
 * is z for the last class and -z for the other. */
void score_grad(const struct net *n, int k, float *grad);
double class_score(const struct net *n, int k, const float *z); /* that score, from the logits */

/* The dense layer that makes the output from the layer's average over all places, and from nothing else but the
 * averages of a stack's other branches; *at: the first of its inputs that is the layer's. NULL: there is no such way.
 * Logit k is then a sum over branches of the mean over places of w_k times the layer (the evidence), plus a bias. */
const struct node *head_dense(const struct graph *g, const struct node *layer, int *at);
/* The gradient of that score at every place of such a layer: g [h*w, c]. */
void head_grad(const struct net *n, const struct node *layer, int k, float *g);

#endif
