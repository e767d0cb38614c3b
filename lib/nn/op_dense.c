/* Fully connected: y = W x + b, W [out][in]. Our own loops: heads are small, and a row's bits depend on it alone. */
#include <string.h>

#include "nn/op.h"

/* Places of one channel, next to each other in a file's rows, that a flatten in front has put c apart. */
static int flattened(const struct node *in)
{
	while (in->op == OP_dropout || in->op == OP_act)
		in = in->in[0];
	return in->op == OP_flatten ? in->in[0]->h * in->in[0]->w : 1;
}

static int dense_shape(struct graph *g, struct node *n, struct err *e)
{
	const struct node *in = n->in[0];
	int weight[2] = {n->c, in->c};

	if (in->h != 1 || in->w != 1)
		return err_set(e, "%s: a dense layer wants a flat input, not %dx%dx%d", n->name, in->h, in->w, in->c);
	n->h = n->w = 1;
	graph_param(g, n, "weight", ROLE_WEIGHT, 2, weight);
	g->param[n->param[0]]->taps = flattened(in);
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

/* Some outputs, or inputs, of all images a block: the weights of a large layer are read once for a batch. */
enum { OUTPUTS = 16, INPUTS = 1024 };

static void forward_outputs(void *ctx, size_t block, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	int begin = (int)block * OUTPUTS, end = begin + OUTPUTS < n->c ? begin + OUTPUTS : n->c;
	size_t k = (size_t)n->in[0]->c, c = (size_t)n->c;
	const float *w = step_param(s, n, 0), *bias = n->bias ? step_param(s, n, 1) : NULL;

	(void)worker;
	for (int o = begin; o < end; o++)
		for (size_t p = 0; p < (size_t)s->n; p++)
			s->y[p * c + (size_t)o] = dot(s->x + p * k, w + (size_t)o * k, (int)k) + (bias ? bias[o] : 0);
	for (size_t at = (size_t)begin; at < (size_t)s->n * c; at += c)
		step_epilogue(s->y + at, s->y + at, NULL, s->residual ? s->residual + at : NULL, s->act, end - begin);
}

static void forward(struct step *s)
{
	pool_run(s->pool, blocks_of((size_t)s->node->c, OUTPUTS), forward_outputs, s);
}

static void backward_inputs(void *ctx, size_t block, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	size_t k = (size_t)n->in[0]->c, c = (size_t)n->c, begin = block * INPUTS;
	int count = (int)(k - begin < INPUTS ? k - begin : INPUTS);
	const float *w = step_param(s, n, 0) + begin;

	(void)worker;
	for (size_t p = 0; p < (size_t)s->n && !s->accumulate[0]; p++)
		memset(s->dx + p * k + begin, 0, (size_t)count * sizeof *s->dx);
	for (size_t o = 0; o < c; o++)
		for (size_t p = 0; p < (size_t)s->n; p++)
			add_scaled(s->dx + p * k + begin, w + o * k, s->dz[p * c + o], count);
}

/* One output's weights a block; images in order. */
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
		pool_run(s->pool, blocks_of((size_t)s->node->in[0]->c, INPUTS), backward_inputs, s);
}

const struct operator operator_dense = {
	.name = "dense",
	.shape = dense_shape,
	.forward = forward,
	.backward = backward,
	.uses_x = true,
	.fuses = true,
};
