#ifndef NN_PLAN_H
#define NN_PLAN_H

#include <stdbool.h>

#include "base/pool.h"
#include "nn/net.h"

/* How a network is run: steps (nodes fused where nobody looks in between), buffers allocated once. Three uses:
 *
 *   inference   batch norm folded, buffers reused; `keep` marks nodes whose values are wanted afterwards
 *   explanation the same, plus plan_backward from the output down to the kept nodes
 *   training    batch norm by batch statistics where its gamma or beta is trained, and gradients of the trained
 *               parameters; frozen batch norms stay in eval mode
 *
 * Results of inference and explanation do not depend on the batch an image is in, nor on threads. */
struct plan_options {
	int batch;           /* images per call at most */
	const bool *keep;    /* [nnode]: keep this node's value; NULL: only the output's */
	const struct node *from; /* run from this node's value on, which plan_input then is; NULL: from the input */
	bool dropout;        /* inference: dropout is active (Monte-Carlo dropout), masks by plan_keys */
	bool only_kept;      /* inference: run no more than the kept nodes need */
	bool backward;       /* explanation: gradients of kept nodes (of the input too, when it is kept) */
	bool reference;      /* every convolution as plain im2col on OpenBLAS: what the fast ways are tested against */
	const bool *train;   /* [nparam]: training, these parameters get gradients; NULL: eval mode */
	bool apart;          /* training: running statistics change by plan_take_statistics alone */
};
struct plan;
struct plan *plan_new(struct net *n, const struct plan_options *o, struct pool *pool, struct err *e);
void plan_free(struct plan *p);
size_t plan_bytes(const struct plan *p); /* memory it holds */

/* Call after parameters changed (folded and transformed weights are made anew at the next forward). A training plan
 * does it by itself for what it trains. */
void plan_refresh(struct plan *p);

float *plan_input(struct plan *p);  /* [batch,h,w,c]: fill before plan_forward */
/* Runs n <= batch images. seed keys dropout masks (training only): a function of (seed, image). A training forward
 * updates the running statistics of the trained batch norms. */
void plan_forward(struct plan *p, int n, uint64_t seed);
/* Mean and unbiased variance, in the last training forward, of all trained batch norms to `out` (NULL: not); how many
 * floats these are. */
size_t plan_statistics(const struct plan *p, float *out);
/* The running statistics take them in, as a forward of a plan that is not `apart` does. */
void plan_take_statistics(struct plan *p, const float *in);
/* What masks are a function of beside the seed, in place of the images' places: [batch], borrowed. */
void plan_keys(struct plan *p, const uint64_t *key);
const float *plan_value(const struct plan *p, const struct node *node); /* [n,h,w,c]; kept nodes and the output */

/* Gradient of the output, [n, logits]: fill, then plan_backward. */
float *plan_output_grad(struct plan *p);
/* The same of an auxiliary classifier; NULL: the network has none, or nothing that it reads is trained. */
float *plan_aux_grad(struct plan *p);
void plan_backward(struct plan *p);
float *plan_grad(const struct plan *p, const struct node *node); /* kept nodes, after plan_backward */
/* Training: gradients of all parameters in the net's parameter layout, overwritten by plan_backward. Frozen: zero. */
float *plan_param_grad(struct plan *p);
/* Training: plan_backward calls this whenever gradients have become final, those from float `from` on. NULL: not. */
void plan_on_gradient(struct plan *p, void (*ready)(void *ctx, size_t from), void *ctx);
/* plan_backward calls this behind the backward of node n, when the gradients of what n reads and of its parameters are
 * there and nobody has used them: another loss may add its own. NULL: not. */
void plan_on_backward(struct plan *p, void (*behind)(void *ctx, const struct node *n), void *ctx);

#endif
