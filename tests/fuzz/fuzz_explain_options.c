/* libFuzzer: lines of text as methods, and behind each the layers that their maps are made at; then the maps. Each is
 * refused, or has finite numbers of a size that is known. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "explain/map.h"
#include "toy.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_maps(struct explain *x)
{
	float image[TOY_SIDE * TOY_SIDE];
	struct view view = {.class = 1};
	struct err e;

	x->samples = 4;
	for (int i = 0; i < TOY_SIDE * TOY_SIDE; i++)
		image[i] = (float)(i * 7 % 5) - 2;
	if (explain_ready(x, &e))
		return;
	fuzz_reached++;
	explain_forward(x, image, 1);
	explain_maps(x, &view, 1);
	for (int t = 0; t < x->ntarget; t++)
		for (int i = 0; i < x->target[t].h * x->target[t].w; i++)
			if (!isfinite(explain_raw(x, 0, t)[i]))
				abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pool *pool;
	static struct net *net;
	char *text = xstrndup((const char *)data, size), *rest = text, *methods;
	struct explain x;
	struct err e;

	if (!pool) {
		pool = pool_new(1);
		net = toy_net();
	}
	for (int k = 0; k < 4 && (methods = strsep(&rest, "\n")); k++) {
		char *layers = strsep(&rest, "\n");

		if (explain_open(&x, net, methods, layers && *layers ? layers : NULL, 1, pool, &e))
			continue;
		make_maps(&x);
		explain_close(&x);
	}
	free(text);
	return 0;
}
