/* a + b: usually fused behind the step that makes the later of the two; alone it is a copy of a with b as residual. */
#include "nn/op.h"

static int add_shape(struct graph *g, struct node *n, struct err *e)
{
	const struct node *a = n->in[0], *b = n->in[1];

	(void)g;
	if (a->h != b->h || a->w != b->w || a->c != b->c)
		return err_set(e, "%s: %dx%dx%d and %dx%dx%d cannot be added", n->name, a->h, a->w, a->c, b->h, b->w, b->c);
	n->h = a->h;
	n->w = a->w;
	n->c = a->c;
	return 0;
}

static void add_values(struct step *s, size_t begin, size_t end)
{
	step_epilogue(s->y + begin, s->xs[0] + begin, NULL, s->xs[1] + begin, s->act, (int)(end - begin));
}

static void forward(struct step *s)
{
	step_each(s, (size_t)s->n * node_size(s->node), add_values);
}

static void add_gradients(struct step *s, size_t begin, size_t end)
{
	for (int i = 0; i < 2; i++) {
		float *dx = s->dxs[i];

		if (dx && s->accumulate[i])
			step_epilogue(dx + begin, dx + begin, NULL, s->dz + begin, ACT_NONE, (int)(end - begin));
		else if (dx)
			step_epilogue(dx + begin, s->dz + begin, NULL, NULL, ACT_NONE, (int)(end - begin));
	}
}

static void backward(struct step *s)
{
	step_each(s, (size_t)s->n * node_size(s->node), add_gradients);
}

const struct operator operator_add = {
	.name = "add",
	.shape = add_shape,
	.forward = forward,
	.backward = backward,
};
