/* libFuzzer: any bytes as what a run that died left of a shard's table. Going on with it makes the whole table that a
 * run from the start makes, or is an error that leaves the file as it was. */
#include <string.h>

#include "stream/stream.h"
#include "stream/table.h"
#include "left.h"
#include "reached.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ITEMS = 3 };

static void put_row(FILE *f, const struct record *item)
{
	table_value(f, record_get(item, "id"), '\t');
	fputs("0.5\tok\n", f);
}

/* The rows, all of them or those that are not there yet. 0 or -1. */
static int run(struct table *t, struct err *e)
{
	struct record item = {0};
	int64_t failed = 0;
	int rc = 0, has;

	fputs("id\tp\tstatus\n", table_text(t));
	rc = table_put(t, e);
	for (int i = 0; i < ITEMS && !rc; i++) {
		record_clear(&item);
		record_set(&item, "cxr", "item");
		record_setf(&item, "id", "%d.png", i);
		has = table_has(t, &item, 1, &failed, e);
		if (!has) {
			put_row(table_text(t), &item);
			rc = table_put(t, e);
		} else if (has < 0)
			rc = -1;
	}
	record_free(&item);
	return table_end(t, rc ? NULL : e) || rc ? -1 : 0;
}

static void make_head(struct record *head)
{
	struct err e;

	head_init(head);
	record_setf(head, "items", "%d", ITEMS);
	if (head_set_shard(head, (struct shard){1, 1}, &e))
		abort();
}

static char *whole(size_t *n)
{
	static char *bytes;
	static size_t length;
	struct record head = {0};
	struct table t;
	struct err e;

	if (!bytes) {
		FILE *f = open_memstream(&bytes, &length);

		make_head(&head);
		if (!f || table_open(&t, f, &head, false, &e) || run(&t, &e) || fclose(f))
			abort();
		record_free(&head);
	}
	*n = length;
	return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *now;
	struct record head = {0};
	struct table t;
	struct err e;
	size_t n, had, want;
	char *bytes = whole(&want);
	uint8_t *left = left_of(bytes, want, data, size, &had);
	const char *path = scratch(left, had);
	FILE *f = fopen(path, "ab");

	make_head(&head);
	if (!f)
		abort();
	int rc = table_open(&t, f, &head, true, &e) || run(&t, &e) ? -1 : 0;
	if (fclose(f) || file_read(path, (size_t)1 << 30, &now, &n, &e))
		abort();
	if (!rc && had < want && !memcmp(left, bytes, had) && (n != want || memcmp(now, bytes, n)))
		abort();
	if (size <= 2 && (rc || n != want || memcmp(now, bytes, n)))
		abort();
	if (rc && (n < had || memcmp(now, left, had)))
		abort();
	fuzz_reached += !rc && had > 0;
	free(now);
	free(left);
	record_free(&head);
	return 0;
}
