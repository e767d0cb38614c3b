#ifndef NN_OP_H
#define NN_OP_H

#include <stddef.h>
#include <stdint.h>

#include "base/clones.h"
#include "base/pool.h"
#include "nn/graph.h"
#include "nn/net.h"

/* What an operator is to the graph (shape) and to a plan (prepare, forward, backward). Private to lib/nn.
 *
 * A step runs one operator together with what is fused behind it: y = act(op(x) + residual). Forward overwrites y.
 * Backward gets dz, the gradient before the activation and the residual (the plan has applied both), and writes the
 * inputs' gradients: adding where accumulate says that another consumer wrote first, overwriting otherwise. */
struct step {
	const struct node *node; /* the operator */
	const struct node *bn;   /* conv: batch norm folded into its weights */
	const struct node *before; /* conv: batch norm of its input, then before_act, which it computes itself; or NULL */
	enum act before_act;
	const struct node *add;  /* add fused behind it */
	const struct node *out;  /* the node whose value y is */
	enum act act;            /* activation fused behind it */

	const float *x, **xs;    /* input values; xs[0] == x */
	float *y;
	size_t ldx, ldy;         /* from a pixel of x and y to the next: their channels, in a slice those of what it is of */
	const float *residual;   /* [n,h,w,c] or NULL */
	float *dx, **dxs;        /* input gradients; NULL where nobody wants one */
	bool *accumulate;        /* per input */
	float *dresidual;
	bool accumulate_residual;
	float *dy, *dz;          /* gradient of y; before the activation (the same buffer unless y's is kept) */

	bool train;              /* bn: batch statistics; dropout: active */
	bool apart;              /* bn: forward leaves the running statistics alone */
	bool backward;           /* this step has a backward */
	bool grad_params;        /* and its parameters get gradients */
	bool reference;          /* the plain way, for tests of the fast ones */
	const float *value;      /* the net's parameter block */
	float *stat;             /* the same block, for running statistics */
	float *grad;             /* gradient block, training only */
	float *packed;           /* what prepare made of the parameters: op->packed floats */
	unsigned char *state;    /* kept from forward to backward: op->state bytes */

	struct pool *pool;
	float *scratch;          /* op->scratch floats for each worker, 64-byte aligned */
	size_t scratch_stride;
	float *shared;           /* op->shared floats, for partial sums */
	int batch, n;            /* most images, images of this call */
	const uint64_t *key; /* of each image, for dropout masks; NULL: its place in the batch */
	uint64_t seed;
};

struct operator {
	const char *name;
	int (*shape)(struct graph *g, struct node *n, struct err *e); /* sets h, w, c and adds parameters */
	size_t (*packed)(const struct step *s);
	size_t (*state)(const struct step *s);
	size_t (*scratch)(const struct step *s);
	size_t (*shared)(const struct step *s);
	void (*prepare)(struct step *s); /* parameters changed */
	void (*forward)(struct step *s);
	void (*backward)(struct step *s);
	bool uses_x, uses_y; /* backward reads the input values, its own result (before a fused activation) */
	bool reads_slices;   /* goes by ldx; without it x is whole */
	bool (*writes_slices)(const struct step *s); /* goes by ldy; NULL: does not */
	bool fuses;          /* forward applies residual and act itself (step_epilogue) */
};

#define X(name) extern const struct operator operator_##name;
OPS(X)
#undef X
const struct operator *operator_of(const struct node *n);

/* Adds a parameter of node n (named "<node>.<suffix>") to the graph. */
void graph_param(struct graph *g, struct node *n, const char *suffix, enum role role, int ndim, const int *shape);
static inline size_t node_size(const struct node *n)
{
	return (size_t)n->h * n->w * n->c;
}

/* Height and width of a window's result; -1 for one that does not fit. */
int window_shape(struct node *n, struct err *e);

/* Values and gradient of parameter i of node n. */
const float *step_param(const struct step *s, const struct node *n, int i);
float *step_param_grad(const struct step *s, const struct node *n, int i);

/* Batch norm in eval mode as y = scale x + shift, for one channel. */
void bn_affine(const struct step *s, const struct node *bn, int channel, float *scale, float *shift);

/* The same of all channels, to affine [scale c][shift c]; and y = act(scale x + shift + residual) of rows of c
 * channels, x's ldx apart; residual may be NULL. */
void bn_affine_all(const struct step *s, const struct node *bn, float *affine);
void bn_apply(float *y, const float *x, size_t ldx, const float *affine, const float *residual, enum act act,
              size_t rows, int c);

/* Can the convolution compute a batch norm of its input (step.before) as it reads that? */
bool conv_takes_norm(const struct node *conv);

/* A training batch norm's statistics of the last batch, mean and unbiased variance [2c], and their way into the running
 * ones. */
const float *bn_statistics(const struct step *s);
void bn_take(struct step *s, const float *statistics);

bool step_always(const struct step *s); /* true: a writes_slices */

/* y = act(y), and dz *= act'(z) written by the result y. In place. */
void act_forward(float *y, enum act act, int count);
void act_backward(float *dz, const float *y, enum act act, int count);

/* y = act(v + bias + residual) over count channels; bias and residual may be NULL; v may be y. */
void step_epilogue(float *y, const float *v, const float *bias, const float *residual, enum act act, int count);

/* Fixed cuts of rows: blocks of `rows` rows; the number does not depend on threads. */
static inline size_t blocks_of(size_t rows, size_t per_block)
{
	return (rows + per_block - 1) / per_block;
}
static inline size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}
/* Rows cut into n blocks of nearly equal size, each of whole quanta (what a kernel takes at once) but the last. Block i
 * begins at share_begin(c, i) and ends where the next begins. */
struct row_shares {
	size_t rows, quantum, n;
};
/* Blocks of at most `most` rows (a multiple of quantum), and about `blocks` of them where each then has `least`. Their
 * number is even: two threads are soonest done. */
static inline struct row_shares share_rows(size_t rows, size_t blocks, size_t least, size_t most, size_t quantum)
{
	size_t n = blocks_of(rows, most), some = rows / least < blocks ? rows / least : blocks;

	n = n < some ? some : n;
	return (struct row_shares){rows, quantum, n > 1 ? round_up(n, 2) : 1};
}
static inline size_t share_begin(const struct row_shares *c, size_t block)
{
	size_t begin = block * blocks_of(c->rows, c->quantum) / c->n * c->quantum;

	return begin < c->rows ? begin : c->rows;
}
/* Runs f over elements [begin, end) of n in fixed blocks. */
void step_each(struct step *s, size_t n, void (*f)(struct step *s, size_t begin, size_t end));

/* out[c] (+)= sum over rows of dz[row][c]: fixed blocks, fixed order. shared holds column_sum_shared floats. */
size_t column_sum_shared(size_t rows, int c);
void column_sum(struct step *s, const float *dz, size_t rows, int c, float *out);

#endif
