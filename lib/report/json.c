/* report.json: the numbers of the page. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "report/chapters.h"

/* Names stay text, also where they look like numbers: a patient 007 is none. */
static bool is_name(const char *column)
{
	static const char *const name[] = {"label", "other_label", "split", "other_split",
		"pred", "class", "group", "run", "metric", "measure", "map", "kind", "from", "check", "option", "version", NULL};

	for (int i = 0; name[i]; i++)
		if (!strcmp(name[i], column))
			return true;
	return false;
}

static void json_table(FILE *f, const struct report *r, const struct columns *t)
{
	char buf[NUM_TEXT];
	double x;

	for (size_t i = 0; i < t->nrow; i++) {
		fputs(i ? ",\n    {" : "\n    {", f);
		for (int k = 0; k < t->ncol; k++) {
			const char *text = columns_at(t, i, k);
			fputs(k ? ", " : "", f);
			text_put_json(f, t->cell[k]);
			fputs(": ", f);
			if (report_is_name(t->cell[k])) {
				char *name = report_name(r, text);
				text_put_json(f, name);
				free(name);
			} else if (is_name(t->cell[k]) || !num_double(text, &x))
				text_put_json(f, text);
			else
				fputs(isfinite(x) ? num_text(x, buf) : "null", f);
		}
		putc('}', f);
	}
}

static void json_metadata(FILE *f, const char *name, const struct record *rec)
{
	fprintf(f, ",\n  \"%s\": {", name);
	for (int i = 0, n = 0; i < rec->nmeta; i++) {
		if (!strcmp(rec->meta[i].key, "train.sha256") || !strcmp(rec->meta[i].key, "odd"))
			continue;
		fputs(n++ ? ",\n    " : "\n    ", f);
		text_put_json(f, rec->meta[i].key);
		fputs(": ", f);
		text_put_json(f, rec->meta[i].value);
	}
	putc('}', f);
}

/* The images of one split and label. */
struct listed {
	size_t first, n;
};

static int by_place(const void *a, const void *b, void *ctx)
{
	const struct columns *t = ctx;
	size_t i = ((const struct listed *)a)->first, k = ((const struct listed *)b)->first;
	int split = columns_find(t, "split"), label = columns_find(t, "label");
	int order = strcmp(columns_at(t, i, split), columns_at(t, k, split));

	return order ? order : strcmp(columns_at(t, i, label), columns_at(t, k, label));
}

static int by_first(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Rows that are alike become one; how many are left. */
static size_t count_listed(struct columns *t, struct listed *l)
{
	size_t n = 0;

	for (size_t i = 0; i < t->nrow; i++)
		l[i] = (struct listed){i, 1};
	qsort_r(l, t->nrow, sizeof *l, by_place, t);
	for (size_t i = 0; i < t->nrow; i++) {
		if (!n || by_place(&l[n - 1], &l[i], t)) {
			l[n++] = l[i];
			continue;
		}
		l[n - 1].n++;
		if (l[i].first < l[n - 1].first)
			l[n - 1].first = l[i].first;
	}
	return n;
}

/* Images of the list by split and label, in the order in which they come. */
static void json_counts(FILE *f, const struct report *r)
{
	struct columns t = *r->list;
	struct listed *l = xcalloc(t.nrow + 1, sizeof *l);
	size_t n = count_listed(&t, l);

	qsort(l, n, sizeof *l, by_first);
	fputs(",\n  \"list_counts\": [", f);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ",\n    {\"split\": " : "\n    {\"split\": ", f);
		text_put_json(f, columns_at(&t, l[i].first, columns_find(&t, "split")));
		fputs(", \"label\": ", f);
		text_put_json(f, columns_at(&t, l[i].first, columns_find(&t, "label")));
		fprintf(f, ", \"images\": %zu}", l[i].n);
	}
	putc(']', f);
	free(l);
}

static void json_number(FILE *f, const char *name, double x)
{
	char buf[NUM_TEXT];

	fprintf(f, ",\n  \"%s\": %s", name, isfinite(x) ? num_text(x, buf) : "null");
}

/* From files to what was measured on, as the page draws it; null where there is no list or no score table. */
static void json_flow(FILE *f, const struct report *r)
{
	const struct report_flow n = report_flow(r);

	if (!r->list->ncol || !r->scores->ncol) {
		fputs(",\n  \"flow\": null", f);
		return;
	}
	fprintf(f, ",\n  \"flow\": {\"listed\": %zu, \"test\": %zu, \"rows\": %zu, \"unreadable\": %zu, \"unlabelled\": %zu, "
	        "\"measured\": %zu}", n.listed, n.tested, n.rows, n.failed, n.unlabelled, n.rows - n.failed - n.unlabelled);
}

/* [{"step": name, "command": line} ...] in their order; null where they are not known. */
static void json_steps(FILE *f, const struct report *r)
{
	fputs(",\n  \"commands\": ", f);
	fputs(r->nstep < 0 ? "null" : "[", f);
	for (int i = 0; i < r->nstep; i++) {
		fputs(i ? ",\n    {\"step\": " : "\n    {\"step\": ", f);
		text_put_json(f, r->step[i].name);
		fputs(", \"command\": ", f);
		text_put_json(f, r->step[i].line);
		putc('}', f);
	}
	fputs(r->nstep < 0 ? "" : "]", f);
}

/* {"file": [{column: value ...} ...] ...} of every table that is there, and what the model and the stream say. */
int report_json(FILE *f, const struct report *r, struct err *e)
{
	const struct table_kind *kind;

	fputs("{\n  \"tool\": \"cxr-report " CXR_VERSION "\"", f);
	fprintf(f, ",\n  \"synthetic\": %s", r->synthetic < 0 ? "null" : r->synthetic ? "true" : "false");
	fputs(",\n  \"null\": \"not known, not defined or withheld: see method, note or verdict beside it\"", f);
	fputs(",\n  \"positive\": ", f);
	if (*r->positive)
		text_put_json(f, r->positive);
	else
		fputs("null", f);
	json_number(f, "threshold", report_threshold(r));
	fprintf(f, ",\n  \"listed\": %zu,\n  \"scored\": %zu", r->list->nrow, r->scores->nrow);
	json_counts(f, r);
	json_flow(f, r);
	if (*r->measured)
		fprintf(f, ",\n  \"measured\": \"%s\"", r->measured);
	json_steps(f, r);
	json_metadata(f, "model", &r->model);
	json_metadata(f, "stream", &r->head);
	for (int i = 0; (kind = table_kind(i)); i++)
		if (kind->place != AN_IMAGE_EACH && r->table[i].ncol) {
			fprintf(f, ",\n  \"%s\": [", kind->file);
			json_table(f, r, &r->table[i]);
			putc(']', f);
		}
	fputs("\n}\n", f);
	(void)e; /* whoever closes f sees what could not be written */
	return 0;
}
