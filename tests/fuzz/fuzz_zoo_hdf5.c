/* libFuzzer: any bytes as a Keras file. Its library breaks on some, in a child: that is an error, and nothing else is. */
#include <stdint.h>
#include <stdlib.h>

#include "zoo/hdf5.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(void *ctx, struct h5_weight w, struct err *e)
{
	size_t n = 1;
	volatile float sum = 0;

	(void)ctx;
	(void)e;
	for (int i = 0; i < w.ndim; i++)
		n *= (size_t)w.shape[i];
	for (size_t i = 0; i < n; i++)
		sum += w.data[i];
	free(w.data);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = {""};

	if (h5_weights(data, size, take, NULL, &e) && !e.text[0])
		abort(); /* an error without a word */
	return 0;
}
