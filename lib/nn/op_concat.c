/* Channels of several inputs side by side. */
#include <string.h>

#include "nn/op.h"

static int concat_shape(struct graph *g, struct node *n, struct err *e)
{
	(void)g;
	n->h = n->in[0]->h;
	n->w = n->in[0]->w;
	n->c = 0;
	for (int i = 0; i < n->nin; i++) {
		if (n->in[i]->h != n->h || n->in[i]->w != n->w)
			return err_set(e, "%s: %dx%d and %dx%d cannot be joined", n->name, n->h, n->w, n->in[i]->h, n->in[i]->w);
		n->c += n->in[i]->c;
	}
	return 0;
}

/* One input, whose channels begin at `at` of the result's. */
struct concat_part {
	struct step *s;
	int input, at;
};

/* A line of an image; lines of all images are numbered. */
static void concat_line(void *ctx, size_t line, int worker)
{
	const struct concat_part *part = ctx;
	const struct step *s = part->s;
	const struct node *n = s->node;
	size_t begin = line * (size_t)n->w, end = begin + (size_t)n->w, c = (size_t)n->in[part->input]->c;

	(void)worker;
	for (size_t p = begin; p < end; p++)
		memcpy(s->y + p * s->ldy + part->at, s->xs[part->input] + p * c, c * sizeof *s->y);
}

/* Inputs that are slices of the result are where they belong. */
static void forward(struct step *s)
{
	const struct node *n = s->node;

	for (struct concat_part p = {.s = s}; p.input < n->nin; p.at += n->in[p.input++]->c)
		if (s->xs[p.input] != s->y + p.at)
			pool_run(s->pool, (size_t)s->n * (size_t)n->h, concat_line, &p);
}

static void split_line(void *ctx, size_t line, int worker)
{
	struct step *s = ctx;
	const struct node *n = s->node;
	size_t begin = line * (size_t)n->w, end = begin + (size_t)n->w;
	const float *dz = s->dz + begin * (size_t)n->c;

	(void)worker;
	for (size_t p = begin; p < end; p++)
		for (int i = 0; i < n->nin; i++) {
			int c = n->in[i]->c;
			float *dx = s->dxs[i] ? s->dxs[i] + p * (size_t)c : NULL;

			if (dx && s->accumulate[i])
				step_epilogue(dx, dx, NULL, dz, ACT_NONE, c);
			else if (dx)
				memcpy(dx, dz, (size_t)c * sizeof *dx);
			dz += c;
		}
}

static void backward(struct step *s)
{
	pool_run(s->pool, (size_t)s->n * (size_t)s->node->h, split_line, s);
}

const struct operator operator_concat = {
	.name = "concat",
	.shape = concat_shape,
	.forward = forward,
	.backward = backward,
	.writes_slices = step_always,
};
