/* Streams read: head, records, tail with counts and checksum. Names of items and what they are. */
#include "stream/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/kind.h"
#include "base/mem.h"
#include "base/num.h"
#include "stream/gate.h"

#define FORMAT_VERSION "1"

/* Reading */

int source_is_stream(struct source *s, struct err *e)
{
	unsigned char first[KIND_PEEK];
	ptrdiff_t n = source_peek(s, first, e);

	return n < 0 ? -1 : kind_is_record(first, (size_t)n);
}

static int check_head(const struct record *head, struct err *e)
{
	const char *kind = record_kind(head), *version = record_get(head, "version");
	if (!strcmp(kind, "net"))
		return err_set(e, "a model, not a stream: models are named with -m");
	if (strcmp(kind, "head"))
		return err_set(e, "%s", *kind ? "not a stream: does not start with a head record" :
		               "a safetensors file, not a stream: cxr-model import makes a model of weights");
	if (!version || strcmp(version, FORMAT_VERSION))
		return err_set(e, "stream of format version %s, this program knows " FORMAT_VERSION, version ? version : "(none)");
	return 0;
}

static int read_record(struct reader *r, struct record *rec, struct err *e)
{
	size_t n;
	if (!r->bytes)
		return record_read(rec, r->src, &r->crc, e);
	int rc = record_view(rec, r->bytes + r->at, r->size - r->at, &n, e);
	r->at += rc > 0 ? n : 0;
	return rc;
}

/* Which record a message is about: its id where that may be said. */
static int prefix_record(const struct reader *r, const struct record *rec, struct err *e)
{
	const char *id = record_get(rec, "id"), *kind = record_kind(rec);

	if (!record_is_item(rec))
		return err_prefix(e, "damaged %s record", !strcmp(kind, "head") ? "head" : "model or tail");
	if (id && *id && !gate_text("id", id, strlen(id), GATE_NAME, NULL))
		return err_prefix(e, "damaged: item %lld, %s", (long long)r->items, id);
	return err_prefix(e, "damaged: item %lld", (long long)r->items);
}

/* As record_read; what came in through the gate is as cxr-stream(5) says. */
static int take_record(struct reader *r, struct record *rec, struct err *e)
{
	int rc = read_record(r, rec, e);

	if (rc > 0 && strcmp(record_kind(rec), "net") && gate_record(rec, e))
		return prefix_record(r, rec, e);
	return rc;
}

static int expect_end(const struct reader *r, const char *after, struct err *e)
{
	unsigned char more;
	ptrdiff_t n = r->bytes ? r->at < r->size : source_read(r->src, &more, 1, e);
	return n > 0 ? err_set(e, "damaged: bytes after the %s", after) : (int)n;
}

/* Whoever hands over something else is told what it is: 0, or -1. An empty one is left to reading. */
static int check_kind(struct reader *r, const char *wanted, struct err *e)
{
	unsigned char first[KIND_PEEK];
	ptrdiff_t n = r->bytes ? (ptrdiff_t)r->size : source_peek(r->src, first, e);
	const unsigned char *b = r->bytes ? r->bytes : first;
	if (n <= 0 || kind_is_record(b, (size_t)n))
		return n < 0 ? -1 : 0;
	kind_refuse(b, (size_t)n, wanted, e);
	return err_prefix(e, "%s", r->src->name);
}

static int open_reader(struct reader *r, bool any, struct err *e)
{
	if (check_kind(r, any ? "a stream or model" : "a stream", e))
		return -1;
	int rc = take_record(r, &r->head, e);
	if (!rc)
		rc = err_set(e, "empty stream");
	r->ended = any && rc > 0 && strcmp(record_kind(&r->head), "head");
	if (rc > 0)
		rc = r->ended ? expect_end(r, "record", e) : check_head(&r->head, e);
	if (!rc)
		return 0;
	record_free(&r->head);
	return err_prefix(e, "%s", r->src->name);
}

int reader_open(struct reader *r, struct source *src, struct err *e)
{
	*r = (struct reader){.src = src, .to = -1};
	return open_reader(r, false, e);
}

int reader_open_any(struct reader *r, struct source *src, struct err *e)
{
	*r = (struct reader){.src = src, .to = -1};
	return open_reader(r, true, e);
}

int reader_view(struct reader *r, struct source *src, const unsigned char *bytes, size_t size, struct err *e)
{
	*r = (struct reader){.src = src, .to = -1, .bytes = bytes, .size = size};
	return open_reader(r, false, e);
}

static int check_count(const struct record *tail, const char *key, int64_t want, struct err *e)
{
	const char *text = record_get(tail, key);
	int64_t got;
	if (!text || !num_int(text, 0, INT64_MAX, &got))
		return err_set(e, "damaged: the tail does not say %s", key);
	if (got != want)
		return err_set(e, "damaged: %s are %lld, the tail says %lld", key, (long long)want, (long long)got);
	return 0;
}

/* A stream that is no part has what its list had. */
static int check_whole(const struct reader *r, struct err *e)
{
	if (record_get(&r->head, "shard") || !record_get(&r->head, "items") || head_items(&r->head) == r->items)
		return 0;
	return err_set(e, "damaged: the list had %lld items, here are %lld", (long long)head_items(&r->head),
	               (long long)r->items);
}

static int check_tail(struct reader *r, const struct record *tail, uint32_t crc, struct err *e)
{
	char want[9];
	const char *got = record_get(tail, "crc32");
	if (r->bytes)
		crc = r->crc = got ? (uint32_t)strtoul(got, NULL, 16) : 0;
	snprintf(want, sizeof want, "%08x", crc);
	if (!got || strcmp(got, want))
		return err_set(e, "damaged: checksum is %s, the tail says %s", want, got ? got : "none");
	if (check_count(tail, "items", r->items, e) || check_count(tail, "errors", r->errors, e) || check_whole(r, e))
		return -1;
	r->ended = true;
	return expect_end(r, "tail", e);
}

static int next(struct reader *r, struct record *rec, struct err *e)
{
	uint32_t before = r->crc;
	r->body = r->at;
	int rc = take_record(r, rec, e);
	if (rc < 0)
		return -1;
	if (!rc)
		return err_set(e, "cut short: no tail after %lld items", (long long)r->items);
	const char *kind = record_kind(rec);
	if (!strcmp(kind, "tail"))
		return check_tail(r, rec, before, e);
	if (!strcmp(kind, "head"))
		return err_set(e, "damaged: a second head inside the stream");
	if (record_is_item(rec)) {
		r->items++;
		r->errors += record_error(rec) != NULL;
	}
	return 1;
}

static int is_inside(const struct reader *r, const struct record *item, struct err *e)
{
	const char *text = record_get(item, "index");
	int64_t index;

	if (!text || !num_int(text, 0, INT64_MAX, &index))
		return err_set(e, "an item without its index in the list");
	if (index >= head_items(&r->head))
		return err_set(e, "damaged: index %lld where the list had %lld items", (long long)index,
		               (long long)head_items(&r->head));
	return index >= r->from && index < r->to;
}

int reader_next(struct reader *r, struct record *rec, struct err *e)
{
	int rc = 0, inside = 1;

	while (!r->ended && (rc = next(r, rec, e)) > 0 && r->to >= 0) {
		inside = record_is_item(rec) ? is_inside(r, rec, e) : r->inside;
		r->inside = inside > 0;
		if (inside)
			break;
	}
	return rc < 0 || inside < 0 ? err_prefix(e, "%s", r->src->name) : rc;
}

int reader_shard(struct reader *r, struct shard shard, struct err *e)
{
	if (!shard.n)
		return 0;
	if (head_set_shard(&r->head, shard, e))
		return err_prefix(e, "%s", r->src->name);
	shard_block(shard, head_items(&r->head), &r->from, &r->to);
	r->inside = true;
	return 0;
}

void reader_close(struct reader *r)
{
	record_free(&r->head);
}

/* Records */

void head_init(struct record *head)
{
	record_clear(head);
	record_set(head, "cxr", "head");
	record_set(head, "version", FORMAT_VERSION);
}

void head_add_pg(struct record *head, const char *tool, const char *version, const char *options)
{
	char key[32];
	int n = 0;
	do
		snprintf(key, sizeof key, "pg.%d", n++);
	while (record_get(head, key));
	record_setf(head, key, "%s %s%s%s", tool, version, options && *options ? " " : "", options ? options : "");
}

int64_t head_items(const struct record *head)
{
	const char *items = record_get(head, "items");
	int64_t n;

	return items && num_int(items, 0, INT64_MAX, &n) ? n : 0;
}

bool record_is_item(const struct record *r)
{
	return !strcmp(record_kind(r), "item");
}

const char *record_error(const struct record *item)
{
	return record_get(item, "error");
}

void record_fail(struct record *item, const char *message)
{
	while (item->ntensor)
		record_drop(item, item->tensor[item->ntensor - 1].name);
	record_set(item, "error", message);
}

/* What is before the last dot of what is behind the last slash; names that a shell or file system would trip over
 * (leading dots, over-long ones) are mended. */
static char *stem_of(const char *id)
{
	const char *name = strrchr(id, '/') ? strrchr(id, '/') + 1 : id, *dot;

	while (*name == '.')
		name++;
	dot = strrchr(name, '.');
	size_t n = dot ? (size_t)(dot - name) : strlen(name);
	if (n > 180)
		n = 180;
	return n ? xstrndup(name, n) : xstrdup("image");
}

char *item_file_name_of(const char *id, int64_t index, int64_t items)
{
	char *stem = stem_of(id), *name;
	int digits = 1;

	if (items == 1)
		return stem;
	for (int64_t last = items ? items - 1 : 999999; last > 9; last /= 10)
		digits++;
	name = xasprintf("%0*lld-%s", digits, (long long)index, stem);
	free(stem);
	return name;
}

char *item_path(const struct record *item)
{
	const char *id = record_get(item, "id");
	char *copy = xstrdup(id ? id : ""), *rest = copy, *part;
	struct text path = {0};

	while ((part = strsep(&rest, "/"))) {
		char *dot = rest ? NULL : strrchr(part, '.');

		if (dot && dot > part)
			*dot = '\0';
		if (*part && strcmp(part, ".") && strcmp(part, ".."))
			text_addf(&path, "%s%s", path.len ? "/" : "", part);
	}
	if (!path.len)
		text_add(&path, "image");
	free(copy);
	return path.s;
}

char *item_file_name(const struct record *item, int64_t items)
{
	const char *id = record_get(item, "id"), *text = record_get(item, "index");
	int64_t index = 0;

	if (text && !num_int(text, 0, INT64_MAX, &index))
		index = 0;
	return item_file_name_of(id ? id : "", index, items);
}
