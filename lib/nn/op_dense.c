#include <string.h>

#include "nn/op.h"

/* Fully connected: y = W x + b, W [out][in]. Our own loops: heads are small, and a row's bits depend on it alone. */
static int dense_shape(struct graph *g, struct node *n, struct err *e)
{
	const struct node *in = n->in[0];
	int weight[2] = {n->c, in->c};

	if (in->h != 1 || in->w != 1)
		return err_set(e, "%s: a dense layer wants a flat input, not %dx%dx%d", n->name, in->h, in->w, in->c);
	n->h = n->w = 1;
	graph_param(g, n, "weight", ROLE_WEIGHT, 2, weight);
	if (n->bias)
		graph_param(g, n, "bias", ROLE_BIAS, 1, &n->c);
	return 0;
}

/* Sixteen partial sums in a fixed order: vectorisable without -ffast-math. */
static CLONES float dot(const float *restrict a, const float *restrict b, int n)
{
	float part[16] = {0}, sum = 0;
	int i = 0;

	for (; i + 16 <= n; i += 16)
		for (int l = 0; l < 16; l++)
			part[l] += a[i + l] * b[i + l];
	for (; i < n; i++)
		part[i % 16] += a[i] * b[i];
	for (int l = 0; l < 16; l++)
		sum += part[l];
	return sum;
}

static CLONES void add_scaled(float *restrict to, const float *restrict from, float scale, int n)
{
	for (int i = 0; i < n; i++)
		to[i] += scale * from[i];
}

static void forward_picture(void *ctx, size_t picture, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	int k = n->in[0]->c;
	const float *x = s->x + picture * (size_t)k, *w = step_param(s, n, 0);
	float *y = s->y + picture * (size_t)n->c;

	(void)worker;
	for (int o = 0; o < n->c; o++)
		y[o] = dot(x, w + (size_t)o * (size_t)k, k) + (n->bias ? step_param(s, n, 1)[o] : 0);
	step_epilogue(y, y, NULL, s->residual ? s->residual + picture * (size_t)n->c : NULL, s->act, n->c);
}

static void forward(struct step *s)
{
	pool_run(s->pool, (size_t)s->n, forward_picture, s);
}

static void backward_picture(void *ctx, size_t picture, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	int k = n->in[0]->c;
	float *dx = s->dx + picture * (size_t)k;
	const float *dz = s->dz + picture * (size_t)n->c, *w = step_param(s, n, 0);

	(void)worker;
	if (!s->accumulate[0])
		memset(dx, 0, (size_t)k * sizeof *dx);
	for (int o = 0; o < n->c; o++)
		add_scaled(dx, w + (size_t)o * (size_t)k, dz[o], k);
}

/* One output's weights a block; pictures in order. */
static void backward_output(void *ctx, size_t o, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	size_t k = (size_t)n->in[0]->c, c = (size_t)n->c;
	float *dw = step_param_grad(s, n, 0) + o * k;
	float sum = 0;

	(void)worker;
	memset(dw, 0, k * sizeof *dw);
	for (size_t p = 0; p < (size_t)s->n; p++) {
		add_scaled(dw, s->x + p * k, s->dz[p * c + o], (int)k);
		sum += s->dz[p * c + o];
	}
	if (n->bias)
		step_param_grad(s, n, 1)[o] = sum;
}

static void backward(struct step *s)
{
	if (s->grad_params)
		pool_run(s->pool, (size_t)s->node->c, backward_output, s);
	if (s->dx)
		pool_run(s->pool, (size_t)s->n, backward_picture, s);
}

const struct operator operator_dense = {
	.name = "dense",
	.shape = dense_shape,
	.forward = forward,
	.backward = backward,
	.uses_x = true,
	.fuses = true,
};
