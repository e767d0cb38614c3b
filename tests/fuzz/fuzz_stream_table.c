/* libFuzzer: what a run that died left of a shard's table (resumed.h). */
#include "stream/stream.h"
#include "stream/table.h"
#include "resumed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ITEMS = 3 };

static void put_row(FILE *f, const struct record *item)
{
	table_value(f, record_get(item, "id"), '\t');
	fputs("0.5\tok\n", f);
}

/* The rows, all of them or those that are not there yet. */
static int put_rows(struct table *t, struct err *e)
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

static int run(FILE *f, bool resume, struct err *e)
{
	struct record head = {0};
	struct table t;

	head_init(&head);
	record_setf(&head, "items", "%d", ITEMS);
	if (head_set_shard(&head, (struct shard){1, 1}, e))
		abort();
	int rc = table_open(&t, f, &head, resume, e) || put_rows(&t, e) ? -1 : 0;
	record_free(&head);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	resumed_check(data, size, run);
	return 0;
}
