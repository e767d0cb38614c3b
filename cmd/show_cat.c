#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "show.h"
#include "stream/stream.h"
#include "tool/tool.h"

/* The whole under construction: records before the first item (models) come once, from the first shard. */
struct merge {
	struct writer w;
	struct record *lead;
	size_t nlead, leadcap;
	int64_t index; /* of the next item */
};

static void put(struct merge *m, const struct record *r)
{
	struct err e;
	if (writer_put(&m->w, r, &e))
		die("standard output: %s", e.text);
}

static void take_lead(struct merge *m, const struct part *s, bool first, size_t at, const struct record *r)
{
	if (!first) {
		if (at >= m->nlead || !record_same(&m->lead[at], r))
			die("%s: foreign shard: its %s record differs", s->path, record_kind(r));
		return;
	}
	m->lead = grow(m->lead, m->nlead, &m->leadcap, sizeof *m->lead);
	m->lead[m->nlead] = (struct record){0};
	record_copy(&m->lead[m->nlead++], r);
	put(m, r);
}

/* Shards are contiguous blocks of the list: indices must go on where the shard before ended. */
static void take_item(struct merge *m, const struct part *s, const struct record *r)
{
	const char *text = record_get(r, "index");
	int64_t index;
	if (!text || !num_int(text, 0, INT64_MAX, &index))
		die("%s: an item without its index in the list", s->path);
	if (index != m->index)
		die("%s: item %lld, where %lld should follow", s->path, (long long)index, (long long)m->index);
	m->index++;
	put(m, r);
}

static void add_stream(struct merge *m, const struct part *s, bool first)
{
	struct source src;
	struct reader r;
	struct err e;
	struct record rec = {0};
	size_t lead = 0;
	int rc;
	tool_input(&src, s->path);
	if (reader_open(&r, &src, &e))
		die_err(&e);
	if (first) {
		record_set(&r.head, "shard", NULL);
		if (writer_open(&m->w, stdout, &r.head, &e))
			die("standard output: %s", e.text);
	}
	while ((rc = reader_next(&r, &rec, &e)) > 0)
		if (record_is_item(&rec))
			take_item(m, s, &rec);
		else if (!r.items)
			take_lead(m, s, first, lead++, &rec);
		else
			put(m, &rec);
	if (rc < 0)
		die_err(&e);
	if (lead != m->nlead)
		die("%s: foreign shard: %zu records before its items, %zu in the first shard", s->path, lead, m->nlead);
	record_free(&rec);
	reader_close(&r);
	source_close(&src);
}

static void cat_streams(const struct part *s, int n)
{
	struct merge m = {0};
	struct err e;
	tool_refuse_terminal();
	for (int k = 0; k < n; k++)
		add_stream(&m, &s[k], k == 0);
	if (m.index != s[0].items)
		die("the shards hold %lld items, the whole has %lld", (long long)m.index, (long long)s[0].items);
	if (writer_end(&m.w, &e))
		die("standard output: %s", e.text);
	for (size_t k = 0; k < m.nlead; k++)
		record_free(&m.lead[k]);
	free(m.lead);
}

void show_cat(char *const *path, int n)
{
	struct part *s = parts_identify(path, n);
	if (s[0].table)
		part_cat_tables(s, n);
	else
		cat_streams(s, n);
	parts_free(s, n);
}
