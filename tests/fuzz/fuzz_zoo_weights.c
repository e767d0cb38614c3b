/* libFuzzer: any bytes as a file of weights, by our own parsers only (an HDF5 file is its library's), then into a net. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nn/start.h"
#include "zoo/weights.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct net *toy(void)
{
	struct graph *g = graph_new();
	struct node *n = graph_input(g, 5, 5, 3);
	struct err e;

	n = graph_bn(g, "bn", graph_conv(g, "conv", n, 2, window_square(3, 1, 1), 1, false), 1e-5f);
	if (graph_end(g, graph_dense(g, "fc", graph_gap(g, "gap", n), 3, true), &e))
		abort();
	return net_new(g, "toy", &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct net *net;
	struct record r = {0};
	struct start s;
	struct err e;

	if (size > 0 && data[0] == 0x89)
		return 0;
	if (!net)
		net = toy();
	if (weights_parse(&r, data, size, net, &e) == 0) {
		for (int i = 0; i < r.ntensor; i++)
			if (record_tensor(&r, r.tensor[i].name) != &r.tensor[i])
				abort(); /* a name twice */
		if (start_net(net, 1, &r, &s, &e) == 0) {
			fuzz_reached++;
			free(start_text(&s));
		}
		start_free(&s);
	}
	record_free(&r);
	return 0;
}
