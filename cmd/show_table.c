#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "show.h"
#include "tool.h"

static int next_row(struct tsv *t)
{
	struct err e;
	int rc = tsv_next(t, &e);
	if (rc < 0)
		die_err(&e);
	return rc;
}

static char *joined_row(const struct tsv *t, int from)
{
	struct text row = {0};
	text_add(&row, "");
	for (int k = from; k < t->nfield; k++)
		text_addf(&row, "%s\t", t->field[k]);
	return row.s;
}

static void open_table(struct shard *s, struct source *src, struct tsv *t)
{
	tool_input(src, s->path);
	tsv_init(t, src, '\n');
	int rc = next_row(t);
	free(s->work);
	s->work = NULL;
	if (rc && !strcmp(t->field[0], "#shard")) {
		shard_parse_number(s, t->nfield > 1 ? t->field[1] : "");
		for (int k = 2; k < t->nfield; k++)
			if (!strncmp(t->field[k], "items=", 6) && !num_int(t->field[k] + 6, 0, INT64_MAX, &s->items))
				die("%s: wrong number of items: %s", s->path, t->field[k]);
		s->work = joined_row(t, 2);
		rc = next_row(t);
	}
	if (!rc)
		die("%s: no header line", s->path);
}

void shard_identify_table(struct shard *s)
{
	struct source src;
	struct tsv t;
	open_table(s, &src, &t);
	char *said = s->work, *header = joined_row(&t, 0);
	s->work = xasprintf("%s\n%s", said ? said : "", header);
	if (next_row(&t))
		s->first = joined_row(&t, 0);
	free(said);
	free(header);
	tsv_free(&t);
	source_close(&src);
}

static void put_row(const struct tsv *t)
{
	for (int i = 0; i < t->nfield; i++)
		tsv_put(stdout, t->field[i], i + 1 < t->nfield ? '\t' : '\n');
}

void shard_cat_tables(struct shard *s, int n)
{
	int64_t rows = 0;
	struct err e;
	for (int k = 0, rc; k < n; k++) {
		struct source src;
		struct tsv t;
		open_table(&s[k], &src, &t);
		if (!k)
			put_row(&t);
		for (; (rc = tsv_next(&t, &e)) > 0; rows++)
			put_row(&t);
		if (rc < 0)
			die_err(&e);
		tsv_free(&t);
		source_close(&src);
	}
	shard_check_items(s, rows);
}
