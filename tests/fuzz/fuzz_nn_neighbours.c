/* libFuzzer: any bytes as the stream of features that neighbours come from; then those of an image. */
#include <stdlib.h>
#include <string.h>

#include "nn/neighbours.h"
#include "stream_mutator.h"
#include "toy.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct net *net;
	struct neighbours b = {0};
	struct neighbour most[NEIGHBOURS];
	struct source src;
	struct err e;

	if (!net) {
		net = toy_net();
		memset(net->digest, '0', sizeof net->digest - 1);
	}
	source_memory(&src, "fuzz", data, size);
	if (!neighbours_read(&b, &src, net, &e)) {
		float *feature = calloc((size_t)b.c, sizeof *feature);

		if (!feature)
			abort();
		fuzz_reached++;
		feature[0] = 1;
		neighbours_nearest(&b, feature, most);
		for (int k = 0; k < NEIGHBOURS; k++)
			if (most[k].at > b.n)
				abort();
		neighbours_influential(&b, feature, 1, most);
		for (int k = 0; k < NEIGHBOURS; k++)
			if (most[k].at > b.n)
				abort();
		free(feature);
	}
	neighbours_free(&b);
	source_close(&src);
	return 0;
}
