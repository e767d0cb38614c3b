/* libFuzzer: lines of text as an architecture, then names of Keras' layers: each is that of a module of ours, which has
 * a name, or of none. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reached.h"
#include "zoo/keras.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size), *rest = text, *name = strsep(&rest, "\n"), module[64];
	const struct keras_family *f;
	struct keras_counts counts = {{0}};
	struct err e;

	if ((f = keras_find(name, &e)))
		while ((name = strsep(&rest, "\n"))) {
			char *layer = xstrdup(name); /* so that a sanitizer sees its end */

			keras_count(&counts, layer);
			if (keras_module(f, layer, strlen(layer) % 2 ? "kernel" : "depthwise_kernel", &counts, module)) {
				fuzz_reached++;
				if (!*module)
					abort();
			}
			free(layer);
		}
	free(text);
	return 0;
}
