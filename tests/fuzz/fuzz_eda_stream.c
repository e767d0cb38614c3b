/* libFuzzer: any bytes as a stream of images that are looked at before training; then the tables of them. */
#include <stdio.h>
#include <stdlib.h>

#include "eda/eda.h"
#include "stream/stream.h"
#include "stream_mutator.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_all(struct eda *d, struct reader *in, struct err *e)
{
	struct record r = {0};
	int rc = eda_head(d, &in->head, e) ? -1 : 1;

	while (rc > 0 && (rc = reader_next(in, &r, e)) > 0)
		if (record_is_item(&r) && !record_error(&r) && eda_add(d, &r, e))
			rc = -1;
	record_free(&r);
	return rc;
}

static void tell(const struct eda *d)
{
	FILE *f = fopen("/dev/null", "w");

	if (!f)
		abort();
	fuzz_reached++;
	eda_classes(d, f);
	eda_levels(d, f);
	eda_sizes(d, f);
	eda_duplicates(d, f);
	if (d->positive)
		eda_probe(d, f);
	fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eda d = {0};
	struct source src;
	struct reader in;
	struct err e;

	source_memory(&src, "fuzz", data, size);
	if (!reader_open(&in, &src, &e)) {
		if (!read_all(&d, &in, &e) && d.n)
			tell(&d);
		reader_close(&in);
	}
	eda_free(&d);
	source_close(&src);
	return 0;
}
