/* What the first of several runs is above each other one on the same images, from compare.tsv. */
#include <math.h>

#include "report.h"

/* By the interval of the difference in AUC. */
static void verdict(FILE *f, const struct table *t, const char *first, const char *other)
{
	double lo = beside_number(t, other, "auc", "lo"), hi = beside_number(t, other, "auc", "hi");

	if (!isfinite(lo) || !isfinite(hi))
		return;
	html(f, lo > 0 ? "<p><b>%s tells the classes apart better than %s.</b>"
	     : hi < 0 ? "<p><b>%s tells the classes apart less well than %s.</b>"
	              : "<p><b>Whether %s or %s tells the classes apart better is not sure.</b>", first, other);
	html(f, " Difference in AUC %.3f (%.3f to %.3f).</p>\n", beside_number(t, other, "auc", "difference"), lo, hi);
}

/* Half the width of the scale: to the twentieth above all intervals. */
static double reach(const struct table *t, const char *other)
{
	const struct word *w;
	double most = 0;

	for (int i = 0; (w = report_word(i)); i++)
		if (w->share)
			most = fmax(most, fmax(-beside_number(t, other, w->metric, "lo"), beside_number(t, other, w->metric, "hi")));
	return fmax(ceil(20 * most), 1) / 20;
}

static void difference(FILE *f, const struct table *t, const struct word *w, const char *other, double scale)
{
	double value = beside_number(t, other, w->metric, "difference"), p = beside_number(t, other, w->metric, "p");
	double lo = beside_number(t, other, w->metric, "lo"), hi = beside_number(t, other, w->metric, "hi");

	if (!isfinite(value))
		return;
	html_measure(f, w, value, lo, hi, -scale, scale);
	html(f, "%.3f and %.3f", beside_number(t, other, w->metric, "value"),
	     beside_number(t, other, w->metric, "other"));
	if (isfinite(p))
		html(f, p < .001 ? "; p &lt; .001" : "; p = %.3f", p);
	fputs(lo > 0 || hi < 0 ? "; more than chance</td></tr>\n" : "</td></tr>\n", f);
}

static void differences(FILE *f, const struct table *t, const char *first, const char *other)
{
	double scale = reach(t, other);

	html(f, "<h3>%s above %s</h3>\n", first, other);
	if (!isfinite(beside_number(t, other, "accuracy", "value"))) {
		fputs("<p class=missing>Their test images or classes are not the same, so nothing can be paired.</p>\n", f);
		return;
	}
	verdict(f, t, first, other);
	html(f, "<table class=measures>\n<thead><tr><th>measure</th><th>above</th><th>95 %% interval</th>"
	     "<th class=wide><span>%.2f</span><span>0</span><span>%.2f</span></th></tr></thead>\n<tbody>\n", -scale, scale);
	for (int i = 0; report_word(i); i++)
		difference(f, t, report_word(i), other, scale);
	fputs("</tbody></table>\n", f);
}

void section_differences(FILE *f, const struct report *r)
{
	const char *run[MAX_RUNS];
	int n = beside_runs(r, run);
	struct table t;
	struct err e;

	if (table_read(&t, r->dir, "compare.tsv", &e))
		t.nrow = 0;
	fputs("<section>\n<h2>Differences</h2>\n<p>On the same images, so that a hard one is hard for both. Intervals "
	      "of the AUC by DeLong's paired method, all others by resampling patients; p of the accuracy by McNemar's exact "
	      "test. Of many differences some exceed chance by chance alone.</p>\n", f);
	for (int i = 1; i < n; i++)
		differences(f, &t, run[0], run[i]);
	fputs("</section>\n", f);
	table_free(&t);
}
