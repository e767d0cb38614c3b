#ifndef EXPLAIN_RUN_H
#define EXPLAIN_RUN_H

#include "nn/plan.h"

/* Many runs of a network on made-up inputs, in full batches. The score of a class is its logit; of a network with one
 * logit z it is z for the last class and -z for the other. */
enum runner_kind { RUN_SCORES, RUN_SLOPES, RUN_EVERY }; /* gradients: none; of the input; and of all that has a bias */
struct runner {
	struct net *net;   /* borrowed, as the pool is */
	struct pool *pool;
	struct plan *plan; /* NULL: not open */
	enum runner_kind kind;
	int batch;
};
int runner_open(struct runner *r, enum runner_kind kind, struct net *net, int batch, struct pool *pool, struct err *e);
void runner_close(struct runner *r);

struct runs {
	int n;
	void *ctx;
	void (*fill)(void *ctx, int i, float *input); /* any thread, any order */
	int (*class)(void *ctx, int i);               /* whose score; NULL: the last class's */
	void (*take)(void *ctx, int i, double score, const struct plan *p, int slot); /* one thread, in order */
	void (*tick)(void *ctx, int n);               /* after every batch; NULL */
	void *tick_ctx;
};
void runner_run(struct runner *r, const struct runs *runs);

static inline size_t node_floats(const struct node *n)
{
	return (size_t)n->h * (size_t)n->w * (size_t)n->c;
}

/* Does a node have a value of its own that a sum of gradients times inputs leaves out (a bias, or a bend that is not
 * at 0)? Such nodes are kept by RUN_EVERY. */
bool has_offset(const struct node *n);

/* The part of n behind `layer`, as a network whose input is the layer's value; parameters are copied. NULL with a
 * message when the layer is not the only way to the output. */
struct net *tail_new(const struct net *n, const struct node *layer, struct err *e);

#endif
