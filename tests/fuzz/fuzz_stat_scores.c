/* libFuzzer: any bytes as a score table, then all measures and curves of what was accepted. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "stat/metrics.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void measure(const struct scores *s)
{
	struct metrics m;
	struct metrics_how how = {.positive = s->nclass - 1, .boot = {.resamples = 3, .threads = 1, .level = .95}};
	FILE *f = fopen("/dev/null", "w");

	if (f && !metrics_make(&m, s, &how, NULL)) {
		fuzz_reached++;
		metrics_tsv(&m, f);
		metrics_json(&m, f);
		metrics_table(&m, f);
		for (int c = 0; c < NCURVE; c++)
			metrics_curve(&m, c, f);
		metrics_free(&m);
	}
	if (f)
		fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source src;
	struct scores s;
	struct err e;
	struct filter only = {"split", "test"};

	source_memory(&src, "fuzz", data, size);
	if (!scores_read(&s, &src, size && data[size - 1] == '#' ? &only : NULL, size && data[size - 1] == '#', &e))
		measure(&s);
	scores_free(&s);
	source_close(&src);
	return 0;
}
