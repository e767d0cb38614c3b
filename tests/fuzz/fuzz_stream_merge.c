/* libFuzzer: any bytes as the shards of a stream or of a table. What is merged of streams is a whole stream. */
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "stream/merge.h"
#include "stream/stream.h"
#include "stream_mutator.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SHARDS = 4 };
static struct part part[SHARDS];

static int open_part(struct source *s, const char *path, struct err *e)
{
	const struct part *p = &part[*path - '0'];

	(void)e;
	return source_memory(s, path, p->bytes, p->n);
}

static void check_stream(const char *bytes, size_t n)
{
	struct record item = {0};
	struct reader r;
	struct source src;
	struct err e;
	int rc;

	source_memory(&src, "merged", bytes, n);
	if (reader_open(&r, &src, &e))
		abort();
	while ((rc = reader_next(&r, &item, &e)) > 0)
		;
	if (rc || r.items != head_items(&r.head))
		abort();
	reader_close(&r);
	record_free(&item);
	source_close(&src);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *path[SHARDS] = {"0", "1", "2", "3"};
	int count = parts_of(data, size, part, SHARDS);
	struct merge m = {0};
	struct err e;

	if (!merge_open(&m, open_part, path, count, &e)) {
		char *bytes = NULL;
		size_t n = 0;
		FILE *f = open_memstream(&bytes, &n);
		int rc;

		if (!f)
			abort();
		rc = merge_write(&m, f, "merged", &e);
		if (fclose(f))
			abort();
		if (!rc && !m.tables)
			check_stream(bytes, n);
		fuzz_reached += !rc;
		free(bytes);
	}
	merge_free(&m);
	return 0;
}
