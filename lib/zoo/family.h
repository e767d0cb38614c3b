#ifndef ZOO_FAMILY_H
#define ZOO_FAMILY_H

#include "nn/graph.h"

/* A family of architectures: one file each, variants as rows of a table. Private to lib/zoo. */
struct variant {
	const char *name;
	int blocks[5];   /* how often the parts of a stage are repeated */
	bool bottleneck; /* resnet */
	bool bn;         /* vgg: batch norm behind every convolution */
	bool expand;     /* mobilenet: block 1 has an expansion, too */
};
/* What a spec may change of a family's features. */
struct form {
	int aux;  /* outputs of an auxiliary classifier on the way; 0: without */
	int last; /* by how much the last stage shrinks its input: 2 as published, 1 for cells half as large */
};
struct family {
	const struct variant *variant; /* ends with a NULL name */
	/* The last feature map, before it is pooled, or NULL when the graph failed. */
	struct node *(*features)(struct graph *g, const struct variant *v, struct node *input, const struct form *form);
	/* The family's own head on it. The last node. */
	struct node *(*head)(struct graph *g, struct node *features, int logits);
	const char *classifier; /* the module that head= replaces */
	const char *words;      /* what it is, in a few words */
	int smallest;           /* least width and height of an image */
	int smallest_aux;       /* with the auxiliary classifier; 0: there is none */
	bool keeps;             /* form.last may be 1: the last stage keeps its input's places */
};
extern const struct family family_resnet, family_vgg, family_densenet, family_mobilenet, family_inception,
	family_xception;

/* NULL with a message that lists what there is. */
const struct variant *family_find(const char *name, const struct family **family, struct err *e);
/* Does the family take this `last`? -1 and a message that names the architecture. */
int family_check_last(const struct family *f, const char *name, int last, struct err *e);

/* A head=: layers separated by commas, of bn, relu, dropX (X the rate) and N (a dense layer of that width). */
struct head_layer {
	enum op op;
	int width;
	float rate;
};
enum { HEAD_LAYERS = 32 };
struct head {
	struct head_layer layer[HEAD_LAYERS];
	int n;
};
int head_parse(struct head *h, const char *text, struct err *e);
/* These layers on a flat vector and a dense one to the logits behind them: name.0, name.1 ... as torch numbers a
 * Sequential. */
struct node *head_build(struct graph *g, const char *name, const struct head *h, struct node *in, int logits);

/* A map in place of a class: a 1x1 convolution to one logit on each of these layers (names separated by commas;
 * "layer4" is what layer4 puts out), enlarged to height x width and added up, as a fully convolutional network does
 * (Long et al. 2015). Tensors are dense.<layer>.weight and .bias. Nodes behind the last of the layers are cut off. The
 * last node; NULL where there is no such layer, or none with places. */
struct node *dense_build(struct graph *g, const char *layers, int height, int width, struct err *e);

/* Branches (names separated by +) side by side on one input, tensors a., b. ...; the pooled features of all are joined.
 * The joined vector, NULL when the graph failed. */
enum { STACK_BRANCHES = 8 };
int stack_check(const char *branches, int last, int *smallest, struct err *e);
struct node *stack_features(struct graph *g, const char *branches, struct node *input, int last);
extern const char *const stack_head; /* unless another head= is given */

#endif
