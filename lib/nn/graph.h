#ifndef NN_GRAPH_H
#define NN_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* A network as a list of nodes in the order they run. Activations are NHWC: a node's shape is (h, w, c) per image,
 * a flat vector is (1, 1, c). Builders return the new node; after a mistake (shapes that do not fit) they return NULL
 * and pass NULL on, the first message waits in the graph, and graph_end reports it. */

/* name, op: one file each, lib/nn/op_<name>.c */
#define OPS(X) \
	X(input) X(conv) X(bn) X(act) X(maxpool) X(avgpool) X(gap) X(dense) X(dropout) X(add) X(concat) X(flatten) \
	X(enlarge)
enum op {
#define X(name) OP_##name,
	OPS(X)
#undef X
	OP_COUNT
};

enum act { ACT_NONE, ACT_RELU, ACT_RELU6, ACT_SIGMOID };

struct window { /* of a convolution or a pool */
	int kh, kw, stride_h, stride_w;
	int top, left, bottom, right; /* padding */
};
struct window window_square(int kernel, int stride, int padding);

/* A parameter: weights OIHW on disk (shape), OHWI in memory; everything else has one dimension. A dense weight behind
 * a flatten of several places is [O][C places] on disk, as torch flattens, and [O][places C] in memory. Running
 * statistics (mean, variance) are parameters that are never trained. */
enum role { ROLE_WEIGHT, ROLE_BIAS, ROLE_GAMMA, ROLE_BETA, ROLE_MEAN, ROLE_VAR };
struct param {
	char *name; /* torchvision's: "layer1.0.conv1.weight" */
	enum role role;
	int ndim, shape[4]; /* as on disk */
	int taps;           /* of a weight: kernel pixels, or flattened places in front; else 1 */
	size_t count, offset; /* floats, in the net's one parameter block */
	struct node *node;
};

struct node {
	enum op op;
	char *name; /* unique; torchvision's module name where there is one */
	int index;  /* place in graph->node */
	int h, w, c;
	int nin, nuser;
	struct node **in;
	struct window window; /* conv, maxpool, avgpool */
	int groups;           /* conv */
	bool bias;            /* conv, dense */
	bool logits;          /* conv: these are logits, no activation follows */
	enum act act;         /* act */
	float eps, momentum;  /* bn */
	float rate;           /* dropout */
	bool include_pad;     /* avgpool */
	bool adaptive;        /* avgpool: to a given size, whatever the input's */
	int param[4], nparam; /* conv, dense: weight [bias]; bn: gamma beta mean var. Indices into graph->param */
	size_t offset[4];     /* where each starts in the parameter block */
};

struct graph {
	struct node **node;
	int nnode;
	struct param **param;
	int nparam;
	size_t count; /* floats of all parameters */
	struct node *input, *output;
	struct node *aux; /* logits of an auxiliary classifier that only training runs, or NULL */
	const char *prefix; /* stands before the names of nodes to come; NULL: nothing */
	struct err err;
	bool failed;
	size_t nodecap, paramcap;
};

struct graph *graph_new(void);
void graph_free(struct graph *g);
int graph_end(struct graph *g, struct node *output, struct err *e);
/* Forgets all nodes behind n, and their parameters. */
void graph_cut(struct graph *g, const struct node *n);

struct node *graph_input(struct graph *g, int h, int w, int c);
struct node *graph_conv(struct graph *g, const char *name, struct node *in, int channels, struct window w, int groups,
                        bool bias);
struct node *graph_bn(struct graph *g, const char *name, struct node *in, float eps);
struct node *graph_act(struct graph *g, const char *name, struct node *in, enum act act);
struct node *graph_maxpool(struct graph *g, const char *name, struct node *in, struct window w);
struct node *graph_avgpool(struct graph *g, const char *name, struct node *in, struct window w, bool include_pad);
/* To h x w places, each the mean of its share of the input (torch's AdaptiveAvgPool2d). */
struct node *graph_adaptive(struct graph *g, const char *name, struct node *in, int h, int w);
struct node *graph_gap(struct graph *g, const char *name, struct node *in);
struct node *graph_dense(struct graph *g, const char *name, struct node *in, int channels, bool bias);
struct node *graph_dropout(struct graph *g, const char *name, struct node *in, float rate);
struct node *graph_add(struct graph *g, const char *name, struct node *a, struct node *b);
struct node *graph_concat(struct graph *g, const char *name, struct node **in, int n);
struct node *graph_flatten(struct graph *g, const char *name, struct node *in);
/* To h x w places, bilinear (torch's interpolate, align_corners=False). */
struct node *graph_enlarge(struct graph *g, const char *name, struct node *in, int h, int w);
/* A node like n (which may be another graph's) that reads in[n->nin] instead. */
struct node *graph_copy(struct graph *g, const struct node *n, struct node **in);

struct node *graph_find(const struct graph *g, const char *name); /* NULL when there is none */
size_t graph_count(const struct graph *g); /* learnable parameters, as published counts do (no running statistics) */
size_t graph_statistics(const struct graph *g); /* these */

/* The canonical dump, one line per node: index, name, op, attributes, inputs, shape, parameters. The golden test of
 * every architecture and what cxr-model info prints. */
void graph_dump(const struct graph *g, FILE *f);

#endif
