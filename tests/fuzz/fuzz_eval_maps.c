/* libFuzzer: any bytes as the table of measures of heat maps; then the means of what was accepted. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "eval/eval.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bootstrap how = {.resamples = 3, .threads = 1, .level = .95};
	struct map_table m;
	struct source src;
	struct err e;

	source_memory(&src, "fuzz", data, size);
	if (!map_table_read(&m, &src, NULL, 0, &e)) {
		FILE *f = fopen("/dev/null", "w");

		if (!f)
			abort();
		fuzz_reached += m.n > 0;
		map_table_write(&m, &how, f);
		fclose(f);
	}
	map_table_free(&m);
	source_close(&src);
	return 0;
}
