#ifndef NN_PLAN_BUILD_H
#define NN_PLAN_BUILD_H

#include "nn/op.h"
#include "nn/plan.h"

/* Where a value lies: in that of node `of`, from its channel `at` on; itself and 0 unless a concat reads it (see
 * plan_slices.c). */
struct slice {
	int of, at;
};

/* A plan while it is made and while it runs. Private to plan.c and plan_*.c. */
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
	struct slice *slice;   /* [nnode], by root */
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

static inline const struct node *node_at(const struct plan *p, int i)
{
	return p->net->g->node[i];
}
static inline int root_of(const struct plan *p, const struct node *n)
{
	return p->root[n->index];
}
/* The node that the step reads as its operator's input i, and whose value that is. */
static inline const struct node *step_reads(const struct step *s, int i)
{
	return s->before ? s->before->in[0] : s->node->in[i];
}
static inline const struct node *step_input(const struct plan *p, const struct step *s, int i)
{
	return node_at(p, root_of(p, step_reads(s, i)));
}
/* The value added behind the operator: the add's input that the step does not make itself; NULL: there is no add. */
const struct node *step_residual(const struct plan *p, const struct step *s);

/* Floats from a pixel to the next of a value of c channels, given by its root. */
static inline size_t value_pitch(const struct plan *p, const struct node *root, int c)
{
	int of = p->slice[root->index].of;

	return (size_t)(of == root->index ? c : node_at(p, of)->c);
}
/* Floats that a step asks for, in whole cache lines. */
static inline size_t step_asks(size_t (*size)(const struct step *), const struct step *s)
{
	return size ? (size(s) + 63) / 64 * 64 : 0;
}

/* Fills p->step and everything the steps point to. p has net, pool, batch, training, backward, train, keep. */
int plan_build(struct plan *p, struct err *e);

/* Its parts: which values are slices; memory for values and operators, and the steps' pointers to it. */
void plan_find_slices(struct plan *p);
int plan_allocate(struct plan *p, struct err *e);

#endif
