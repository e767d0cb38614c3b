/* VGG (Simonyan and Zisserman 2015) as torchvision builds it: modules of a Sequential, counted through. */
#include <stdio.h>

#include "zoo/family.h"

static const struct variant variants[] = {
	{"vgg16", {2, 2, 3, 3, 3}, .bn = false},
	{"vgg19", {2, 2, 4, 4, 4}, .bn = false},
	{"vgg16_bn", {2, 2, 3, 3, 3}, .bn = true},
	{"vgg19_bn", {2, 2, 4, 4, 4}, .bn = true},
	{.name = NULL},
};

static const char *name(char to[32], const char *module, int *index)
{
	snprintf(to, 32, "%s.%d", module, (*index)++);
	return to;
}

static struct node *features(struct graph *g, const struct variant *v, struct node *n, const struct form *form)
{
	char to[32];
	int index = 0;

	for (int stage = 0; stage < 5; stage++) {
		for (int i = 0; i < v->blocks[stage]; i++) {
			int channels = stage < 3 ? 64 << stage : 512;

			n = graph_conv(g, name(to, "features", &index), n, channels, window_square(3, 1, 1), 1, true);
			if (v->bn)
				n = graph_bn(g, name(to, "features", &index), n, 1e-5f);
			n = graph_act(g, name(to, "features", &index), n, ACT_RELU);
		}
		if (stage < 4 || form->last == 2)
			n = graph_maxpool(g, name(to, "features", &index), n, window_square(2, 2, 0));
	}
	return n;
}

static struct node *head(struct graph *g, struct node *n, int logits)
{
	char to[32];
	int index = 0;

	n = graph_flatten(g, "flatten", graph_adaptive(g, "avgpool", n, 7, 7));
	for (int i = 0; i < 2; i++) {
		n = graph_dense(g, name(to, "classifier", &index), n, 4096, true);
		n = graph_act(g, name(to, "classifier", &index), n, ACT_RELU);
		n = graph_dropout(g, name(to, "classifier", &index), n, .5f);
	}
	return graph_dense(g, name(to, "classifier", &index), n, logits, true);
}

const struct family family_vgg = {
	variants, features, head, "classifier",
	"VGG (Simonyan and Zisserman 2015): plain 3x3 convolutions; bn: with batch norm",
	32, 0, true,
};
