/* report.json: the numbers of the page. */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "report/chapters.h"

static void json_text(FILE *f, const char *s)
{
	putc('"', f);
	for (; *s; s++)
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if ((unsigned char)*s < ' ')
			fprintf(f, "\\u%04x", *s);
		else
			putc(*s, f);
	putc('"', f);
}

/* Names stay text, also where they look like numbers: a patient 007 is none. */
static bool is_name(const char *column)
{
	static const char *const name[] = {"id", "other", "path", "patient", "label", "other_label", "split", "other_split",
		"pred", "class", "group", "run", "metric", "measure", "map", "kind", "from", "check", "option", NULL};

	for (int i = 0; name[i]; i++)
		if (!strcmp(name[i], column))
			return true;
	return false;
}

static void json_table(FILE *f, const struct columns *t)
{
	char buf[NUM_TEXT];
	double x;

	for (size_t i = 0; i < t->nrow; i++) {
		fputs(i ? ",\n    {" : "\n    {", f);
		for (int k = 0; k < t->ncol; k++) {
			const char *text = columns_at(t, i, k);
			fputs(k ? ", " : "", f);
			json_text(f, t->cell[k]);
			fputs(": ", f);
			if (is_name(t->cell[k]) || !num_double(text, &x))
				json_text(f, text);
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
		json_text(f, rec->meta[i].key);
		fputs(": ", f);
		json_text(f, rec->meta[i].value);
	}
	putc('}', f);
}

/* {"file": [{column: value ...} ...] ...} of every table that is there, and what the model and the stream say. */
int report_json(FILE *f, const struct report *r, struct err *e)
{
	const struct table_kind *kind;

	fputs("{\n  \"tool\": \"cxr-report " CXR_VERSION "\"", f);
	fprintf(f, ",\n  \"synthetic\": %s", r->synthetic ? "true" : "false");
	fputs(",\n  \"positive\": ", f);
	json_text(f, r->positive);
	fprintf(f, ",\n  \"listed\": %zu,\n  \"scored\": %zu", r->list->nrow, r->scores->nrow);
	json_metadata(f, "model", &r->model);
	json_metadata(f, "stream", &r->head);
	for (int i = 0; (kind = table_kind(i)); i++)
		if (kind->place != AN_IMAGE_EACH && r->table[i].ncol) {
			fprintf(f, ",\n  \"%s\": [", kind->file);
			json_table(f, &r->table[i]);
			putc(']', f);
		}
	fputs("\n}\n", f);
	return ferror(f) ? err_set(e, "cannot be written") : 0;
}
