/* Inverted dropout (Srivastava 2014): a unit is kept with probability 1 - rate and scaled by its inverse. The mask is a
 * function of (seed, image, node, unit). Where it is not active the plan gives the node the memory of its input. */
#include "base/rng.h"
#include "nn/op.h"

static int dropout_shape(struct graph *g, struct node *n, struct err *e)
{
	(void)g;
	if (!(n->rate >= 0 && n->rate < 1))
		return err_set(e, "%s: rate %g is not in [0,1)", n->name, (double)n->rate);
	n->h = n->in[0]->h;
	n->w = n->in[0]->w;
	n->c = n->in[0]->c;
	return 0;
}

static void masked(const struct step *s, size_t image, const float *from, float *to, bool accumulate)
{
	size_t size = node_size(s->node);
	struct rng r = rng_at(s->seed, RNG_DROPOUT, s->key ? s->key[image] : image, (uint64_t)s->node->index);
	float scale = 1 / (1 - s->node->rate);

	for (size_t i = image * size; i < (image + 1) * size; i++) {
		float v = rng_uniform(&r) < (double)s->node->rate ? 0 : from[i] * scale;

		to[i] = accumulate ? to[i] + v : v;
	}
}

static void forward_image(void *ctx, size_t image, int worker)
{
	struct step *s = ctx;

	(void)worker;
	masked(s, image, s->x, s->y, false);
}

static void backward_image(void *ctx, size_t image, int worker)
{
	struct step *s = ctx;

	(void)worker;
	masked(s, image, s->dz, s->dx, s->accumulate[0]);
}

static void forward(struct step *s)
{
	pool_run(s->pool, (size_t)s->n, forward_image, s);
}

static void backward(struct step *s)
{
	if (s->dx)
		pool_run(s->pool, (size_t)s->n, backward_image, s);
}

const struct operator operator_dropout = {
	.name = "dropout",
	.shape = dropout_shape,
	.forward = forward,
	.backward = backward,
};
