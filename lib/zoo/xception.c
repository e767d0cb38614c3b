/* Xception (Chollet 2017) with the names and paddings of its PyTorch ports: pools are padded by 1 on every side. */
#include <stdio.h>

#include "zoo/family.h"

static const struct variant variants[] = {
	{.name = "xception"},
	{.name = NULL},
};

static const float EPS = 1e-5f;

/* Each channel by itself, then all of them together. */
static struct node *separable(struct graph *g, const char *name, struct node *n, int channels)
{
	char to[64];

	snprintf(to, sizeof to, "%s.conv1", name);
	n = graph_conv(g, to, n, n ? n->c : 0, window_square(3, 1, 1), n ? n->c : 1, false);
	snprintf(to, sizeof to, "%s.pointwise", name);
	return graph_conv(g, to, n, channels, window_square(1, 1, 0), 1, false);
}

/* A block as a row: relu, separable convolution and batch norm for each width. All but the middle ones halve the size
 * with a pool; the first has no relu in front, its input has come from one. */
static const int rows[][3] = {
	{128, 128},      {256, 256},      {728, 728},      {728, 728, 728}, {728, 728, 728}, {728, 728, 728},
	{728, 728, 728}, {728, 728, 728}, {728, 728, 728}, {728, 728, 728}, {728, 728, 728}, {728, 1024},
};
enum { BLOCKS = sizeof rows / sizeof *rows };

static struct node *shortcut(struct graph *g, int block, struct node *in, int channels)
{
	char to[64];

	snprintf(to, sizeof to, "block%d.skip", block);
	in = graph_conv(g, to, in, channels, window_square(1, 2, 0), 1, false);
	snprintf(to, sizeof to, "block%d.skipbn", block);
	return graph_bn(g, to, in, EPS);
}

/* Module number *i of the block's Sequential. */
static const char *rep(int block, int *i, char to[32])
{
	snprintf(to, 32, "block%d.rep.%d", block, (*i)++);
	return to;
}

static struct node *residual_block(struct graph *g, int block, const int width[3], struct node *in)
{
	struct node *n = in;
	char to[32];
	int i = 0;

	for (int k = 0; k < 3 && width[k]; k++) {
		if (k || block > 1)
			n = graph_act(g, rep(block, &i, to), n, ACT_RELU);
		n = separable(g, rep(block, &i, to), n, width[k]);
		n = graph_bn(g, rep(block, &i, to), n, EPS);
	}
	if (!width[2]) {
		n = graph_maxpool(g, rep(block, &i, to), n, window_square(3, 2, 1));
		in = shortcut(g, block, in, width[1]);
	}
	snprintf(to, sizeof to, "block%d", block);
	return graph_add(g, to, n, in);
}

static struct node *features(struct graph *g, const struct variant *v, struct node *n, const struct form *form)
{
	(void)v;
	(void)form;
	n = graph_conv(g, "conv1", n, 32, window_square(3, 2, 0), 1, false);
	n = graph_act(g, "relu1", graph_bn(g, "bn1", n, EPS), ACT_RELU);
	n = graph_conv(g, "conv2", n, 64, window_square(3, 1, 0), 1, false);
	n = graph_act(g, "relu2", graph_bn(g, "bn2", n, EPS), ACT_RELU);
	for (int block = 1; block <= BLOCKS; block++)
		n = residual_block(g, block, rows[block - 1], n);
	n = separable(g, "conv3", n, 1536);
	n = graph_act(g, "relu3", graph_bn(g, "bn3", n, EPS), ACT_RELU);
	n = separable(g, "conv4", n, 2048);
	return graph_act(g, "relu4", graph_bn(g, "bn4", n, EPS), ACT_RELU);
}

static struct node *head(struct graph *g, struct node *n, int logits)
{
	return graph_dense(g, "fc", graph_gap(g, "avgpool", n), logits, true);
}

const struct family family_xception = {
	variants, features, head, "fc", "Xception (Chollet 2017): separable convolutions",
	32, 0, false,
};
