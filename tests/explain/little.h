/* The little network of tests/ref/explain_blank.py, and digests of what PyTorch makes of it. */
#ifndef TESTS_EXPLAIN_LITTLE_H
#define TESTS_EXPLAIN_LITTLE_H

#include "resnet.h"

enum { H = 8, W = 12, C = 3, PIXELS = H * W, FLOATS = PIXELS * C };

static inline struct net *little_net(void)
{
	struct graph *g = graph_new();
	struct node *n = graph_conv(g, "conv1", graph_input(g, H, W, C), 8, window_square(3, 1, 1), 1, true);
	struct net *net;

	n = graph_act(g, "act1", graph_bn(g, "bn1", n, 1e-5f), ACT_RELU);
	n = graph_conv(g, "conv2", graph_maxpool(g, "pool", n, window_square(2, 2, 0)), 6, window_square(3, 1, 1), 1, true);
	n = graph_dense(g, "fc.0", graph_gap(g, "gap", graph_act(g, "act2", n, ACT_RELU)), 7, true);
	net = net_of(g, graph_dense(g, "fc.2", graph_act(g, "fc.1", n, ACT_RELU), 1, true));
	name_classes(net);
	recipe_default(&net->recipe);
	return net;
}

/* Sum, sum of squares and every so many values, from *golden on. */
static inline void check_digest(const float *v, int n, const double **golden, double limit, const char *what)
{
	double sum[2] = {0};
	int step = n / 24 + 1, shown = 2 + (n + step - 1) / step;

	for (int i = 0; i < n; i++) {
		sum[0] += (double)v[i];
		sum[1] += (double)v[i] * (double)v[i];
	}
	for (int i = 0; i < shown; i++) {
		double got = i < 2 ? sum[i] : (double)v[(i - 2) * step];

		if (!(fabs(got - (*golden)[i]) <= limit * (1 + fabs((*golden)[i]))))
			fail_msg("%s: value %d is %.9g, not %.9g", what, i, got, (*golden)[i]);
	}
	*golden += shown;
}

#endif
