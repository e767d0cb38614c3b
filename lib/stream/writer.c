/* Streams written, and gone on with where an earlier run left off. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stream/earlier.h"
#include "stream/gate.h"
#include "stream/stream.h"

static int stop_comparing(struct writer *w, struct err *e)
{
	struct earlier *a = w->earlier;

	w->earlier = NULL;
	return earlier_close(a, e);
}

/* Are these very bytes there? As earlier_bytes; when they are not, what is put from now on is written. */
static int is_there(struct writer *w, const struct record *r, uint32_t *crc, struct err *e)
{
	uint32_t with = crc ? *crc : 0;
	struct text bytes = {0};
	FILE *f = text_open(&bytes);
	int rc = record_write(r, f, &with, e);

	fclose(f);
	if (!rc)
		rc = earlier_bytes(w->earlier, bytes.s, bytes.len, e);
	text_free(&bytes);
	if (rc > 0 && crc)
		*crc = with;
	if (rc < 0)
		return earlier_leave(&w->earlier);
	return rc || !stop_comparing(w, e) ? rc : -1;
}

/* What no reader would take is not written. */
static int check(const struct record *r, struct err *e)
{
	const char *id = record_get(r, "id");

	return gate_record(r, e) ? err_prefix(e, "%.200s", id ? id : record_kind(r)) : 0;
}

static int put_record(struct writer *w, const struct record *r, uint32_t *crc, struct err *e)
{
	if (check(r, e))
		return -1;
	int rc = w->earlier ? is_there(w, r, crc, e) : 0;

	if (rc)
		return rc < 0 ? -1 : 0;
	if (record_write(r, w->f, crc, e))
		return -1;
	return w->flush && fflush(w->f) ? err_errno(e, "cannot write") : 0;
}

static void count(struct writer *w, const struct record *rec)
{
	w->items += record_is_item(rec);
	w->errors += record_is_item(rec) && record_error(rec);
}

int writer_open(struct writer *w, FILE *f, const struct record *head, struct err *e)
{
	*w = (struct writer){.f = f};
	return put_record(w, head, &w->crc, e);
}

int writer_resume(struct writer *w, FILE *f, const struct record *head, struct err *e)
{
	*w = (struct writer){.f = f, .flush = true};
	if (!(w->earlier = earlier_open(f, e)))
		return -1;
	return put_record(w, head, &w->crc, e);
}

int writer_put(struct writer *w, const struct record *rec, struct err *e)
{
	count(w, rec);
	return put_record(w, rec, &w->crc, e);
}

static bool agree(const struct record *a, const struct record *b, const char *key)
{
	const char *x = record_get(a, key), *y = record_get(b, key);

	return !x || !y || strcmp(x, y) == 0;
}

static int has_item(struct writer *w, const struct record *input, int64_t *failed, struct err *e)
{
	struct record old = {0};
	uint32_t crc = w->crc;
	int rc = earlier_record(w->earlier, &old, &crc);

	if (rc && (!record_is_item(&old) || !agree(&old, input, "id") || !agree(&old, input, "index") ||
	           !agree(&old, input, "sha256"))) {
		const char *id = record_get(input, "id");

		err_set(e, "holds other work: something else where '%s' should be", id ? id : "an item");
		rc = earlier_leave(&w->earlier);
	} else if (rc) {
		count(w, &old);
		w->crc = crc;
		*failed += record_error(&old) && !record_error(input);
	} else if (stop_comparing(w, e)) {
		rc = -1;
	}
	record_free(&old);
	return rc;
}

int writer_has(struct writer *w, const struct record *input, int64_t *failed, struct err *e)
{
	if (!w->earlier)
		return 0;
	return record_is_item(input) ? has_item(w, input, failed, e) : is_there(w, input, &w->crc, e);
}

int writer_end(struct writer *w, struct err *e)
{
	struct record tail = {0};

	record_set(&tail, "cxr", "tail");
	record_setf(&tail, "items", "%lld", (long long)w->items);
	record_setf(&tail, "errors", "%lld", (long long)w->errors);
	record_setf(&tail, "crc32", "%08x", w->crc);
	int rc = put_record(w, &tail, NULL, e);
	record_free(&tail);
	if (!rc && w->earlier)
		rc = earlier_end(w->earlier, e) ? earlier_leave(&w->earlier) : stop_comparing(w, e);
	if (!rc && fflush(w->f))
		rc = err_errno(e, "cannot write");
	return rc;
}
