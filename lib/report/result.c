/* Measures with intervals, confusion matrix and plots. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "report/chapters.h"

/* How the interval was found, where the table says so. */
static void method(FILE *f, const struct columns *t, const char *metric)
{
	int how = columns_find(t, "method");

	for (size_t i = 0; i < t->nrow; i++)
		if (!strcmp(columns_at(t, i, 0), metric) && *columns_at(t, i, how))
			html(f, " (interval: %s)", columns_at(t, i, how));
}

static void measure(FILE *f, const struct report *r, const struct word *w)
{
	double value, lo, hi;

	if (!report_metric(r, w->name, &value, &lo, &hi))
		return;
	if (report_withheld(r, w->name))
		value = lo = hi = NAN;
	html_measure(f, w, value, lo, hi, 0, 1);
	html_meaning(f, w, false);
	if (report_withheld(r, w->name))
		fputs(" (withheld: fewer than 10 images of a class)", f);
	else
		method(f, r->metrics, w->name);
	fputs("</td></tr>\n", f);
}

/* metrics.tsv has the lowest probability that was called positive; the model's threshold lies below it, and is told
 * instead where it makes the same calls. NaN when there is none: none was called so, or there are more classes. */
double report_threshold(const struct report *r)
{
	const char *text = record_get(&r->model, "threshold");
	double called, own;

	if (!report_metric(r, "threshold", &called, NULL, NULL))
		return NAN;
	if (!text || !num_double(text, &own) || own > called || !r->scores->nrow)
		return called;
	for (size_t i = 0; i < r->scores->nrow; i++) {
		double p = report_probability(r, i, r->positive);
		if (report_counts(r, i) && !(p < own) && !(p >= called))
			return called;
	}
	return own;
}

static void measures(FILE *f, const struct report *r)
{
	double n, patients, unknown, from = report_threshold(r);
	const struct word *w;

	fputs("<h3>Measures</h3>\n", f);
	if (!r->metrics->ncol) {
		html_missing(f, "metrics.tsv", "there are no measures to show");
		return;
	}
	fputs("<p>", f);
	if (report_metric(r, "items", &n, NULL, NULL))
		html(f, "From %.0f test images", n);
	if (report_metric(r, "patients", &patients, NULL, NULL) && patients > 0)
		html(f, " of %.0f patients", patients);
	if (report_metric(r, "unknown_patients", &unknown, NULL, NULL) && unknown > 0)
		html(f, " (of %.0f images the patient is not known: each was taken for one)", unknown);
	if (isfinite(from))
		html(f, "; an image is called %s where its probability is at least %.3f", r->positive, from);
	fputs(". Intervals like these hold what endlessly many images <i>of the same kind</i> would give in ", f);
	html_level(f, r);
	fputs(" of experiments; they say nothing about images of another kind.</p>\n"
	      "<table class=measures>\n<thead><tr><th>measure</th><th>value</th><th>", f);
	html_level(f, r);
	fputs(" interval</th>"
	      "<th class=wide><span>0</span><span>1</span></th></tr></thead>\n<tbody>\n", f);
	for (int i = 0; (w = word_at(WORD_ANSWERS, i)); i++)
		measure(f, r, w);
	fputs("</tbody></table>\n", f);
}

/* More than two classes: each against the rest. */
static const char *const of_class[] = {"auc", "recall", "specificity", "precision", "npv", "f1"};
enum { OF_CLASS = sizeof of_class / sizeof *of_class };

static void class_cell(FILE *f, const struct report *r, const char *metric, const char *class)
{
	double value = NAN, lo = NAN, hi = NAN;
	char *name = class ? xasprintf("%s.%s", metric, class) : xstrdup(metric);

	bool withheld = report_withheld(r, name);
	report_metric(r, name, &value, &lo, &hi);
	fputs("<td class=number>", f);
	html_number(f, withheld ? NAN : value);
	if (withheld)
		fputs("<small>withheld</small>", f);
	else if (isfinite(lo) && isfinite(hi))
		html(f, "<small>%.3f&ndash;%.3f</small>", lo, hi);
	fputs("</td>", f);
	free(name);
}

static void class_row(FILE *f, const struct report *r, const char *name, const char *class)
{
	html(f, "<tr><td>%s</td>", name);
	for (int k = 0; k < OF_CLASS; k++)
		class_cell(f, r, of_class[k], class);
	fputs("</tr>\n", f);
}

static void classes(FILE *f, const struct report *r)
{
	const struct columns *t = r->metrics;
	int found = 0;
	bool fewest = false;

	for (size_t i = 0; i < t->nrow; i++) {
		fewest |= report_withheld(r, columns_at(t, i, 0));
		if (strncmp(columns_at(t, i, 0), "auc.", 4))
			continue;
		if (!found++) {
			fputs("<h3>Each class against the rest</h3>\n<div class=scroll><table class=list>\n<thead><tr><th>class</th>", f);
			for (int k = 0; k < OF_CLASS; k++)
				html(f, "<th class=number>%s</th>", word_find(of_class[k])->brief);
			fputs("</tr></thead>\n<tbody>\n", f);
		}
		class_row(f, r, columns_at(t, i, 0) + 4, columns_at(t, i, 0) + 4);
	}
	if (!found)
		return;
	class_row(f, r, "mean", NULL);
	fputs("</tbody></table></div>\n", f);
	if (fewest)
		fputs("<p class=device>Withheld is what rests on fewer than 10 images of a class.</p>\n", f);
}

/* Shade of a cell by its share of the row, so that rare classes show as clearly as common ones. */
static void confusion_row(FILE *f, const struct columns *t, size_t i)
{
	double sum = 0;

	for (int k = 1; k < t->ncol; k++)
		sum += columns_number(t, i, k);
	html(f, "<tr><th>%s</th>", columns_at(t, i, 0));
	for (int k = 1; k < t->ncol; k++) {
		double count = columns_number(t, i, k), share = sum > 0 ? count / sum : 0;
		bool right = !strcmp(columns_at(t, i, 0), t->cell[k]);
		html(f, "<td class=%s style=\"--share:%.2f\"><b>%.0f</b><small>%.1f&thinsp;%%</small></td>",
		     right ? "right" : "wrong", share, count, 100 * share);
	}
	fputs("</tr>\n", f);
}

static void confusion(FILE *f, const struct report *r)
{
	const struct columns *t = r->confusion;

	fputs("<h3>Confusion matrix</h3>\n", f);
	if (!t->ncol) {
		html_missing(f, "curves/confusion.tsv", "right and wrong answers are not counted here");
		return;
	}
	html(f, "<p>Truth in rows, answers in columns; percentages are of the row.</p>\n<div class=scroll>"
	     "<table class=confusion>\n<thead><tr><td></td>");
	for (int k = 1; k < t->ncol; k++)
		html(f, "<th>called %s</th>", t->cell[k]);
	fputs("</tr></thead>\n<tbody>\n", f);
	for (size_t i = 0; i < t->nrow; i++)
		confusion_row(f, t, i);
	fputs("</tbody></table></div>\n", f);
}

void section_results(FILE *f, const struct report *r)
{
	measures(f, r);
	classes(f, r);
	confusion(f, r);
	fputs("<h3>At every threshold</h3>\n<div class=plots>\n", f);
	bool two = report_binary(r);
	html_plot(f, r, "roc", two ? "ROC curve; the dot is the threshold in use"
	                           : "ROC curve of each class against the rest; the dot is their mean as answered");
	html_plot(f, r, "pr", two ? "Precision and recall; the dot is the threshold in use"
	                          : "Precision and recall of each class against the rest; the dot is their mean as answered");
	fputs("</div>\n<h3>Can its probabilities be believed?</h3>\n<div class=plots>\n", f);
	html_plot(f, r, "scores", two ? "Probability given to the test images, by truth"
	                              : "Probability of the class that was named, of right and of wrong answers");
	html_plot(f, r, "calibration", "Stated against observed probability; on the line they agree");
	fputs("</div>\n", f);
}

void section_use(FILE *f, const struct report *r)
{
	fputs("<div class=plots>\n", f);
	html_plot(f, r, "decision", "Net benefit by the probability at which one would act; gray: acting on all");
	html_plot(f, r, "referral", "Accuracy of the rest, by the share of the least sure that is referred");
	fputs("</div>\n", f);
	html_tables(f, r, IN_USE);
}
