/* ResNet-18 by formula for tests of maps, as tests/ref/explain_gradcam.py has it: batch-norm statistics are those of a
 * training pass (without that a random network loses its signal). */
#ifndef TESTS_EXPLAIN_RESNET_H
#define TESTS_EXPLAIN_RESNET_H

#include "explain/head.h"
#include "explain/maker.h"
#include "explain/map.h"
#include "zoo/pictures.h"

enum { N = 4 };

static inline void name_classes(struct net *n)
{
	struct err e;

	assert_int_equal(classes_parse(&n->classes, "NORMAL,PNEUMONIA", &e), 0);
}

static inline struct node *conv_bn(struct graph *g, const char *at, const char *conv, const char *bn, struct node *in,
                                   int channels, struct window w)
{
	char name[64];

	snprintf(name, sizeof name, "%s%s", at, conv);
	in = graph_conv(g, name, in, channels, w, 1, false);
	snprintf(name, sizeof name, "%s%s", at, bn);
	return graph_bn(g, name, in, 1e-5f);
}

static inline struct node *block(struct graph *g, int layer, int i, struct node *in)
{
	int channels = 32 << layer, stride = layer > 1 && i == 0 ? 2 : 1;
	struct node *n, *shortcut = in;
	char at[32], name[64];

	snprintf(at, sizeof at, "layer%d.%d.", layer, i);
	n = conv_bn(g, at, "conv1", "bn1", in, channels, window_square(3, stride, 1));
	snprintf(name, sizeof name, "%srelu1", at);
	n = conv_bn(g, at, "conv2", "bn2", graph_act(g, name, n, ACT_RELU), channels, window_square(3, 1, 1));
	if (stride != 1)
		shortcut = conv_bn(g, at, "downsample.0", "downsample.1", in, channels, window_square(1, stride, 0));
	snprintf(name, sizeof name, "%sadd", at);
	n = graph_add(g, name, n, shortcut);
	at[strlen(at) - 1] = '\0';
	return graph_act(g, at, n, ACT_RELU);
}

/* lib/zoo is no layer that lib/explain stands on. */
static inline struct node *resnet18(struct graph *g, struct node *n, int logits)
{
	n = graph_act(g, "relu", conv_bn(g, "", "conv1", "bn1", n, 64, window_square(7, 2, 3)), ACT_RELU);
	n = graph_maxpool(g, "maxpool", n, window_square(3, 2, 1));
	for (int i = 0; i < 8; i++)
		n = block(g, i / 2 + 1, i % 2, n);
	return graph_dense(g, "fc", graph_gap(g, "avgpool", n), logits, true);
}

static inline struct net *resnet(int h, int w, int logits)
{
	struct graph *g = graph_new();
	struct net *n = net_of(g, resnet18(g, graph_input(g, h, w, 3), logits));
	struct pool *pool = pool_new(2);
	struct plan *p;

	name_classes(n);
	keep_statistics(n, 1);
	p = plan_of(n, N, KEEP_NONE, true, false, pool);
	formula_pictures(plan_input(p), N * input_size(n));
	plan_forward(p, N, 0);
	plan_free(p);
	pool_free(pool);
	return n;
}

/* Pictures that keep a ReLU's input of the last seven blocks 9e-5 away from zero at 64x64, where a float that falls on
 * the other side would change the gradient of all below. */
static inline float *pictures_of(const struct net *n)
{
	static const uint32_t stream[N] = {169, 353, 315, 183};
	size_t size = input_size(n);
	float *x = xmalloc(N * size * sizeof *x);

	for (size_t i = 0; i < N * size; i++)
		x[i] = .5f * noise(i % size, stream[i / size]) + noise(i % size / 200, stream[i / size]);
	return x;
}

static inline void open_maps(struct explain *x, struct net *n, const char *methods, const char *layers, int batch,
                             struct pool *pool)
{
	struct err e = {""};

	if (explain_open(x, n, methods, layers, batch, pool, &e))
		fail_msg("%s", e.text);
}

/* Forward of n pictures, then the maps of picture i for class[i]. */
static inline void run_maps(struct explain *x, const float *pictures, int n, const int *class)
{
	struct view view[N];
	struct err e = {""};
	float *input = explain_input(x, &e);

	if (!input)
		fail_msg("%s", e.text);
	memcpy(input, pictures, (size_t)n * input_size(x->net) * sizeof *pictures);
	explain_forward(x, n);
	for (int i = 0; i < n; i++)
		view[i] = (struct view){.slot = i, .class = class[i]};
	explain_maps(x, view, n);
}

/* A method of a layer's value a [hw, c] and gradient g, by itself. */
static inline void map_of(enum method m, const float *a, const float *g, int hw, int c, float *map)
{
	struct node layer = {.h = 1, .w = hw, .c = c};
	struct target t = {.method = m, .layer = &layer, .h = 1, .w = hw};
	struct subject s = {.t = &t, .a = a, .g = g};

	maker_of(m)->map(&s, map);
}

static inline size_t map_size(const struct explain *x, int target)
{
	return (size_t)x->target[target].h * (size_t)x->target[target].w;
}

#endif
