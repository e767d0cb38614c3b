/* The input of a network: it only has a shape. */
#include "nn/op.h"

static int input_shape(struct graph *g, struct node *n, struct err *e)
{
	(void)g;
	if (n->h < 1 || n->w < 1 || n->c < 1)
		return err_set(e, "input %dx%dx%d has no pixels", n->h, n->w, n->c);
	return 0;
}

const struct operator operator_input = {.name = "input", .shape = input_shape};
