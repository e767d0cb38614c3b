/* libFuzzer: any bytes as what a run that died left in its output. Going on with it makes the whole stream that a run
 * from the start makes, or is an error that leaves the file as it was. */
#include <string.h>

#include "stream/stream.h"
#include "left.h"
#include "reached.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ITEMS = 3 };

static void make_item(struct record *r, int i)
{
	record_clear(r);
	record_set(r, "cxr", "item");
	record_setf(r, "id", "%d.png", i);
	record_setf(r, "index", "%d", i);
}

/* The stream, all of it or what is not there yet. 0 or -1. */
static int run(struct writer *w, struct err *e)
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

static char *whole(size_t *n)
{
	static char *bytes;
	static size_t length;
	struct record head = {0};
	struct writer w;
	struct err e;

	if (!bytes) {
		FILE *f = open_memstream(&bytes, &length);

		head_init(&head);
		if (!f || writer_open(&w, f, &head, &e) || run(&w, &e) || fclose(f))
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
	struct writer w;
	struct err e;
	size_t n, had, want;
	char *bytes = whole(&want);
	uint8_t *left = left_of(bytes, want, data, size, &had);
	const char *path = scratch(left, had);
	FILE *f = fopen(path, "ab");

	head_init(&head);
	if (!f)
		abort();
	int rc = writer_resume(&w, f, &head, &e) || run(&w, &e) ? -1 : 0;
	if (fclose(f) || file_read(path, (size_t)1 << 30, &now, &n, &e))
		abort();
	/* an item that is there and has other content is the earlier run's own business; sizes then differ, too */
	if (!rc && n == want && had < want && !memcmp(left, bytes, had) && memcmp(now, bytes, n))
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
