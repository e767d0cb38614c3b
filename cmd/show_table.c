#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tsv.h"
#include "show.h"
#include "tool/tool.h"

/* A table as it is read: its rows, without the lines that make it a shard's. */
struct rows {
	struct source src;
	struct tsv t;
	struct part *part;
	int64_t n; /* rows so far */
	bool ended;
};

static int next_line(struct rows *r)
{
	struct err e;
	int rc = tsv_next(&r->t, &e);
	if (rc < 0)
		die_err(&e);
	return rc;
}

/* Opens a table and reads to its header. */
static void open_table(struct rows *r, struct part *s)
{
	struct record head = {0};
	struct err e;
	*r = (struct rows){.part = s};
	tool_input(&r->src, s->path);
	tsv_init(&r->t, &r->src, '\n');
	int rc = next_line(r), shard = rc ? shard_take_head(&r->t, &head, &s->shard, &e) : 0;
	if (shard < 0)
		die("%s: %s", s->path, e.text);
	if (shard && !s->work)
		part_take_head(s, &head);
	if (shard)
		rc = next_line(r);
	if (!rc)
		die("%s: no header line", s->path);
	record_free(&head);
}

static bool next_row(struct rows *r)
{
	const char *path = r->part->path;
	struct err e;
	int rc = next_line(r), end = 0;
	if (r->part->shard.n) {
		if (!rc)
			die("%s: cut short: no end after %lld rows", path, (long long)r->n);
		if ((end = shard_take_end(&r->t, r->n, &e)) < 0)
			die("%s: %s", path, e.text);
		if (end && next_line(r))
			die("%s: damaged: lines behind its end", path);
	}
	r->ended = end;
	r->n++;
	return rc && !end;
}

static void close_table(struct rows *r)
{
	tsv_free(&r->t);
	source_close(&r->src);
}

static char *joined_row(const struct tsv *t)
{
	struct text row = {0};
	for (int k = 0; k < t->nfield; k++)
		text_addf(&row, "%s\t", t->field[k]);
	return row.s;
}

/* A shard's table is read to its end, so that nothing is merged when one is cut short. */
void part_identify_table(struct part *s)
{
	struct rows r;
	open_table(&r, s);
	s->header = joined_row(&r.t);
	if (next_row(&r))
		s->first = joined_row(&r.t);
	while (s->shard.n && !r.ended)
		next_row(&r);
	close_table(&r);
}

static void put_row(const struct tsv *t)
{
	for (int i = 0; i < t->nfield; i++)
		tsv_put(stdout, t->field[i], i + 1 < t->nfield ? '\t' : '\n');
}

/* The header is that of a shard with rows: without any it may lack columns. */
void part_cat_tables(struct part *s, int n)
{
	bool begun = false;
	for (int k = 0; k < n; k++) {
		struct rows r;
		open_table(&r, &s[k]);
		if (!begun && (s[k].first || k == n - 1)) {
			put_row(&r.t);
			begun = true;
		}
		while (next_row(&r))
			put_row(&r.t);
		close_table(&r);
	}
}
