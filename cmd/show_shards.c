#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "show.h"
#include "stream/stream.h"
#include "tool.h"

void shard_parse_number(struct shard *s, const char *text)
{
	char *copy = xstrdup(text), *slash = strchr(copy, '/');
	if (slash)
		*slash++ = 0;
	if (!slash || !num_int(slash, 1, INT32_MAX, &s->n) || !num_int(copy, 1, s->n, &s->i))
		die("%s: shard '%s' is not i/n with 1 <= i <= n", s->path, text);
	free(copy);
}

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

static void identify_stream(struct shard *s)
{
	struct source src;
	struct reader r;
	struct err e;
	struct text work = {0};
	tool_input(&src, s->path);
	if (reader_open(&r, &src, &e))
		die_err(&e);
	const char *number = record_get(&r.head, "shard"), *items = record_get(&r.head, "items");
	if (!number)
		die("%s: its head has no shard: not a part of a stream", s->path);
	shard_parse_number(s, number);
	if (items && !num_int(items, 0, INT64_MAX, &s->items))
		die("%s: its head has a wrong number of items", s->path);
	for (int k = 0; k < r.head.nmeta; k++)
		if (strcmp(r.head.meta[k].key, "shard"))
			text_addf(&work, "%s=%s\n", r.head.meta[k].key, r.head.meta[k].value);
	s->work = work.s;
	reader_close(&r);
	source_close(&src);
}

void shard_check_items(const struct shard *s, int64_t got)
{
	if (s->items >= 0 && s->items != got)
		die("the shards hold %lld items, the whole has %lld", (long long)got, (long long)s->items);
}

static int by_number(const void *a, const void *b)
{
	const struct shard *s = a, *t = b;
	return (s->i > t->i) - (s->i < t->i);
}

/* Foreign, double and missing shards, each by its name. */
static void check(struct shard *s, int n)
{
	for (int k = 1; k < n; k++) {
		if (s[k].table != s[0].table || s[k].n != s[0].n || strcmp(s[k].work, s[0].work))
			die("%s: foreign shard: not of the same work as %s", s[k].path, s[0].path);
		for (int j = 0; j < k && s[k].first; j++)
			if (s[j].first && !strcmp(s[j].first, s[k].first))
				die("%s: the same shard as %s: they start with the same row", s[k].path, s[j].path);
	}
	if (!s[0].n)
		return;
	qsort(s, n, sizeof *s, by_number);
	for (int k = 1; k < n; k++)
		if (s[k].i == s[k - 1].i)
			die("shard %lld/%lld is there twice: %s, %s", (long long)s[k].i, (long long)s[k].n, s[k - 1].path, s[k].path);
	for (int64_t i = 1, k = 0, said = 0; k < n && said < 20; i++)
		if (s[k].i == i)
			k++;
		else if (++said)
			warn("shard %lld/%lld is missing", (long long)i, (long long)s[0].n);
	if (n < s[0].n)
		die("%lld of %lld shards are missing", (long long)s[0].n - n, (long long)s[0].n);
}

struct shard *shards_identify(char *const *path, int n)
{
	struct shard *s = xcalloc(n, sizeof *s);
	for (int k = 0; k < n; k++) {
		if (!strcmp(path[k], "-"))
			die_usage("--cat reads its shards twice: standard input cannot be one");
		s[k] = (struct shard){.path = path[k], .items = -1, .table = is_table(path[k])};
		(s[k].table ? shard_identify_table : identify_stream)(&s[k]);
	}
	check(s, n);
	return s;
}

void shards_free(struct shard *s, int n)
{
	for (int k = 0; k < n; k++) {
		free(s[k].work);
		free(s[k].first);
	}
	free(s);
}
