/* libFuzzer: any bytes as a table that a report reads into memory. */
#include <string.h>

#include "base/columns.h"
#include "scratch.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct columns t = {0};
	struct err e;

	if (!columns_read(&t, scratch(data, size), &e)) {
		fuzz_reached++;
		for (size_t row = 0; row < t.nrow; row++)
			for (int c = -1; c < t.ncol; c++) {
				const char *text = columns_at(&t, row, c);
				double x = columns_number(&t, row, c);

				if (!text || (!*text && x == x))
					abort(); /* nothing is no number */
			}
	}
	columns_find(&t, "metric");
	columns_free(&t);
	return 0;
}
