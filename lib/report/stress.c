/* How the answers hold up under the shifts of cxr-infer --stress. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/chapters.h"

/* The measures of each shift. metrics.tsv has them by the names of words. */
static const char *const shown[] = {"auc", "sensitivity", "specificity", "balanced_accuracy", "ece"};
enum { SHOWN = sizeof shown / sizeof *shown };

static double value_of(const struct columns *t, const char *metric)
{
	for (size_t i = 0; i < t->nrow; i++)
		if (!strcmp(columns_at(t, i, 0), metric))
			return columns_number(t, i, columns_find(t, "value"));
	return NAN;
}

static double measured(const struct columns *t, const char *shift, const char *measure)
{
	char *name = xasprintf("stress.%s.%s", shift, measure);
	double value = value_of(t, name);

	free(name);
	return value;
}

/* The shift of a row stress.<shift>.auc, fresh; NULL for other rows. */
static char *shift_of(const char *metric)
{
	const char *from = metric + strlen("stress."), *dot = strrchr(metric, '.');

	if (strncmp(metric, "stress.", strlen("stress.")) || dot < from || strcmp(dot, ".auc"))
		return NULL;
	return xasprintf("%.*s", (int)(dot - from), from);
}

/* The name after stress.worst.<measure>. ; "" when there is none. Borrowed. */
static const char *worst_of(const struct columns *t, const char *measure)
{
	char *start = xasprintf("stress.worst.%s.", measure);
	const char *found = "";

	for (size_t i = 0; i < t->nrow; i++) {
		const char *metric = columns_at(t, i, 0);
		if (!strncmp(metric, start, strlen(start)) && strcmp(metric + strlen(start), "difference"))
			found = metric + strlen(start);
	}
	free(start);
	return found;
}

static void row(FILE *f, const struct columns *t, const char *shift, const char *name)
{
	html(f, "<tr><th>%s</th>", name);
	for (int k = 0; k < SHOWN; k++) {
		bool worst = shift && !strcmp(shift, worst_of(t, shown[k]));

		html(f, "<td%s>", worst ? " class=bad" : "");
		html_number(f, shift ? measured(t, shift, shown[k]) : value_of(t, word_find(shown[k])->name));
		fputs("</td>", f);
	}
	fputs("</tr>\n", f);
}

static void table(FILE *f, const struct columns *t)
{
	fputs("<details><summary>Each shift</summary>\n<p>Validation images; the worst of a column is red.</p>\n"
	      "<div class=scroll><table class=counts>\n<thead><tr><th></th>", f);
	for (int k = 0; k < SHOWN; k++)
		html(f, "<th>%s</th>", word_find(shown[k])->brief);
	fputs("</tr></thead>\n<tbody>\n", f);
	row(f, t, NULL, "as they are");
	row(f, t, "mean", "mean of the shifts");
	for (size_t i = 0; i < t->nrow; i++) {
		char *shift = shift_of(columns_at(t, i, 0));
		if (shift && strcmp(shift, "mean") && strcmp(shift, "worst"))
			row(f, t, shift, shift);
		free(shift);
	}
	fputs("</tbody></table></div></details>\n", f);
}

/* What the rule chooses on images as they are and under shifts, and what either threshold comes to. */
static void operating_points(FILE *f, const struct columns *t)
{
	static const char *const chosen[] = {"clean", "stress"};
	static const char *const name[] = {"images as they are", "these and the shifts"};

	if (!isfinite(value_of(t, "chosen_stress.threshold")))
		return;
	fputs("<h3>Both operating points</h3>\n<div class=scroll><table class=counts>\n<thead><tr><th>chosen on</th>"
	      "<th>threshold</th><th>sensitivity</th><th>specificity</th><th>sensitivity, shifted</th>"
	      "<th>specificity, shifted</th></tr></thead>\n<tbody>\n", f);
	for (int k = 0; k < 2; k++) {
		static const char *const what[] = {"threshold", "clean.sensitivity", "clean.specificity", "stress.sensitivity",
		                                   "stress.specificity"};
		html(f, "<tr><th>%s</th>", name[k]);
		for (int i = 0; i < 5; i++) {
			char *row = xasprintf("chosen_%s.%s", chosen[k], what[i]);
			fputs("<td>", f);
			html_number(f, value_of(t, row));
			fputs("</td>", f);
			free(row);
		}
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
}

void section_stress(FILE *f, const struct report *r)
{
	const struct columns *t = table_of(r, "metrics-stress.tsv");

	if (!isfinite(measured(t, "mean", "auc"))) {
		html(f, "<p class=missing><b>metrics-stress.tsv</b> has no measures of shifts.</p>\n");
		return;
	}
	html(f, "<p>These are the %.0f validation images once more, altered as another hospital might have made them: "
	     "exposed, blurred, compressed, turned, cut or framed otherwise (cxr-infer(1), STRESS). Balanced accuracy is %.3f "
	     "as they are, %.3f in the mean of the shifts, and %.3f at worst (%s). Calibration and threshold are fitted on "
	     "these very images, so the figures flatter. The shifts are drawn, not met: they can show that a model breaks, "
	     "not that it will hold.</p>\n<div class=plots>\n", value_of(t, "items"), value_of(t, "balanced_accuracy"),
	     measured(t, "mean", "balanced_accuracy"), measured(t, "worst", "balanced_accuracy"),
	     worst_of(t, "balanced_accuracy"));
	html_plot(f, r, "stress", "Sensitivity (red) and specificity (blue) under each shift; lines: as they are");
	fputs("</div>\n", f);
	operating_points(f, t);
	table(f, t);
}
