/* DenseNet-BC (Huang et al. 2017) as torchvision builds it: every layer of a block adds GROWTH channels to what it
 * read. "features" ends with norm5; the relu behind it is what a head, and a map, reads. */
#include <stdio.h>

#include "zoo/family.h"

static const struct variant variants[] = {
	{.name = "densenet121", .blocks = {6, 12, 24, 16}},
	{.name = "densenet169", .blocks = {6, 12, 32, 32}},
	{.name = "densenet201", .blocks = {6, 12, 48, 32}},
	{.name = NULL},
};

enum { GROWTH = 32, BOTTLENECK = 4 * GROWTH };
static const float EPS = 1e-5f;

struct dense_block {
	struct graph *g;
	char name[64];
};

static const char *part(const struct dense_block *b, const char *suffix, char to[96])
{
	snprintf(to, 96, "%s.%s", b->name, suffix);
	return to;
}

/* Batch norm, relu, convolution, in this order. */
static struct node *bn_relu_conv(const struct dense_block *b, const char *suffix, struct node *n, int channels,
                                 int kernel)
{
	char to[96], module[16];

	snprintf(module, sizeof module, "norm%s", suffix);
	n = graph_bn(b->g, part(b, module, to), n, EPS);
	snprintf(module, sizeof module, "relu%s", suffix);
	n = graph_act(b->g, part(b, module, to), n, ACT_RELU);
	snprintf(module, sizeof module, "conv%s", suffix);
	return graph_conv(b->g, part(b, module, to), n, channels, window_square(kernel, 1, kernel / 2), 1, false);
}

/* The block's own name goes to what it puts out, all channels joined. */
static struct node *dense_block(struct graph *g, int block, int layers, struct node *all)
{
	struct node *fresh = NULL;
	char name[64], to[96];

	for (int i = 1; i <= layers; i++) {
		struct dense_block b = {.g = g};

		snprintf(b.name, sizeof b.name, "features.denseblock%d.denselayer%d", block, i);
		if (i > 1)
			all = graph_concat(g, part(&b, "concat", to), (struct node *[]){all, fresh}, 2);
		fresh = bn_relu_conv(&b, "1", all, BOTTLENECK, 1);
		fresh = bn_relu_conv(&b, "2", fresh, GROWTH, 3);
	}
	snprintf(name, sizeof name, "features.denseblock%d", block);
	return graph_concat(g, name, (struct node *[]){all, fresh}, 2);
}

/* Half the channels, and half the size but where the pool is left out. */
static struct node *transition(struct graph *g, int i, struct node *n, bool pool)
{
	struct dense_block b = {.g = g};
	char to[96];

	snprintf(b.name, sizeof b.name, "features.transition%d", i);
	n = bn_relu_conv(&b, "", n, n ? n->c / 2 : 0, 1);
	return pool ? graph_avgpool(g, part(&b, "pool", to), n, window_square(2, 2, 0), true) : n;
}

static struct node *features(struct graph *g, const struct variant *v, struct node *n, const struct form *form)
{
	n = graph_conv(g, "features.conv0", n, 2 * GROWTH, window_square(7, 2, 3), 1, false);
	n = graph_act(g, "features.relu0", graph_bn(g, "features.norm0", n, EPS), ACT_RELU);
	n = graph_maxpool(g, "features.pool0", n, window_square(3, 2, 1));
	for (int i = 1; i <= 4; i++) {
		n = dense_block(g, i, v->blocks[i - 1], n);
		if (i < 4)
			n = transition(g, i, n, i < 3 || form->last == 2);
	}
	return graph_act(g, "relu", graph_bn(g, "features.norm5", n, EPS), ACT_RELU);
}

static struct node *head(struct graph *g, struct node *n, int logits)
{
	return graph_dense(g, "classifier", graph_gap(g, "avgpool", n), logits, true);
}

const struct family family_densenet = {
	variants, features, head, "classifier", "DenseNet (Huang et al. 2017): each layer reads all before it",
	29, 0, true,
};
