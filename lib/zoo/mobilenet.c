/* MobileNetV2 (Sandler et al. 2018) as torchvision builds it; the form of the ONNX model zoo widens before block 1's
 * depthwise convolution as in all others, by a factor of 1. */
#include <stdio.h>

#include "zoo/family.h"

static const struct variant variants[] = {
	{.name = "mobilenet_v2", .expand = false},
	{.name = "mobilenet_v2_onnx", .expand = true},
	{.name = NULL},
};

static const struct widening {
	int expansion, channels, repeats, stride;
} stages[] = {
	{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1},
};

enum { SHRINKS_LAST = 5 };

/* Convolution, batch norm and relu6: name.0, name.1, name.2. */
static struct node *conv_bn_relu(struct graph *g, const char *name, struct node *n, int channels, int kernel,
                                 int stride, int groups)
{
	char to[64];

	snprintf(to, sizeof to, "%s.0", name);
	n = graph_conv(g, to, n, channels, window_square(kernel, stride, kernel / 2), groups, false);
	snprintf(to, sizeof to, "%s.1", name);
	n = graph_bn(g, to, n, 1e-5f);
	snprintf(to, sizeof to, "%s.2", name);
	return graph_act(g, to, n, ACT_RELU6);
}

/* The block's own name goes to the sum, where there is one. */
static struct node *inverted_residual(struct graph *g, int block, const struct widening *s, struct node *in, int stride,
                                      bool expand)
{
	int wide = in ? in->c * s->expansion : 0, i = 0;
	struct node *n = in;
	char to[48];

	if (expand) {
		snprintf(to, sizeof to, "features.%d.conv.%d", block, i++);
		n = conv_bn_relu(g, to, n, wide, 1, 1, 1);
	}
	snprintf(to, sizeof to, "features.%d.conv.%d", block, i++);
	n = conv_bn_relu(g, to, n, wide, 3, stride, wide);
	snprintf(to, sizeof to, "features.%d.conv.%d", block, i++);
	n = graph_conv(g, to, n, s->channels, window_square(1, 1, 0), 1, false);
	snprintf(to, sizeof to, "features.%d.conv.%d", block, i);
	n = graph_bn(g, to, n, 1e-5f);
	if (stride != 1 || (in && in->c != s->channels))
		return n;
	snprintf(to, sizeof to, "features.%d", block);
	return graph_add(g, to, in, n);
}

static struct node *features(struct graph *g, const struct variant *v, struct node *n, const struct form *form)
{
	int block = 1;

	n = conv_bn_relu(g, "features.0", n, 32, 3, 2, 1);
	for (size_t s = 0; s < sizeof stages / sizeof *stages; s++)
		for (int i = 0; i < stages[s].repeats; i++, block++)
			n = inverted_residual(g, block, &stages[s], n, i ? 1 : s == SHRINKS_LAST ? form->last : stages[s].stride,
			                      stages[s].expansion > 1 || v->expand);
	return conv_bn_relu(g, "features.18", n, 1280, 1, 1, 1);
}

static struct node *head(struct graph *g, struct node *n, int logits)
{
	n = graph_dropout(g, "classifier.0", graph_gap(g, "avgpool", n), .2f);
	return graph_dense(g, "classifier.1", n, logits, true);
}

const struct family family_mobilenet = {
	variants, features, head, "classifier",
	"MobileNetV2 (Sandler et al. 2018): small and fast; onnx: as in the ONNX model zoo",
	32, 0, true,
};
