/* libFuzzer: any line as the text of an architecture; what is built says itself in a text that builds the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "zoo/zoo.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *spec = xstrndup((const char *)data, size < 200 ? size : 200);
	struct recipe r;
	struct err e;

	recipe_default(&r);
	r.width = r.height = 32;
	struct net *n = zoo_net(spec, &r, 0, &e);
	if (n) {
		fuzz_reached++;
		struct net *again = zoo_net(n->arch, &r, 0, &e);

		if (!again || strcmp(n->arch, again->arch) || n->g->count != again->g->count)
			abort();
		net_free(again);
		net_free(n);
	}
	free(spec);
	return 0;
}
