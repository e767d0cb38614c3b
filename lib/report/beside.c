/* Several runs side by side: metrics.tsv has the run in front of each measure. */
#include <math.h>
#include <string.h>

#include "report/chapters.h"

/* The distinct runs of metrics.tsv. Borrowed names. */
enum { MAX_RUNS = 50 };
static int runs(const struct report *r, const char *name[MAX_RUNS])
{
	const struct columns *t = r->metrics;
	int n = 0, column = columns_find(t, "run");

	for (size_t i = 0; i < t->nrow && n < MAX_RUNS; i++)
		if (!n || strcmp(name[n - 1], columns_at(t, i, column)))
			name[n++] = columns_at(t, i, column);
	return n;
}

/* The row of a run's metric, -1 when there is none. */
static ptrdiff_t row_of(const struct columns *t, const char *run, const char *metric)
{
	for (size_t i = 0; i < t->nrow; i++)
		if (!strcmp(columns_at(t, i, columns_find(t, "run")), run) &&
		    !strcmp(columns_at(t, i, columns_find(t, "metric")), metric))
			return (ptrdiff_t)i;
	return -1;
}

/* A column in it; NaN when there is none. */
static double number_of(const struct columns *t, const char *run, const char *metric, const char *column)
{
	ptrdiff_t row = row_of(t, run, metric);

	return row < 0 ? NAN : columns_number(t, (size_t)row, columns_find(t, column));
}

/* One run's value of a measure, on a scale that all runs share. */
static void run_row(FILE *f, const struct columns *t, const char *metric, const char *run, double from, double to)
{
	double value = number_of(t, run, metric, "value");
	double lo = number_of(t, run, metric, "lo"), hi = number_of(t, run, metric, "hi");

	html(f, "<tr><th>%s</th><td>", run);
	html_number(f, value);
	fputs("</td><td class=range>", f);
	html_range(f, lo, hi);
	fputs("</td><td class=wide>", f);
	html_whisker(f, value, lo, hi, from, to);
	fputs("</td></tr>\n", f);
}

/* The scale goes from tenth to tenth around all intervals. */
static void measure(FILE *f, const struct columns *t, const struct word *w, const char *const *run, int n)
{
	double from = INFINITY, to = -INFINITY;

	for (int i = 0; i < n; i++) {
		double value = number_of(t, run[i], w->name, "value");
		from = fmin(from, floor(10 * fmin(number_of(t, run[i], w->name, "lo"), value)) / 10);
		to = fmax(to, ceil(10 * fmax(number_of(t, run[i], w->name, "hi"), value)) / 10);
	}
	if (!isfinite(from) || !isfinite(to))
		return;
	html(f, "<tbody>\n<tr class=group><th>%s", w->title);
	html(f, "</th><td class=wide><span>%.1f</span><span>%.1f</span></td><td class=says>", from, to);
	html_meaning(f, w, false);
	fputs("</td></tr>\n", f);
	for (int i = 0; i < n; i++)
		run_row(f, t, w->name, run[i], from, to);
	fputs("</tbody>\n", f);
}

void title_beside(FILE *f, const struct report *r)
{
	const char *run[MAX_RUNS];
	int n = runs(r, run);

	html(f, "<header>\n<p class=eyebrow>cxr-tools report</p>\n<h1>%d runs side by side</h1>\n", n);
	html(f, "<p class=lede>The measures of each, and what %s is above the others on the same test images.</p>\n",
	     n ? run[0] : "the first");
	html_banner(f, r);
	fputs("</header>\n", f);
}

void section_beside(FILE *f, const struct report *r)
{
	const struct word *w;
	const char *run[MAX_RUNS];
	int n = runs(r, run);

	fputs("<p>Each with its ", f);
	html_level(f, r);
	fputs(" interval, on the test images of its run", f);
	for (int i = 0; i < n; i++)
		html(f, "%s%.0f of %s", i ? ", " : " (", number_of(r->metrics, run[i], "items", "value"), run[i]);
	fputs("). Whether two runs differ is not said by these intervals but by the paired ones below.</p>\n"
	      "<table class=\"measures beside\">\n", f);
	for (int i = 0; (w = word_at(WORD_ANSWERS, i)); i++)
		measure(f, r->metrics, w, run, n);
	fputs("</table>\n<div class=plots>\n", f);
	html_plot(f, r, "roc", "ROC curves");
	html_plot(f, r, "pr", "Precision and recall");
	html_plot(f, r, "calibration", "Stated against observed probability; on the line they agree");
	fputs("</div>\n", f);
}

/* What the first run is above each other one on the same images, from compare.tsv: */

/* By the interval of the difference in AUC. */
static void verdict(FILE *f, const struct columns *t, const char *first, const char *other)
{
	double lo = number_of(t, other, "auc", "lo"), hi = number_of(t, other, "auc", "hi");

	if (!isfinite(lo) || !isfinite(hi))
		return;
	html(f, lo > 0 ? "<p><b>%s tells the classes apart better than %s.</b>"
	     : hi < 0 ? "<p><b>%s tells the classes apart less well than %s.</b>"
	              : "<p><b>Whether %s or %s tells the classes apart better is not sure.</b>", first, other);
	html(f, " Difference in AUC %.3f (%.3f to %.3f).</p>\n", number_of(t, other, "auc", "difference"), lo, hi);
}

/* Half the width of the scale: to the twentieth above all intervals. */
static double reach(const struct columns *t, const char *other)
{
	const struct word *w;
	double most = 0;

	for (int i = 0; (w = word_at(WORD_ANSWERS, i)); i++)
		if (w->share)
			most = fmax(most, fmax(-number_of(t, other, w->name, "lo"), number_of(t, other, w->name, "hi")));
	return fmax(ceil(20 * most), 1) / 20;
}

static void p_value(FILE *f, const char *name, double p)
{
	if (isfinite(p))
		html(f, p < .001 ? "; %s &lt; .001" : "; %s = %.3f", name, p);
}

/* More than chance: the interval does not meet 0, and where several runs are compared the corrected p agrees. */
static void chance(FILE *f, double lo, double hi, double holm)
{
	if (!(lo > 0 || hi < 0))
		return;
	fputs(isfinite(holm) && holm >= .05 ? "; by itself more than chance, not among so many comparisons"
	                                    : "; more than chance", f);
}

/* What the interval says of a margin that was stated. */
static void margin_kept(FILE *f, const struct columns *t, const char *metric, const char *other)
{
	double margin = number_of(t, other, metric, "margin");
	ptrdiff_t row = row_of(t, other, metric);
	const char *kept = row < 0 ? "" : columns_at(t, (size_t)row, columns_find(t, "noninferior"));

	if (*kept && isfinite(margin))
		html(f, !strcmp(kept, "yes") ? "; <b>not inferior</b>: worse by less than %.3f, if at all"
		                             : "; not shown to be worse by less than %.3f", margin);
}

/* Why there is no interval. */
static void note(FILE *f, const struct columns *t, const char *metric, const char *other)
{
	ptrdiff_t row = row_of(t, other, metric);
	const char *text = row < 0 ? "" : columns_at(t, (size_t)row, columns_find(t, "note"));

	if (*text)
		html(f, "; interval %s", text);
}

static void difference(FILE *f, const struct columns *t, const struct word *w, const char *other, double scale,
                       bool several)
{
	double value = number_of(t, other, w->name, "difference");
	double holm = several ? number_of(t, other, w->name, "p_holm") : NAN;
	double lo = number_of(t, other, w->name, "lo"), hi = number_of(t, other, w->name, "hi");

	if (!isfinite(value))
		return;
	html_measure(f, w, value, lo, hi, -scale, scale);
	html(f, "%.3f and %.3f", number_of(t, other, w->name, "value"),
	     number_of(t, other, w->name, "other"));
	p_value(f, "p", number_of(t, other, w->name, "p"));
	p_value(f, "p by Holm", holm);
	chance(f, lo, hi, holm);
	margin_kept(f, t, w->name, other);
	note(f, t, w->name, other);
	fputs("</td></tr>\n", f);
}

/* several: with more than one other run, so that p values are corrected. */
static void differences(FILE *f, const struct report *r, const char *first, const char *other, bool several)
{
	const struct columns *t = table_of(r, "compare.tsv");
	const struct word *w;
	double scale = reach(t, other);

	html(f, "<h3>%s above %s</h3>\n", first, other);
	if (!isfinite(number_of(t, other, "accuracy", "value"))) {
		fputs("<p class=missing>Their test images or classes are not the same, so nothing can be paired.</p>\n", f);
		return;
	}
	verdict(f, t, first, other);
	fputs("<table class=measures>\n<thead><tr><th>measure</th><th>above</th><th>", f);
	html_level(f, r);
	html(f, " interval</th><th class=wide><span>%.2f</span><span>0</span><span>%.2f</span></th></tr></thead>\n<tbody>\n",
	     -scale, scale);
	for (int i = 0; (w = word_at(WORD_ANSWERS, i)); i++)
		difference(f, t, w, other, scale, several);
	fputs("</tbody></table>\n", f);
}

/* The margin that was asked about; NaN: none was. */
static double stated_margin(const struct columns *t)
{
	double margin = NAN;

	for (size_t i = 0; i < t->nrow; i++)
		margin = fmax(margin, columns_number(t, i, columns_find(t, "margin")));
	return margin;
}

void section_differences(FILE *f, const struct report *r)
{
	const struct columns *t = table_of(r, "compare.tsv");
	const char *run[MAX_RUNS];
	int n = runs(r, run);
	double margin = stated_margin(t);

	fputs("<p>On the same images, so that a hard one is hard for both. Intervals "
	      "of the AUC by DeLong's paired method, all others by resampling patients; p of the accuracy by McNemar's "
	      "test; where patients have several images, these count patients.</p>\n", f);
	html(f, n > 2 && columns_find(t, "p_holm") >= 0
	     ? "<p>Of many differences some exceed chance by chance alone: <i>p by Holm</i> is corrected for the %d "
	       "comparisons of each measure with %s (Holm 1979), not for the number of measures.</p>\n"
	     : "<p>Of many measures some exceed chance by chance alone; nothing is corrected for that.</p>\n", n - 1,
	     n ? run[0] : "");
	if (n && isfinite(margin))
		html(f, "<p>Non-inferiority: %s may be worse by a margin of %.3f, stated beforehand. It is <i>not inferior</i> "
		     "where the whole interval says so; where it does not, nothing is shown, and that is not to say that it is "
		     "worse.</p>\n", run[0], margin);
	for (int i = 1; i < n; i++)
		differences(f, r, run[0], run[i], n > 2);
}

void section_commands(FILE *f, const struct report *r)
{
	html_commands(f, r);
}
