/* libFuzzer: any bytes as a text file with the head and the end of a shard. What is a head is written and read again
 * with the same content. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stream/stream.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_head(const char *bytes, size_t n, struct record *head, struct shard *s, int64_t *rows)
{
	struct source src;
	struct tsv t;
	struct err e;
	int rc = 0, ended = 0;

	source_memory(&src, "fuzz", bytes, n);
	tsv_init(&t, &src, '\n');
	if (tsv_next(&t, &e) > 0)
		rc = shard_take_head(&t, head, s, &e);
	for (*rows = 0; rc > 0 && !ended && tsv_next(&t, &e) > 0; ++*rows)
		ended = shard_take_end(&t, *rows, &e);
	tsv_free(&t);
	source_close(&src);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record head = {0}, again = {0};
	struct shard s, same;
	int64_t rows, from, to;
	char *text = NULL;
	size_t n = 0;

	if (read_head((const char *)data, size, &head, &s, &rows) > 0) {
		FILE *f = open_memstream(&text, &n);

		if (!f)
			abort();
		shard_put_head(f, &head);
		fuzz_reached++;
		shard_put_end(f, &head, 0);
		if (fclose(f) || read_head(text, n, &again, &same, &rows) != 1 || !shard_same(s, same) || !record_same(&head, &again))
			abort();
		shard_block(s, head_items(&head), &from, &to);
		if (from < 0 || to < from || to > head_items(&head))
			abort();
		free(text);
	}
	record_free(&head);
	record_free(&again);
	return 0;
}
