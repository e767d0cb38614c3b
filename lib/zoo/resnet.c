/* ResNet (He et al. 2016) as torchvision builds it: stride in the 3x3 convolution of a bottleneck ("v1.5"). */
#include <stdio.h>

#include "zoo/family.h"

static const struct variant variants[] = {
	{"resnet18", {2, 2, 2, 2}, .bottleneck = false},
	{"resnet34", {3, 4, 6, 3}, .bottleneck = false},
	{"resnet50", {3, 4, 6, 3}, .bottleneck = true},
	{"resnet101", {3, 4, 23, 3}, .bottleneck = true},
	{.name = NULL},
};

static const float EPS = 1e-5f;

struct bottleneck {
	struct graph *g;
	char name[32];
};

static const char *part(const struct bottleneck *b, const char *suffix, char to[64])
{
	snprintf(to, 64, "%s.%s", b->name, suffix);
	return to;
}

static struct node *conv_bn(const struct bottleneck *b, const char *conv, const char *bn, struct node *in, int channels,
                            int kernel, int stride)
{
	char name[64];
	struct window w = window_square(kernel, stride, kernel / 2);
	struct node *n = graph_conv(b->g, part(b, conv, name), in, channels, w, 1, false);

	return graph_bn(b->g, part(b, bn, name), n, EPS);
}

static struct node *relu(const struct bottleneck *b, const char *suffix, struct node *in)
{
	char name[64];

	return graph_act(b->g, part(b, suffix, name), in, ACT_RELU);
}

/* width is that of the 3x3 convolutions. The block's own name goes to its last node: "layer4.1" is what a user means
 * by that layer's output. */
static struct node *residual_block(const struct bottleneck *b, struct node *in, int width, int stride, bool bottleneck)
{
	int out = bottleneck ? 4 * width : width;
	struct node *shortcut = in, *n = in;
	char name[64];

	if (bottleneck) {
		n = relu(b, "relu1", conv_bn(b, "conv1", "bn1", n, width, 1, 1));
		n = relu(b, "relu2", conv_bn(b, "conv2", "bn2", n, width, 3, stride));
		n = conv_bn(b, "conv3", "bn3", n, out, 1, 1);
	} else {
		n = relu(b, "relu1", conv_bn(b, "conv1", "bn1", n, width, 3, stride));
		n = conv_bn(b, "conv2", "bn2", n, out, 3, 1);
	}
	if (in && (stride != 1 || in->c != out))
		shortcut = conv_bn(b, "downsample.0", "downsample.1", in, out, 1, stride);
	n = graph_add(b->g, part(b, "add", name), n, shortcut);
	return graph_act(b->g, b->name, n, ACT_RELU);
}

static struct node *features(struct graph *g, const struct variant *v, struct node *input,
                             const struct form *form)
{
	struct node *n = graph_conv(g, "conv1", input, 64, window_square(7, 2, 3), 1, false);

	n = graph_act(g, "relu", graph_bn(g, "bn1", n, EPS), ACT_RELU);
	n = graph_maxpool(g, "maxpool", n, window_square(3, 2, 1));
	for (int layer = 0; layer < 4; layer++) {
		int first = layer == 0 ? 1 : layer < 3 ? 2 : form->last;

		for (int i = 0; i < v->blocks[layer]; i++) {
			struct bottleneck b = {.g = g};

			snprintf(b.name, sizeof b.name, "layer%d.%d", layer + 1, i);
			n = residual_block(&b, n, 64 << layer, i ? 1 : first, v->bottleneck);
		}
	}
	return n;
}

static struct node *head(struct graph *g, struct node *n, int logits)
{
	return graph_dense(g, "fc", graph_gap(g, "avgpool", n), logits, true);
}

const struct family family_resnet = {
	variants, features, head, "fc", "ResNet (He et al. 2016): residual blocks",
	32, 0, true,
};
