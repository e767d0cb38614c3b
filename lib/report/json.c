/* report.json: the numbers of the page. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* Images of the list by split and label, in the order in which they come. */
static void json_counts(FILE *f, const struct report *r)
{
	const struct columns *t = r->list;
	int split = columns_find(t, "split"), label = columns_find(t, "label");
	bool first = true;

	fputs(",\n  \"list_counts\": [", f);
	for (size_t i = 0; i < t->nrow; i++) {
		size_t n = 0, before = 0;
		for (size_t k = 0; k < t->nrow; k++) {
			bool same = !strcmp(columns_at(t, k, split), columns_at(t, i, split)) &&
			            !strcmp(columns_at(t, k, label), columns_at(t, i, label));
			n += same;
			before += same && k < i;
			if (before)
				break;
		}
		if (before)
			continue;
		fputs(first ? "\n    {\"split\": " : ",\n    {\"split\": ", f);
		text_put_json(f, columns_at(t, i, split));
		fputs(", \"label\": ", f);
		text_put_json(f, columns_at(t, i, label));
		fprintf(f, ", \"images\": %zu}", n);
		first = false;
	}
	putc(']', f);
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
	return ferror(f) ? err_set(e, "cannot be written") : 0;
}
