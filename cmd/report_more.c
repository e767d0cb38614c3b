/* Tables of the folder shown as they are, the model card, and report.json. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "report.h"

/* The tables that are read for report.json, and those of them that are shown. */
static const struct shown {
	const char *file, *title, *says;
	size_t rows; /* at most */
} shown[] = {
	{"metrics.tsv", NULL, NULL, 0},
	{"log.tsv", NULL, NULL, 0},
	{"curves/confusion.tsv", NULL, NULL, 0},
	{"curves/calibration.tsv", NULL, NULL, 0},
	{"curves/decision.tsv", NULL, NULL, 0},
	{"curves/operating.tsv", "Operating points", "Each row calls a picture positive from that probability on.", 19},
	{"curves/prevalence.tsv", "Where positives are more or less common",
	 "Precision and NPV that recall and specificity of these pictures would give at other prevalences.", 20},
	{"curves/referral.tsv", "If the least sure answers go to a reader",
	 "Accuracy of the pictures that are left, by the share that is referred.", 20},
	{"eda/classes.tsv", "Pictures by split and label", "Sizes of the files, and mean and sd of the prepared pixels.", 60},
	{"eda/probe.tsv", "Shortcut probe",
	 "AUC of simple models that see this little. Where it is high, the classes can be told without a look at lungs.", 8},
	{"eda/duplicates.tsv", "Duplicates",
	 "Pictures from the same bytes, or nearly alike; those in two splits flatter. At most 30 are shown.", 30},
	{"groups.tsv", "Groups", "Each group, and its difference to all other pictures. With many groups some differ by "
	 "chance.", 200},
	{"compare.tsv", "Beside the other model", "Differences on the same pictures.", 40},
	{"measures.tsv", "Measures of the explanations", "The maps beside maps that know nothing of the network.", 60},
	{"curves/failures.tsv", "Wrong answers", "The surest first; the others are in curves/failures.tsv.", 20},
};
enum { SHOWN = sizeof shown / sizeof *shown };

static void cell(FILE *f, const char *text)
{
	double x;

	if (num_double(text, &x) && isfinite(x) && strchr(text, '.'))
		html(f, "<td>%.3f</td>", x);
	else
		html(f, "<td>%s</td>", text);
}

static void show(FILE *f, const struct table *t, const struct shown *s)
{
	html(f, "<details open><summary>%s</summary>\n<p>%s</p>\n<div class=scroll><table class=list>\n<thead><tr>", s->title,
	     s->says);
	for (int k = 0; k < t->ncol; k++)
		html(f, "<th>%s</th>", t->cell[k]);
	fputs("</tr></thead>\n<tbody>\n", f);
	for (size_t i = 0; i < t->nrow && i < s->rows; i++) {
		fputs("<tr>", f);
		for (int k = 0; k < t->ncol; k++)
			cell(f, table_at(t, i, k));
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div></details>\n", f);
}

/* A damaged table is as good as none here. */
void section_tables(FILE *f, const struct report *r)
{
	struct table t;
	struct err e;

	fputs("<section>\n<h2>Use, failures and shortcuts</h2>\n<div class=plots>\n", f);
	html_plot(f, r, "decision", "Net benefit by the probability at which one would act; gray: acting on all");
	html_plot(f, r, "referral", "Accuracy of the rest, by the share of the least sure that is referred");
	fputs("</div>\n", f);
	for (int i = 0; i < SHOWN; i++) {
		if (shown[i].title && !table_read(&t, r->dir, shown[i].file, &e) && t.ncol)
			show(f, &t, &shown[i]);
		if (shown[i].title)
			table_free(&t);
	}
	fputs("</section>\n", f);
}

void section_card(FILE *f, const struct report *r)
{
	const char *arch = record_get(&r->model, "arch"), *classes = record_get(&r->model, "classes");

	fputs("<section>\n<h2>Model card</h2>\n<dl class=card>\n", f);
	html(f, "<dt>Model</dt><dd>%s, for the classes %s</dd>\n", arch ? arch : "not known", classes ? classes : "not known");
	fputs("<dt>Meant for</dt><dd>Research on methods, on pictures like those it was tested on.</dd>\n"
	      "<dt>Not meant for</dt><dd>Diagnosis, triage, screening or any other care of patients; pictures of other "
	      "machines, views or ages than tested. It is not a medical device.</dd>\n", f);
	html(f, "<dt>Trained on</dt><dd>%s</dd>\n", r->synthetic ? "synthetic pictures: nothing here is about patients"
	     : "the pictures of the split train, see above");
	html(f, "<dt>Limits</dt><dd>%s</dd>\n<dt>Groups</dt><dd>not known to the tool unless a table of groups is shown "
	     "above</dd>\n</dl>\n</section>\n", "One source of pictures, labels taken as given; see the next section.");
}

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

static void json_table(FILE *f, const struct table *t)
{
	char buf[NUM_TEXT];
	double x;

	for (size_t i = 0; i < t->nrow; i++) {
		fputs(i ? ",\n    {" : "\n    {", f);
		for (int k = 0; k < t->ncol; k++) {
			const char *text = table_at(t, i, k);
			fputs(k ? ", " : "", f);
			json_text(f, t->cell[k]);
			fputs(": ", f);
			if (!num_double(text, &x))
				json_text(f, text);
			else
				fputs(isfinite(x) ? num_text(x, buf) : "null", f);
		}
		putc('}', f);
	}
}

/* {"file": [{column: value ...} ...] ...} of every table that is there. */
int report_json(FILE *f, const struct report *r, struct err *e)
{
	struct table t;
	int rc = 0;

	fputs("{\n  \"tool\": \"cxr-report " CXR_VERSION "\"", f);
	for (int i = 0; i < SHOWN && !rc; i++) {
		rc = table_read(&t, r->dir, shown[i].file, e);
		if (!rc && t.ncol) {
			fprintf(f, ",\n  \"%s\": [", shown[i].file);
			json_table(f, &t);
			putc(']', f);
		}
		table_free(&t);
	}
	fputs("\n}\n", f);
	return rc;
}
