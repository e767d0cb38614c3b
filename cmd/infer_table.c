/* The score table of cxr-infer. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "infer.h"

/* Text of the stream, whose escapes are not a table's. */
static void put(const char *text, char end)
{
	size_t n;
	char *plain = text_unescape(text ? text : "", &n);

	tsv_put(stdout, plain, end);
	free(plain);
}

static void put_name(const char *prefix, const char *name)
{
	char *whole = xasprintf("%s%s", prefix, name);

	put(whole, '\t');
	free(whole);
}

static void put_numbers(const float *v, int n)
{
	char text[NUM_TEXT];

	for (int i = 0; i < n; i++)
		printf("%s\t", v ? num_text(v[i], text) : "");
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

void table_head(struct infer *f, const struct record *first)
{
	const struct classes *c = &f->net[0]->classes;

	find_columns(f, first);
	fputs("id\tlabel\tpatient\tsplit\t", stdout);
	for (int k = f->scorer->logits == 1 ? c->n - 1 : 0; k < c->n; k++)
		put_name("z_", c->name[k]);
	for (int k = 0; k < c->n; k++)
		put_name("p_", c->name[k]);
	printf("pred\tstatus%s%s", f->scorer->sd ? "\tsd\tmi" : "", f->ncolumn ? "\t" : "\n");
	for (int i = 0; i < f->ncolumn; i++)
		put(f->column[i], i + 1 < f->ncolumn ? '\t' : '\n');
}

void table_row(const struct infer *f, const struct record *item, const float *logit, const float *prob)
{
	const struct classes *c = &f->net[0]->classes;
	const char *label = record_get(item, "label"), *error = record_error(item);
	const char *status = record_get(item, "seen") ? "seen" : "ok";

	put(record_get(item, "id"), '\t');
	put(label && classes_index(c, label) >= 0 ? label : "", '\t');
	put(record_get(item, "patient"), '\t');
	put(record_get(item, "split"), '\t');
	put_numbers(logit, f->scorer->logits);
	put_numbers(prob, f->scorer->classes);
	put(prob ? c->name[scorer_pred(f->scorer, prob)] : "", '\t');
	put(error ? error : status, f->ncolumn || f->scorer->sd ? '\t' : '\n');
	if (f->scorer->sd) {
		put(prob ? record_get(item, "sd") : "", '\t');
		put(prob ? record_get(item, "mi") : "", f->ncolumn ? '\t' : '\n');
	}
	for (int i = 0; i < f->ncolumn; i++)
		put(record_get(item, f->column[i]), i + 1 < f->ncolumn ? '\t' : '\n');
}
