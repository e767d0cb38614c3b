/* Several runs side by side: metrics.tsv has the run in front of each measure. */
#include <math.h>
#include <string.h>

#include "report.h"

int beside_runs(const struct report *r, const char *name[MAX_RUNS])
{
	const struct table *t = &r->metrics;
	int n = 0, column = table_column(t, "run");

	for (size_t i = 0; i < t->nrow && n < MAX_RUNS; i++)
		if (!n || strcmp(name[n - 1], table_at(t, i, column)))
			name[n++] = table_at(t, i, column);
	return n;
}

double beside_number(const struct table *t, const char *run, const char *metric, const char *column)
{
	for (size_t i = 0; i < t->nrow; i++)
		if (!strcmp(table_at(t, i, table_column(t, "run")), run) &&
		    !strcmp(table_at(t, i, table_column(t, "metric")), metric))
			return table_number(t, i, table_column(t, column));
	return NAN;
}

/* One run's value of a measure, on a scale that all runs share. */
static void row(FILE *f, const struct table *t, const char *metric, const char *run, double from, double to)
{
	double value = beside_number(t, run, metric, "value");
	double lo = beside_number(t, run, metric, "lo"), hi = beside_number(t, run, metric, "hi");

	html(f, "<tr><th>%s</th><td>", run);
	html_number(f, value);
	fputs("</td><td class=range>", f);
	html_range(f, lo, hi);
	fputs("</td><td class=wide>", f);
	html_whisker(f, value, lo, hi, from, to);
	fputs("</td></tr>\n", f);
}

/* The scale goes from tenth to tenth around all intervals. */
static void measure(FILE *f, const struct table *t, const struct word *w, const char *const *run, int n)
{
	double from = INFINITY, to = -INFINITY;

	for (int i = 0; i < n; i++) {
		double value = beside_number(t, run[i], w->metric, "value");
		from = fmin(from, floor(10 * fmin(beside_number(t, run[i], w->metric, "lo"), value)) / 10);
		to = fmax(to, ceil(10 * fmax(beside_number(t, run[i], w->metric, "hi"), value)) / 10);
	}
	if (!isfinite(from) || !isfinite(to))
		return;
	fputs("<tbody>\n<tr class=group><th>", f);
	fputs(w->name, f);
	html(f, "</th><td class=wide><span>%.1f</span><span>%.1f</span></td><td class=says>%s</td></tr>\n", from, to,
	     w->meaning);
	for (int i = 0; i < n; i++)
		row(f, t, w->metric, run[i], from, to);
	fputs("</tbody>\n", f);
}

void section_beside(FILE *f, const struct report *r)
{
	const char *run[MAX_RUNS];
	int n = beside_runs(r, run);

	html(f, "<header>\n<p class=eyebrow>cxr-tools report</p>\n<h1>%d runs side by side</h1>\n", n);
	html(f, "<p class=lede>The measures of each, and what %s is above the others on the same test images.</p>\n",
	     n ? run[0] : "the first");
	html_banner(f, r);
	fputs("</header>\n<section>\n<h2>Measures</h2>\n<p>Each with its 95 % interval, on the test images of its run", f);
	for (int i = 0; i < n; i++)
		html(f, "%s%.0f of %s", i ? ", " : " (", beside_number(&r->metrics, run[i], "items", "value"), run[i]);
	fputs("). Whether two runs differ is not said by these intervals but by the paired ones below.</p>\n"
	      "<table class=\"measures beside\">\n", f);
	for (int i = 0; report_word(i); i++)
		measure(f, &r->metrics, report_word(i), run, n);
	fputs("</table>\n<div class=plots>\n", f);
	html_plot(f, r, "roc", "ROC curves");
	html_plot(f, r, "pr", "Precision and recall");
	html_plot(f, r, "calibration", "Stated against observed probability; on the line they agree");
	fputs("</div>\n</section>\n", f);
}

void section_commands(FILE *f, const struct report *r)
{
	fputs("<section>\n<h2>How they were trained</h2>\n", f);
	html_commands(f, r);
	fputs("</section>\n", f);
}
