/* More than two classes: each against the rest. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report.h"

static const struct {
	const char *metric, *name;
} column[] = {
	{"auc", "AUC"}, {"recall", "Sensitivity"}, {"specificity", "Specificity"}, {"precision", "PPV"}, {"npv", "NPV"},
	{"f1", "F1"},
};
enum { COLUMNS = sizeof column / sizeof *column };

static void cell(FILE *f, const struct report *r, const char *metric, const char *class)
{
	double value = NAN, lo = NAN, hi = NAN;
	char *name = class ? xasprintf("%s.%s", metric, class) : xstrdup(metric);

	report_metric(r, name, &value, &lo, &hi);
	fputs("<td class=number>", f);
	html_number(f, value);
	if (isfinite(lo) && isfinite(hi))
		html(f, "<small>%.3f&ndash;%.3f</small>", lo, hi);
	fputs("</td>", f);
	free(name);
}

static void row(FILE *f, const struct report *r, const char *name, const char *class)
{
	html(f, "<tr><td>%s</td>", name);
	for (int k = 0; k < COLUMNS; k++)
		cell(f, r, column[k].metric, class);
	fputs("</tr>\n", f);
}

void html_classes(FILE *f, const struct report *r)
{
	const struct table *t = &r->metrics;
	int classes = 0;

	for (size_t i = 0; i < t->nrow; i++) {
		if (strncmp(table_at(t, i, 0), "auc.", 4))
			continue;
		if (!classes++) {
			fputs("<h3>Each class against the rest</h3>\n<div class=scroll><table class=list>\n<thead><tr><th>class</th>", f);
			for (int k = 0; k < COLUMNS; k++)
				html(f, "<th class=number>%s</th>", column[k].name);
			fputs("</tr></thead>\n<tbody>\n", f);
		}
		row(f, r, table_at(t, i, 0) + 4, table_at(t, i, 0) + 4);
	}
	if (!classes)
		return;
	row(f, r, "mean", NULL);
	fputs("</tbody></table></div>\n", f);
}
