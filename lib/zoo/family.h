#ifndef ZOO_FAMILY_H
#define ZOO_FAMILY_H

#include "nn/graph.h"

/* A family of architectures: one file each, variants as rows of a table. Private to lib/zoo. */
struct variant {
	const char *name;
	int blocks[4];
	bool bottleneck;
};
struct family {
	const struct variant *variant; /* ends with a NULL name */
	/* The last node (logits outputs), or NULL when the graph failed. */
	struct node *(*build)(struct graph *g, const struct variant *v, struct node *input, int logits);
	int smallest; /* least width and height of a picture */
};
extern const struct family family_resnet;

#endif
