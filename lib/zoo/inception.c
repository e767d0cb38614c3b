/* InceptionV3 (Szegedy et al. 2016) as torchvision builds it, its input taken as it comes (transform_input false). A
 * convolution's own name goes to its relu, a block's to the joined branches. */
#include <stdio.h>

#include "zoo/family.h"

static const struct variant variants[] = {
	{.name = "inception_v3"},
	{.name = NULL},
};

struct inception_block {
	struct graph *g;
	const char *name;
};

static struct window same(int kh, int kw)
{
	return (struct window){kh, kw, 1, 1, kh / 2, kw / 2, kh / 2, kw / 2};
}

static const char *part(const struct inception_block *b, const char *suffix, char to[64])
{
	snprintf(to, 64, "%s.%s", b->name, suffix);
	return to;
}

/* BasicConv2d */
static struct node *conv(struct graph *g, const char *name, struct node *n, int channels, struct window w)
{
	char to[64];

	snprintf(to, sizeof to, "%s.conv", name);
	n = graph_conv(g, to, n, channels, w, 1, false);
	snprintf(to, sizeof to, "%s.bn", name);
	return graph_act(g, name, graph_bn(g, to, n, 1e-3f), ACT_RELU);
}

static struct node *branch(const struct inception_block *b, const char *suffix, struct node *n, int channels, int kh,
                           int kw)
{
	char to[48];

	snprintf(to, sizeof to, "%s.%s", b->name, suffix);
	return conv(b->g, to, n, channels, same(kh, kw));
}

/* Stride 2, no padding: the size is halved. */
static struct node *halve(const struct inception_block *b, const char *suffix, struct node *n, int channels)
{
	char to[48];

	snprintf(to, sizeof to, "%s.%s", b->name, suffix);
	return conv(b->g, to, n, channels, window_square(3, 2, 0));
}

static struct node *pooled(const struct inception_block *b, struct node *n, int channels)
{
	char to[64];

	n = graph_avgpool(b->g, part(b, "pool", to), n, same(3, 3), true);
	return branch(b, "branch_pool", n, channels, 1, 1);
}

static struct node *inception_a(struct graph *g, const char *name, struct node *in, int pool)
{
	struct inception_block b = {g, name};
	struct node *parts[4], *n;

	parts[0] = branch(&b, "branch1x1", in, 64, 1, 1);
	n = branch(&b, "branch5x5_1", in, 48, 1, 1);
	parts[1] = branch(&b, "branch5x5_2", n, 64, 5, 5);
	n = branch(&b, "branch3x3dbl_1", in, 64, 1, 1);
	n = branch(&b, "branch3x3dbl_2", n, 96, 3, 3);
	parts[2] = branch(&b, "branch3x3dbl_3", n, 96, 3, 3);
	parts[3] = pooled(&b, in, pool);
	return graph_concat(g, name, parts, 4);
}

static struct node *inception_b(struct graph *g, const char *name, struct node *in)
{
	struct inception_block b = {g, name};
	struct node *parts[3], *n;
	char to[64];

	parts[0] = halve(&b, "branch3x3", in, 384);
	n = branch(&b, "branch3x3dbl_1", in, 64, 1, 1);
	n = branch(&b, "branch3x3dbl_2", n, 96, 3, 3);
	parts[1] = halve(&b, "branch3x3dbl_3", n, 96);
	parts[2] = graph_maxpool(g, part(&b, "pool", to), in, window_square(3, 2, 0));
	return graph_concat(g, name, parts, 3);
}

static struct node *inception_c(struct graph *g, const char *name, struct node *in, int c7)
{
	struct inception_block b = {g, name};
	struct node *parts[4], *n;

	parts[0] = branch(&b, "branch1x1", in, 192, 1, 1);
	n = branch(&b, "branch7x7_1", in, c7, 1, 1);
	n = branch(&b, "branch7x7_2", n, c7, 1, 7);
	parts[1] = branch(&b, "branch7x7_3", n, 192, 7, 1);
	n = branch(&b, "branch7x7dbl_1", in, c7, 1, 1);
	n = branch(&b, "branch7x7dbl_2", n, c7, 7, 1);
	n = branch(&b, "branch7x7dbl_3", n, c7, 1, 7);
	n = branch(&b, "branch7x7dbl_4", n, c7, 7, 1);
	parts[2] = branch(&b, "branch7x7dbl_5", n, 192, 1, 7);
	parts[3] = pooled(&b, in, 192);
	return graph_concat(g, name, parts, 4);
}

static struct node *inception_d(struct graph *g, const char *name, struct node *in)
{
	struct inception_block b = {g, name};
	struct node *parts[3], *n;
	char to[64];

	n = branch(&b, "branch3x3_1", in, 192, 1, 1);
	parts[0] = halve(&b, "branch3x3_2", n, 320);
	n = branch(&b, "branch7x7x3_1", in, 192, 1, 1);
	n = branch(&b, "branch7x7x3_2", n, 192, 1, 7);
	n = branch(&b, "branch7x7x3_3", n, 192, 7, 1);
	parts[1] = halve(&b, "branch7x7x3_4", n, 192);
	parts[2] = graph_maxpool(g, part(&b, "pool", to), in, window_square(3, 2, 0));
	return graph_concat(g, name, parts, 3);
}

static struct node *inception_e(struct graph *g, const char *name, struct node *in)
{
	struct inception_block b = {g, name};
	struct node *parts[4], *n, *fork[2];
	char to[64];

	parts[0] = branch(&b, "branch1x1", in, 320, 1, 1);
	n = branch(&b, "branch3x3_1", in, 384, 1, 1);
	fork[0] = branch(&b, "branch3x3_2a", n, 384, 1, 3);
	fork[1] = branch(&b, "branch3x3_2b", n, 384, 3, 1);
	parts[1] = graph_concat(g, part(&b, "branch3x3", to), fork, 2);
	n = branch(&b, "branch3x3dbl_1", in, 448, 1, 1);
	n = branch(&b, "branch3x3dbl_2", n, 384, 3, 3);
	fork[0] = branch(&b, "branch3x3dbl_3a", n, 384, 1, 3);
	fork[1] = branch(&b, "branch3x3dbl_3b", n, 384, 3, 1);
	parts[2] = graph_concat(g, part(&b, "branch3x3dbl", to), fork, 2);
	parts[3] = pooled(&b, in, 192);
	return graph_concat(g, name, parts, 4);
}

static struct node *auxiliary(struct graph *g, struct node *n, int logits)
{
	n = graph_avgpool(g, "AuxLogits.pool", n, window_square(5, 3, 0), true);
	n = conv(g, "AuxLogits.conv0", n, 128, same(1, 1));
	n = conv(g, "AuxLogits.conv1", n, 768, window_square(5, 1, 0));
	return graph_dense(g, "AuxLogits.fc", graph_gap(g, "AuxLogits.avgpool", n), logits, true);
}

static struct node *features(struct graph *g, const struct variant *v, struct node *n, const struct form *form)
{
	static const int c7[] = {128, 160, 160, 192};
	char name[] = "Mixed_5b";

	(void)v;
	n = conv(g, "Conv2d_1a_3x3", n, 32, window_square(3, 2, 0));
	n = conv(g, "Conv2d_2a_3x3", n, 32, window_square(3, 1, 0));
	n = conv(g, "Conv2d_2b_3x3", n, 64, same(3, 3));
	n = graph_maxpool(g, "maxpool1", n, window_square(3, 2, 0));
	n = conv(g, "Conv2d_3b_1x1", n, 80, same(1, 1));
	n = conv(g, "Conv2d_4a_3x3", n, 192, window_square(3, 1, 0));
	n = graph_maxpool(g, "maxpool2", n, window_square(3, 2, 0));
	for (int i = 0; i < 3; i++, name[7]++)
		n = inception_a(g, name, n, i ? 64 : 32);
	n = inception_b(g, "Mixed_6a", n);
	name[6] = '6', name[7] = 'b';
	for (int i = 0; i < 4; i++, name[7]++)
		n = inception_c(g, name, n, c7[i]);
	if (form->aux)
		g->aux = auxiliary(g, n, form->aux);
	n = inception_d(g, "Mixed_7a", n);
	return inception_e(g, "Mixed_7c", inception_e(g, "Mixed_7b", n));
}

static struct node *head(struct graph *g, struct node *n, int logits)
{
	n = graph_dropout(g, "dropout", graph_gap(g, "avgpool", n), .5f);
	return graph_dense(g, "fc", n, logits, true);
}

const struct family family_inception = {
	variants, features, head, "fc", "Inception v3 (Szegedy et al. 2016): windows of several sizes side by side",
	75, 299, false,
};
