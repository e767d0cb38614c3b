/* Activations: relu, relu6, sigmoid, usually fused behind the step before. */
#include <math.h>

#include "nn/op.h"

static int act_shape(struct graph *g, struct node *n, struct err *e)
{
	(void)g;
	(void)e;
	n->h = n->in[0]->h;
	n->w = n->in[0]->w;
	n->c = n->in[0]->c;
	return 0;
}

CLONES void act_forward(float *y, enum act act, int count)
{
	if (act == ACT_RELU)
		for (int i = 0; i < count; i++)
			y[i] = y[i] < 0 ? 0 : y[i]; /* a NaN stays one */
	else if (act == ACT_RELU6)
		for (int i = 0; i < count; i++)
			y[i] = y[i] < 0 ? 0 : y[i] > 6 ? 6 : y[i];
	else if (act == ACT_SIGMOID)
		for (int i = 0; i < count; i++)
			y[i] = 1 / (1 + expf(-y[i]));
}

CLONES void act_backward(float *restrict dz, const float *restrict y, enum act act, int count)
{
	if (act == ACT_RELU)
		for (int i = 0; i < count; i++)
			dz[i] = y[i] > 0 ? dz[i] : 0;
	else if (act == ACT_RELU6)
		for (int i = 0; i < count; i++)
			dz[i] = y[i] > 0 && y[i] < 6 ? dz[i] : 0;
	else if (act == ACT_SIGMOID)
		for (int i = 0; i < count; i++)
			dz[i] *= y[i] * (1 - y[i]);
}

/* A step of its own: the plan treats it as an identity with the activation fused behind. */
static void act_copy(struct step *s, size_t begin, size_t end)
{
	step_epilogue(s->y + begin, s->x + begin, NULL, s->residual ? s->residual + begin : NULL, s->act, (int)(end - begin));
}

static void forward(struct step *s)
{
	step_each(s, (size_t)s->n * node_size(s->node), act_copy);
}

static void act_input(struct step *s, size_t begin, size_t end)
{
	float *dx = s->dx + begin;
	const float *dz = s->dz + begin;
	bool add = s->accumulate[0];

	step_epilogue(dx, add ? dx : dz, NULL, add ? dz : NULL, ACT_NONE, (int)(end - begin));
}

static void backward(struct step *s)
{
	if (s->dx)
		step_each(s, (size_t)s->n * node_size(s->node), act_input);
}

const struct operator operator_act = {
	.name = "act",
	.shape = act_shape,
	.forward = forward,
	.backward = backward,
	.fuses = true,
};
