#ifndef STREAM_STREAM_H
#define STREAM_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "stream/classes.h"
#include "stream/record.h"
#include "stream/shard.h"

/* A stream: head, then item and model records, then tail. See cxr-stream(5). */

/* 1 when *s begins as a record does, 0 when not, -1 when it cannot be read. *s still gives all its bytes. */
int source_is_stream(struct source *s, struct err *e);

/* Reading. Plain bytes come from src; cmd/ puts lib/data's decompressing source in front. */
struct reader {
	struct source *src;
	struct record head;   /* valid after reader_open */
	uint32_t crc;
	int64_t items, errors; /* item records seen, and those with an `error` entry */
	bool ended;
	int64_t from, to; /* of reader_shard; to < 0: all items are handed out */
	bool inside;      /* the last item was one of those */
	const unsigned char *bytes; /* of reader_view, `size` of them; NULL: src */
	size_t size, at, body;
};
/* Reads and checks the head. 0 or -1 (also when the source is empty: "empty stream"). Messages start with the
 * source's name. src stays the caller's to close. */
int reader_open(struct reader *r, struct source *src, struct err *e);
/* The same, but a single document that is no stream (a model) is taken too: it is in `head`, and the end comes next. */
int reader_open_any(struct reader *r, struct source *src, struct err *e);
/* The same over a stream of `size` bytes that lie in memory, of which the headers alone are looked at (record_view).
 * src gives the name. The checksum is not made: after the end, that of the first `body` bytes must be `crc`. */
int reader_view(struct reader *r, struct source *src, const unsigned char *bytes, size_t size, struct err *e);
/* Next record before the tail: 1, 0 after a correct tail and no byte behind it, -1 damage (cut stream, counts or
 * crc32 of the tail wrong, bytes after the tail). Records of every kind but head and tail are handed out. */
int reader_next(struct reader *r, struct record *rec, struct err *e);
/* From here on only the items of the shard are handed out, records between items with the item before them; those
 * before the first item always. The head says so too (head_set_shard). shard.n = 0: all, nothing changes. */
int reader_shard(struct reader *r, struct shard shard, struct err *e);
void reader_close(struct reader *r);

/* Writing: writer_open writes the head, writer_put a record (counts items and errors), writer_end the tail and
 * flushes. Every call returns 0 or -1. */
struct writer {
	FILE *f;
	uint32_t crc;
	int64_t items, errors;
	struct earlier *earlier; /* what an earlier run left, while that lasts */
	bool flush;              /* every item at once, so that little is lost */
};
int writer_open(struct writer *w, FILE *f, const struct record *head, struct err *e);
int writer_put(struct writer *w, const struct record *rec, struct err *e);
int writer_end(struct writer *w, struct err *e);

/* Goes on where a run that died left off: f is the file it wrote to, opened for appending. What is put is compared with
 * what is there, an error when it differs, and is written where the file ends or is cut off. */
int writer_resume(struct writer *w, FILE *f, const struct record *head, struct err *e);
/* What becomes of this record of the input is whole in the file: 1; 0: it is to be made and put; -1: another item is
 * there. An error that the item came by in the earlier run is counted in *failed. */
int writer_has(struct writer *w, const struct record *input, int64_t *failed, struct err *e);

/* Head of a new stream (kind, format version); classes, recipe ... are record_set by the tool. */
void head_init(struct record *head);
/* Appends the next pg.N line: "<tool> <version> <options>". options leaves out what cannot change results. */
void head_add_pg(struct record *head, const char *tool, const char *version, const char *options);

/* How many items the whole list has, errors included; 0: not known. */
int64_t head_items(const struct record *head);

bool record_is_item(const struct record *r);
const char *record_error(const struct record *item); /* the item's `error`, or NULL */
/* Turns an item into an error record: drops the tensors, sets `error`. */
void record_fail(struct record *item, const char *message);

/* A file name (without extension) for what belongs to an item: "<index>-<stem of the id>", the index with as many
 * digits as the last of `items` has (0: not known, six), so that names are unique, sort as the list and do not depend
 * on shards; the stem alone when the list has one item. Fresh memory. */
char *item_file_name(const struct record *item, int64_t items);
/* Its id as the path of a file below a folder, without extension: no leading slash, no parts . and .. */
char *item_path(const struct record *item);
char *item_file_name_of(const char *id, int64_t index, int64_t items);

#endif
