#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "show.h"
#include "stream/stream.h"
#include "tool/tool.h"

/* Records start with a length under 2^32, so with a NUL among the first 8 bytes; tables are text. */
static bool is_table(const char *path)
{
	char start[8];
	struct err e;
	struct source s;
	tool_input(&s, path);
	ptrdiff_t n = source_read(&s, start, sizeof start, &e);
	if (n < 0)
		die("%s: %s", path, e.text);
	if (!n)
		die("%s: empty file", path);
	source_close(&s);
	return !memchr(start, 0, n);
}

void part_take_head(struct part *s, const struct record *head)
{
	const char *items = record_get(head, "items");
	struct text work = {0};
	struct err e;
	int rc = head_shard(head, &s->shard, &e);

	if (rc < 0)
		die("%s: %s", s->path, e.text);
	if (!rc)
		die("%s: its head has no shard: not a part of a stream", s->path);
	if (!items || !num_int(items, 0, INT64_MAX, &s->items))
		die("%s: its head does not say how many items the whole has", s->path);
	for (int k = 0; k < head->nmeta; k++)
		if (strcmp(head->meta[k].key, "shard"))
			text_addf(&work, "%s=%s\n", head->meta[k].key, head->meta[k].value);
	s->work = work.s;
}

static void identify_stream(struct part *s)
{
	struct source src;
	struct reader r;
	struct err e;
	tool_input(&src, s->path);
	if (reader_open(&r, &src, &e))
		die_err(&e);
	part_take_head(s, &r.head);
	reader_close(&r);
	source_close(&src);
}

static int by_number(const void *a, const void *b)
{
	const struct part *s = a, *t = b;
	return (s->shard.i > t->shard.i) - (s->shard.i < t->shard.i);
}

/* Shards of the same cut of the same work; a table without rows has a header that nothing can be told from. */
static bool same_work(const struct part *s, const struct part *t)
{
	if (s->table != t->table || s->shard.n != t->shard.n || !s->work != !t->work)
		return false;
	if (s->work && strcmp(s->work, t->work))
		return false;
	return !s->table || (s->work && !(s->first && t->first)) || !strcmp(s->header, t->header);
}

/* Tables that do not say what they are can still be told apart by their first rows. */
static void check_unnumbered(const struct part *s, int n)
{
	for (int k = 1; k < n; k++)
		for (int j = 0; j < k; j++)
			if (s[j].first && s[k].first && !strcmp(s[j].first, s[k].first))
				die("%s: the same shard as %s: they start with the same row", s[k].path, s[j].path);
}

static void check_numbered(struct part *s, int n)
{
	qsort(s, n, sizeof *s, by_number);
	int64_t all = s[0].shard.n, said = 0;
	for (int k = 1; k < n; k++)
		if (s[k].shard.i == s[k - 1].shard.i)
			die("shard %lld/%lld is there twice: %s, %s", (long long)s[k].shard.i, (long long)all, s[k - 1].path,
			    s[k].path);
	for (int64_t i = 1, k = 0; i <= all && said < 20; i++)
		if (k < n && s[k].shard.i == i)
			k++;
		else if (++said)
			warn("shard %lld/%lld is missing", (long long)i, (long long)all);
	if (n < all)
		die("%lld of %lld shards are missing", (long long)all - n, (long long)all);
}

/* Foreign, double and missing shards, each by its name. The tables' headers are compared with one that has rows. */
static void check(struct part *s, int n)
{
	int with = 0;
	while (with < n - 1 && s[with].table && !s[with].first)
		with++;
	for (int k = 0; k < n; k++)
		if (!same_work(&s[with], &s[k]))
			die("%s: foreign shard: not of the same work as %s", s[k].path, s[with].path);
	if (s[0].shard.n)
		check_numbered(s, n);
	else
		check_unnumbered(s, n);
}

struct part *parts_identify(char *const *path, int n)
{
	struct part *s = xcalloc(n, sizeof *s);
	for (int k = 0; k < n; k++) {
		if (!strcmp(path[k], "-"))
			die_usage("--cat reads its shards twice: standard input cannot be one");
		s[k] = (struct part){.path = path[k], .items = -1, .table = is_table(path[k])};
		(s[k].table ? part_identify_table : identify_stream)(&s[k]);
	}
	check(s, n);
	return s;
}

void parts_free(struct part *s, int n)
{
	for (int k = 0; k < n; k++) {
		free(s[k].work);
		free(s[k].header);
		free(s[k].first);
	}
	free(s);
}
