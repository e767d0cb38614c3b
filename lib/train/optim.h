#ifndef TRAIN_OPTIM_H
#define TRAIN_OPTIM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/pool.h"
#include "nn/graph.h"

/* Optimisers, in torch's arithmetic and with its defaults. Weight decay is added to the gradient (adam, sgd) or taken
 * off the parameter (adamw: Loshchilov and Hutter 2019), for every trained parameter alike. */
enum optim_kind { OPTIM_ADAM, OPTIM_ADAMW, OPTIM_SGD };
struct optim_options {
	enum optim_kind kind;
	double weight_decay, momentum, beta1, beta2, eps;
	double clip;    /* the gradient's norm over all trained parameters is at most so; 0: any */
	const char *l2; /* "PREFIX=X,...": X times the sum of squares of the weights under it joins the loss (biases and
	                 * batch norms have none); NULL: nothing */
};
int optim_parse(const char *name, enum optim_kind *kind, struct err *e); /* adam, adamw, sgd */
const char *optim_name(enum optim_kind kind);
/* momentum .9, betas .9 and .999, eps 1e-8, weight decay .01 for adamw and none otherwise. */
void optim_defaults(struct optim_options *o, enum optim_kind kind);
/* -1 and a message for an l2 that is none or, unless g is NULL, fits no weights of it. */
int optim_check_l2(const struct graph *g, const char *l2, struct err *e);
double optim_rate(enum optim_kind kind); /* a usual learning rate: 1e-3, sgd 1e-2 */

/* One or two moments for each of the floats [low, high) of the parameter block, among which are all that are trained:
 * `state`, `count` floats, is what a checkpoint must keep beside `steps`. */
struct optim {
	struct optim_options o;
	float *state;
	size_t count, low, high; /* low is a multiple of OPTIM_BLOCK */
	long steps;
	bool *mine;          /* [nspan]: another rank does those for which it is false; NULL: all are done here */
	/* private */
	struct span {
		size_t at, n; /* floats of the parameter block */
		float l2;     /* added to the gradient, times the parameter */
	} *span;              /* what one thread does at a time; none goes over a multiple of OPTIM_BLOCK */
	size_t nspan;
	double *square;       /* [nspan] of the gradient, for clip */
};
enum { OPTIM_BLOCK = 1 << 12 };

/* For the parameters of g marked in train [g->nparam]. NULL when memory is out, or for an l2 that is none. */
struct optim *optim_new(const struct graph *g, const bool *train, const struct optim_options *o, struct err *e);
void optim_free(struct optim *o);
/* One step: value and grad in the net's parameter layout; l2 is added to grad, and clip scales it. With clip, grad must
 * be whole, with `mine`, too. */
void optim_step(struct optim *o, double rate, float *value, float *grad, struct pool *pool);

#endif
