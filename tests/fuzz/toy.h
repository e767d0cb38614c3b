#ifndef FUZZ_TOY_H
#define FUZZ_TOY_H

/* A network of three layers for images of 5 x 5 pixels and two classes: what targets that need one share. */
#include <math.h>
#include <stdlib.h>

#include "nn/net.h"

enum { TOY_SIDE = 5 };

static inline struct net *toy_net(void)
{
	struct graph *g = graph_new();
	struct node *n = graph_input(g, TOY_SIDE, TOY_SIDE, 1);
	struct net *net;
	struct err e;

	n = graph_act(g, "relu", graph_bn(g, "bn", graph_conv(g, "conv", n, 2, window_square(3, 1, 1), 1, false), 1e-5f),
	              ACT_RELU);
	if (graph_end(g, graph_dense(g, "fc", graph_gap(g, "gap", n), 1, true), &e) || !(net = net_new(g, "toy", &e)) ||
	    classes_parse(&net->classes, "A,B", &e))
		abort();
	net->recipe.width = net->recipe.height = TOY_SIDE;
	net->recipe.channels = 1;
	net_init(net, 1, NULL);
	return net;
}

/* Its probabilities are some, whatever the raw output. */
static inline void toy_answers(const struct net *n)
{
	static const float z[] = {-3e38f, -100, -1, 0, 1, 100, 3e38f};
	float p[2];

	for (size_t i = 0; net_logits(n) == 1 && n->classes.n == 2 && i < sizeof z / sizeof *z; i++) {
		net_probs(n, &z[i], p);
		if (!(p[0] >= 0 && p[1] >= 0 && fabsf(p[0] + p[1] - 1) < 1e-5f))
			abort();
	}
}

#endif
