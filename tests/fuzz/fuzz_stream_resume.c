/* libFuzzer: what a run that died left of a stream (resumed.h). */
#include "stream/stream.h"
#include "resumed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ITEMS = 3 };

static void make_item(struct record *r, int i)
{
	record_clear(r);
	record_set(r, "cxr", "item");
	record_setf(r, "id", "%d.png", i);
	record_setf(r, "index", "%d", i);
}

/* The items, all of them or those that are not there yet. */
static int put_items(struct writer *w, struct err *e)
{
	struct record r = {0};
	int64_t failed = 0;
	int rc = 0, has;

	for (int i = 0; i < ITEMS && !rc; i++) {
		make_item(&r, i);
		has = writer_has(w, &r, &failed, e);
		if (has < 0)
			rc = -1;
		else if (!has) {
			record_set(&r, "label", "A");
			rc = writer_put(w, &r, e);
		}
	}
	record_free(&r);
	return rc ? -1 : writer_end(w, e);
}

static int run(FILE *f, bool resume, struct err *e)
{
	struct record head = {0};
	struct writer w;

	head_init(&head);
	int rc = (resume ? writer_resume : writer_open)(&w, f, &head, e) || put_items(&w, e) ? -1 : 0;
	record_free(&head);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	resumed_check(data, size, run);
	return 0;
}
