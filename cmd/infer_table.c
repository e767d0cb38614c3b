/* The score table of cxr-infer. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "infer.h"

static void put_name(FILE *f, const char *prefix, const char *name)
{
	char *whole = xasprintf("%s%s", prefix, name);

	table_value(f, whole, '\t');
	free(whole);
}

static void put_numbers(FILE *f, const float *v, int n)
{
	char text[NUM_TEXT];

	for (int i = 0; i < n; i++)
		fprintf(f, "%s\t", v ? num_text(v[i], text) : "");
}

static void find_columns(struct infer *f, const struct record *first)
{
	size_t cap = 0;

	for (int i = 0; first && i < first->nmeta; i++)
		if (!strncmp(first->meta[i].key, "x.", 2)) {
			f->column = grow(f->column, f->ncolumn, &cap, sizeof *f->column);
			f->column[f->ncolumn++] = xstrdup(first->meta[i].key);
		}
}

int infer_table_head(struct infer *f, const struct record *first, struct err *e)
{
	const struct classes *c = &f->net[0]->classes;
	FILE *to = table_text(&f->rows);

	if (f->headed)
		return 0;
	f->headed = true;
	find_columns(f, first);
	fputs("id\tlabel\tpatient\tsplit\t", to);
	for (int k = f->scorer->team.logits == 1 ? c->n - 1 : 0; k < c->n; k++)
		put_name(to, "z_", c->name[k]);
	for (int k = 0; k < c->n; k++)
		put_name(to, "p_", c->name[k]);
	fprintf(to, "pred\tstatus%s%s", f->scorer->sd ? "\tsd\tmi" : "", f->ncolumn ? "\t" : "\n");
	for (int i = 0; i < f->ncolumn; i++)
		table_value(to, f->column[i], i + 1 < f->ncolumn ? '\t' : '\n');
	return table_put(&f->rows, e) ? err_prefix(e, "standard output") : 0;
}

int infer_table_row(struct infer *f, const struct record *item, const float *logit, const float *prob, struct err *e)
{
	const struct classes *c = &f->net[0]->classes;
	const char *label = record_get(item, "label"), *error = record_error(item);
	const char *status = record_get(item, "seen") ? "seen" : "ok";
	FILE *to = table_text(&f->rows);

	table_value(to, record_get(item, "id"), '\t');
	table_value(to, label && classes_index(c, label) >= 0 ? label : "", '\t');
	table_value(to, record_get(item, "patient"), '\t');
	table_value(to, record_get(item, "split"), '\t');
	put_numbers(to, logit, f->scorer->team.logits);
	put_numbers(to, prob, f->scorer->team.classes);
	table_value(to, prob ? c->name[team_pred(&f->scorer->team, prob)] : "", '\t');
	table_value(to, error ? error : status, f->ncolumn || f->scorer->sd ? '\t' : '\n');
	if (f->scorer->sd) {
		table_value(to, prob ? record_get(item, "sd") : "", '\t');
		table_value(to, prob ? record_get(item, "mi") : "", f->ncolumn ? '\t' : '\n');
	}
	for (int i = 0; i < f->ncolumn; i++)
		table_value(to, record_get(item, f->column[i]), i + 1 < f->ncolumn ? '\t' : '\n');
	return table_put(&f->rows, e) ? err_prefix(e, "standard output") : 0;
}
