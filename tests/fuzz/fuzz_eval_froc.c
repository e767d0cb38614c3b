/* libFuzzer: any bytes as the table of hot parts of maps and, behind it, the boxes where the lesions are; then what was
 * found of them, which is a share. */
#include <stdio.h>
#include <stdlib.h>

#include "eval/eval.h"
#include "parts.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void tell(const struct froc *r)
{
	const struct bootstrap how = {.resamples = 3, .threads = 1, .level = .95};
	FILE *f = fopen("/dev/null", "w");
	struct err e;

	if (!f)
		abort();
	if (!froc_write(r, &how, f, &e)) {
		fuzz_reached++;
		froc_curve(r, f);
	}
	fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct part part[2] = {{0}};
	int n = parts_of(data, size, part, 2);
	struct boxlist truth = {0};
	struct source boxes, parts;
	struct froc r;
	struct err e;

	source_memory(&parts, "parts", part[0].bytes, part[0].n);
	source_memory(&boxes, "boxes", part[n - 1].bytes, n > 1 ? part[1].n : 0);
	if (!boxlist_read(&truth, &boxes, &e)) {
		if (!froc_read(&r, &parts, &truth, &e))
			tell(&r);
		froc_free(&r);
	}
	boxlist_free(&truth);
	source_close(&boxes);
	source_close(&parts);
	return 0;
}
