/* Shards of a stream or of a table become the whole again; what is not all of one piece of work is refused. */
#include "stream/merge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "stream/stream.h"

enum { NAMED = 20 }; /* missing shards that a message names */

struct shard_file {
	const char *path;
	struct shard shard; /* n = 0 when it does not say */
	int64_t items;      /* of the whole work; -1 when it does not say */
	char *work;         /* what must be the same in all shards of one piece of work */
	char *header;       /* of a table: that line, */
	char *first;        /* and its first row */
	bool table;
};

/* Tables */

/* A table as it is read: its rows, without the lines that make it a shard's. */
struct shard_rows {
	struct source src;
	struct tsv t;
	struct shard_file *file;
	int64_t n; /* rows so far */
	bool ended;
};

static int take_head(struct shard_file *s, const struct record *head, struct err *e)
{
	const char *items = record_get(head, "items");
	struct text work = {0};
	int rc = head_shard(head, &s->shard, e);

	if (rc < 0)
		return err_prefix(e, "%s", s->path);
	if (!rc)
		return err_set(e, "%s: its head has no shard: not a part of a stream", s->path);
	if (!items || !num_int(items, 0, INT64_MAX, &s->items))
		return err_set(e, "%s: its head does not say how many items the whole has", s->path);
	for (int k = 0; k < head->nmeta; k++)
		if (strcmp(head->meta[k].key, "shard"))
			text_addf(&work, "%s=%s\n", head->meta[k].key, head->meta[k].value);
	s->work = work.s;
	return 0;
}

/* Reads to the header of the table, which is the current row then. */
static int read_table_head(struct shard_rows *r, struct err *e)
{
	struct shard_file *s = r->file;
	struct record head = {0};
	int rc = tsv_next(&r->t, e), shard = 0;

	if (rc > 0 && (shard = shard_take_head(&r->t, &head, &s->shard, e)) < 0)
		rc = err_prefix(e, "%s", s->path);
	if (shard > 0)
		rc = !s->work && take_head(s, &head, e) ? -1 : tsv_next(&r->t, e);
	record_free(&head);
	return rc ? rc : err_set(e, "%s: no header line", s->path);
}

static void close_table(struct shard_rows *r)
{
	tsv_free(&r->t);
	source_close(&r->src);
}

static int open_table(const struct merge *m, struct shard_rows *r, struct shard_file *s, struct err *e)
{
	*r = (struct shard_rows){.file = s};
	if (m->open(&r->src, s->path, e))
		return -1;
	tsv_init(&r->t, &r->src, '\n');
	r->t.whole = true;
	if (read_table_head(r, e) > 0)
		return 0;
	close_table(r);
	return -1;
}

/* 1 a row, 0 the end, which a shard's table must have, and nothing behind it; -1. */
static int next_row(struct shard_rows *r, struct err *e)
{
	const char *path = r->file->path;
	int rc = tsv_next(&r->t, e), end = 0;

	if (rc >= 0 && r->file->shard.n) {
		if (!rc)
			return err_set(e, "%s: cut short: no end after %" PRId64 " rows", path, r->n);
		if ((end = shard_take_end(&r->t, r->n, e)) < 0)
			return err_prefix(e, "%s", path);
		if (end && (rc = tsv_next(&r->t, e)) > 0)
			return err_set(e, "%s: damaged: lines behind its end", path);
	}
	r->ended = end;
	r->n++;
	return rc;
}

static char *joined_row(const struct tsv *t)
{
	struct text row = {0};

	for (int k = 0; k < t->nfield; k++)
		text_addf(&row, "%s\t", t->field[k]);
	return row.s;
}

/* A shard's table is read to its end, so that nothing is merged when one is cut short. */
static int identify_table(const struct merge *m, struct shard_file *s, struct err *e)
{
	struct shard_rows r;
	int rc;

	if (open_table(m, &r, s, e))
		return -1;
	s->header = joined_row(&r.t);
	if ((rc = next_row(&r, e)) > 0)
		s->first = joined_row(&r.t);
	while (rc > 0 && s->shard.n)
		rc = next_row(&r, e);
	close_table(&r);
	return rc < 0 ? -1 : 0;
}

static void put_row(FILE *out, const struct tsv *t)
{
	for (int i = 0; i < t->nfield; i++)
		tsv_put(out, t->field[i], i + 1 < t->nfield ? '\t' : '\n');
}

/* The header is that of a shard with rows: without any it may lack columns. */
static int write_tables(const struct merge *m, FILE *out, struct err *e)
{
	bool begun = false;

	for (int k = 0, rc; k < m->n; k++) {
		struct shard_rows r;

		if (open_table(m, &r, &m->file[k], e))
			return -1;
		if (!begun && (m->file[k].first || k == m->n - 1)) {
			put_row(out, &r.t);
			begun = true;
		}
		while ((rc = next_row(&r, e)) > 0)
			put_row(out, &r.t);
		close_table(&r);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* Streams */

/* The whole under construction: records before the first item (models) come once, from the first shard. */
struct merged_stream {
	struct writer w;
	const char *name;
	struct record *lead;
	size_t nlead, leadcap;
	int64_t index; /* of the next item */
};

static int write_record(struct merged_stream *all, const struct record *r, struct err *e)
{
	return writer_put(&all->w, r, e) ? err_prefix(e, "%s", all->name) : 0;
}

static int take_lead(struct merged_stream *all, const struct shard_file *s, bool first, size_t at,
                     const struct record *r, struct err *e)
{
	if (!first) {
		if (at < all->nlead && record_same(&all->lead[at], r))
			return 0;
		return err_set(e, "%s: foreign shard: its %s record differs", s->path, record_kind(r));
	}
	all->lead = grow(all->lead, all->nlead, &all->leadcap, sizeof *all->lead);
	all->lead[all->nlead] = (struct record){0};
	record_copy(&all->lead[all->nlead++], r);
	return write_record(all, r, e);
}

/* Shards are contiguous blocks of the list: indices must go on where the shard before ended. */
static int take_item(struct merged_stream *all, const struct shard_file *s, const struct record *r, struct err *e)
{
	const char *text = record_get(r, "index");
	int64_t index;

	if (!text || !num_int(text, 0, INT64_MAX, &index))
		return err_set(e, "%s: an item without its index in the list", s->path);
	if (index != all->index)
		return err_set(e, "%s: item %" PRId64 ", where %" PRId64 " should follow", s->path, index, all->index);
	all->index++;
	return write_record(all, r, e);
}

static int copy_records(struct merged_stream *all, const struct shard_file *s, bool first, struct reader *in,
                        struct err *e)
{
	struct record r = {0};
	size_t lead = 0;
	int rc, bad = 0;

	while (!bad && (rc = reader_next(in, &r, e)) > 0)
		if (record_is_item(&r))
			bad = take_item(all, s, &r, e);
		else if (!in->items)
			bad = take_lead(all, s, first, lead++, &r, e);
		else
			bad = write_record(all, &r, e);
	record_free(&r);
	if (bad || rc < 0)
		return -1;
	if (lead != all->nlead)
		return err_set(e, "%s: foreign shard: %zu records before its items, %zu in the first shard", s->path, lead,
		               all->nlead);
	return 0;
}

static int add_stream(const struct merge *m, int k, struct merged_stream *all, FILE *out, struct err *e)
{
	struct record whole = {0};
	struct source src;
	struct reader in;
	int rc;

	if (m->open(&src, m->file[k].path, e))
		return -1;
	rc = reader_open(&in, &src, e);
	if (!rc && k == 0) {
		record_copy_meta(&whole, &in.head);
		record_set(&whole, "shard", NULL);
		if ((rc = writer_open(&all->w, out, &whole, e)))
			err_prefix(e, "%s", all->name);
		record_free(&whole);
	}
	if (!rc)
		rc = copy_records(all, &m->file[k], k == 0, &in, e);
	reader_close(&in);
	source_close(&src);
	return rc;
}

static int write_streams(const struct merge *m, FILE *out, const char *name, struct err *e)
{
	struct merged_stream all = {.name = name};
	int rc = 0;

	for (int k = 0; k < m->n && !rc; k++)
		rc = add_stream(m, k, &all, out, e);
	if (!rc && all.index != m->file[0].items)
		rc = err_set(e, "the shards hold %" PRId64 " items, the whole has %" PRId64, all.index, m->file[0].items);
	if (!rc && writer_end(&all.w, e))
		rc = err_prefix(e, "%s", name);
	for (size_t k = 0; k < all.nlead; k++)
		record_free(&all.lead[k]);
	free(all.lead);
	return rc;
}

/* Which shard is which, and are they all? */

static int identify_stream(const struct merge *m, struct shard_file *s, struct err *e)
{
	struct source src;
	struct reader r;
	int rc;

	if (m->open(&src, s->path, e))
		return -1;
	if (!(rc = reader_open(&r, &src, e)))
		rc = take_head(s, &r.head, e);
	reader_close(&r);
	source_close(&src);
	return rc;
}

/* Records start with a length under 2^32, so with a NUL among the first 8 bytes; tables are text. */
static int identify(const struct merge *m, struct shard_file *s, struct err *e)
{
	char start[8];
	struct source src;
	ptrdiff_t n;

	if (m->open(&src, s->path, e))
		return -1;
	n = source_read(&src, start, sizeof start, e);
	source_close(&src);
	if (n < 0)
		return err_prefix(e, "%s", s->path);
	if (!n)
		return err_set(e, "%s: empty file", s->path);
	s->table = !memchr(start, 0, (size_t)n);
	return s->table ? identify_table(m, s, e) : identify_stream(m, s, e);
}

/* Shards of the same cut of the same work; a table without rows has a header that nothing can be told from. */
static bool same_work(const struct shard_file *s, const struct shard_file *t)
{
	if (s->table != t->table || s->shard.n != t->shard.n || !s->work != !t->work)
		return false;
	if (s->work && strcmp(s->work, t->work))
		return false;
	return !s->table || (s->work && !(s->first && t->first)) || !strcmp(s->header, t->header);
}

/* Tables that do not say what they are can still be told apart by their first rows. */
static int check_unnumbered(const struct shard_file *s, int n, struct err *e)
{
	for (int k = 1; k < n; k++)
		for (int j = 0; j < k; j++)
			if (s[j].first && s[k].first && !strcmp(s[j].first, s[k].first))
				return err_set(e, "%s: the same shard as %s: they start with the same row", s[k].path, s[j].path);
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct shard_file *s = a, *t = b;

	return (s->shard.i > t->shard.i) - (s->shard.i < t->shard.i);
}

/* "shard 2/3 is missing", "2 of 4 shards are missing: 2/4, 4/4" */
static int name_missing(const struct shard_file *s, int n, struct err *e)
{
	int64_t all = s[0].shard.n, missing = all - n, named = 0;
	struct text list = {0};

	for (int64_t i = 1, k = 0; i <= all && named <= NAMED; i++)
		if (k < n && s[k].shard.i == i)
			k++;
		else if (named++ < NAMED)
			text_addf(&list, "%s%" PRId64 "/%" PRId64, list.len ? ", " : "", i, all);
	if (missing == 1)
		err_set(e, "shard %s is missing", list.s);
	else
		err_set(e, "%" PRId64 " of %" PRId64 " shards are missing: %s%s", missing, all, list.s,
		        missing > NAMED ? ", ..." : "");
	text_free(&list);
	return -1;
}

static int check_numbered(struct shard_file *s, int n, struct err *e)
{
	qsort(s, (size_t)n, sizeof *s, by_number);
	for (int k = 1; k < n; k++)
		if (s[k].shard.i == s[k - 1].shard.i)
			return err_set(e, "shard %" PRId64 "/%" PRId64 " is there twice: %s, %s", s[k].shard.i, s[k].shard.n,
			               s[k - 1].path, s[k].path);
	return n < s[0].shard.n ? name_missing(s, n, e) : 0;
}

/* Foreign, double and missing shards, each by its name. The tables' headers are compared with one that has rows. */
static int check(struct shard_file *s, int n, struct err *e)
{
	int with = 0;

	while (with < n - 1 && s[with].table && !s[with].first)
		with++;
	for (int k = 0; k < n; k++)
		if (!same_work(&s[with], &s[k]))
			return err_set(e, "%s: foreign shard: not of the same work as %s", s[k].path, s[with].path);
	return s[0].shard.n ? check_numbered(s, n, e) : check_unnumbered(s, n, e);
}

int merge_open(struct merge *m, merge_opener *open, char *const *path, int n, struct err *e)
{
	*m = (struct merge){.open = open, .file = xcalloc((size_t)n, sizeof *m->file), .n = n};
	for (int k = 0; k < n; k++)
		m->file[k] = (struct shard_file){.path = path[k], .items = -1};
	for (int k = 0; k < n; k++)
		if (identify(m, &m->file[k], e)) {
			merge_free(m);
			return -1;
		}
	if (check(m->file, n, e)) {
		merge_free(m);
		return -1;
	}
	m->tables = m->file[0].table;
	return 0;
}

int merge_write(const struct merge *m, FILE *out, const char *name, struct err *e)
{
	return m->tables ? write_tables(m, out, e) : write_streams(m, out, name, e);
}

void merge_free(struct merge *m)
{
	for (int k = 0; k < m->n; k++) {
		free(m->file[k].work);
		free(m->file[k].header);
		free(m->file[k].first);
	}
	free(m->file);
	*m = (struct merge){0};
}
