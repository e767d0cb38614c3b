/* libFuzzer: any bytes as a Keras file of a VGG, by its library, in a child, and from there to our names and layouts.
 * What the library breaks on is an error with a word, and nothing else happens. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "reached.h"
#include "zoo/weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Its first layer and its last, by the names that a VGG has. */
static struct net *first_and_last(void)
{
	struct graph *g = graph_new();
	struct node *n = graph_input(g, 5, 5, 3);
	struct net *net;
	struct err e;

	n = graph_conv(g, "features.0", n, 2, window_square(3, 1, 1), 1, true);
	if (graph_end(g, graph_dense(g, "classifier.6", graph_gap(g, "gap", n), 1, true), &e) ||
	    !(net = net_new(g, "vgg16", &e)))
		abort();
	return net;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char magic[] = "\x89HDF\r\n\x1a\n";
	static struct net *net;
	struct record r = {0};
	struct err e = {""};

	if (!net)
		net = first_and_last();
	if (size < sizeof magic - 1 || memcmp(data, magic, sizeof magic - 1))
		return 0; /* of another form: fuzz_zoo_weights */
	if (!weights_parse(&r, data, size, net, &e))
		fuzz_reached += r.ntensor > 0;
	else if (!e.text[0])
		abort();
	record_free(&r);
	return 0;
}
