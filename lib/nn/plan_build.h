#ifndef NN_PLAN_BUILD_H
#define NN_PLAN_BUILD_H

#include "nn/op.h"
#include "nn/plan.h"

/* A plan while it is made and while it runs. Private to plan.c and plan_build.c. */
struct plan {
	struct net *net;
	struct pool *pool;
	int batch, n;
	const struct node *from; /* where values are put in: the input, or a node behind it */
	bool training, backward, reference, stale, only_kept, dropout, apart;
	bool *train;           /* [nparam] gets gradients */
	bool *keep;            /* [nnode] value (and gradient) outlives the run; by root */
	bool *needed;          /* [nnode] lies on a way to the output or a kept node */
	int *root;             /* [nnode] node whose memory it shares (flatten, dropout in eval mode): itself mostly */
	int *producer;         /* [nnode] step that makes its value, -1: nobody (fused away, not needed, the input) */
	bool *wants_grad;      /* [nnode] somebody wants the gradient of its value */
	float **value, **grad; /* [nnode], by root; NULL when there is none */
	struct step *step;
	int nstep;
	int front, part;       /* the first steps, which take `part` images at a time (find_front) */
	bool *local;           /* [nnode] value of the front only: of `part` images */
	float *arena, *packed, *scratch, *shared, *param_grad;
	unsigned char *state;
	size_t bytes;
	void (*ready)(void *ctx, size_t from); /* see plan_on_gradient */
	void *ctx;
	void (*behind)(void *ctx, const struct node *n); /* see plan_on_backward */
	void *behind_ctx;
};

/* The value added behind the operator: the add's input that the step does not make itself; NULL: there is no add. */
const struct node *step_residual(const struct plan *p, const struct step *s);

/* Fills p->step and everything the steps point to. p has net, pool, batch, training, backward, train, keep. */
int plan_build(struct plan *p, struct err *e);

#endif
