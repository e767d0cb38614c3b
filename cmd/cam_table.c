/* The table of -t: a row for each map of each image; of an image that failed, one without numbers. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"
#include "cam_item.h"

int measure_head(struct cam *c, struct err *e)
{
	FILE *to = table_text(&c->rows);

	fputs("id\tlabel\tpatient\tsplit\tclass\tp\tmap", to);
	for (int v = 0; v < EVIDENCE_COUNT; v++)
		if (c->q.wanted[v])
			fprintf(to, "\t%s", evidence_name(v));
	fputs("\tstatus\n", to);
	return table_put(&c->rows, e) ? err_prefix(e, "standard output") : 0;
}

static void put_row(const struct cam *c, FILE *to, const struct record *item, int class, const char *map)
{
	const struct tensor *prob = record_tensor(item, "prob");
	char number[NUM_TEXT];

	table_value(to, record_get(item, "id"), '\t');
	table_value(to, record_get(item, "label"), '\t');
	table_value(to, record_get(item, "patient"), '\t');
	table_value(to, record_get(item, "split"), '\t');
	table_value(to, map ? c->net->classes.name[class] : "", '\t');
	fprintf(to, "%s\t", map ? num_text((double)((const float *)prob->data)[class], number) : "");
	table_value(to, map, '\t');
	for (int v = 0; v < EVIDENCE_COUNT; v++) {
		char *key = xasprintf("measure.%s.%s", map ? map : "", evidence_name(v));

		if (c->q.wanted[v])
			table_value(to, record_get(item, key), '\t');
		free(key);
	}
	table_value(to, map ? "ok" : record_error(item), '\n');
}

int measure_rows(struct cam *c, const struct slot *s, struct err *e)
{
	FILE *to = table_text(&c->rows);

	if (!record_is_item(&s->item))
		return 0;
	if (s->place < 0)
		put_row(c, to, &s->item, 0, NULL);
	for (int t = 0; s->place >= 0 && t < c->blend.nmap; t++)
		put_row(c, to, &s->item, s->class, c->blend.map[t].name);
	return table_put(&c->rows, e) ? err_prefix(e, "standard output") : 0;
}
