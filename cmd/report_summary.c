/* The answers in plain words, each with its interval. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* How well the classes are told apart goes by the lower end of the interval: what the pictures can vouch for. */
static void apart(FILE *f, const struct report *r)
{
	double auc, lo, hi;

	if (!report_metric(r, "auc", &auc, &lo, &hi) || !isfinite(auc))
		return;
	if (!(isfinite(lo) && isfinite(hi))) {
		html(f, "<li><b>Too few pictures to say how well the classes are told apart.</b></li>\n");
		return;
	}
	const char *verdict = lo > .95 ? "The classes are told apart very well."
	                    : lo > .85 ? "The classes are told apart well."
	                    : lo > .7 ? "The classes are told apart fairly well."
	                    : lo > .5 ? "The classes are told apart better than by guessing, and not much is sure beyond that."
	                    : hi < .5 ? "The answers are turned round: worse than guessing."
	                              : "The answers cannot be told from guessing.";
	html(f, "<li><b>%s</b> Of 100 pairs of a positive and a negative picture %.0f are put in the right order "
	     "(interval %.0f to %.0f; guessing: 50).</li>\n", verdict, 100 * auc, 100 * lo, 100 * hi);
}

/* Counts behind a share: the metric's n is what it rests on. */
static bool share(const struct report *r, const char *metric, double part[4])
{
	const struct table *t = &r->metrics;

	if (!report_metric(r, metric, &part[0], &part[1], &part[2]) || !isfinite(part[0]))
		return false;
	for (size_t i = 0; i < t->nrow; i++)
		if (!strcmp(table_at(t, i, 0), metric))
			part[3] = table_number(t, i, table_column(t, "n"));
	return isfinite(part[3]);
}

static void errors(FILE *f, const struct report *r)
{
	double found[4], left[4];

	if (!report_binary(r) || !share(r, "recall", found) || !share(r, "specificity", left))
		return;
	html(f, "<li><b>It missed %.0f of %.0f %s pictures</b> and gave %.0f of %.0f others a false alarm. ",
	     round(found[3] * (1 - found[0])), found[3], r->positive, round(left[3] * (1 - left[0])), left[3]);
	html(f, "Of many more such pictures it would miss %.1f to %.1f&nbsp;%%, with false alarms for %.1f to %.1f&nbsp;%%.</li>\n",
	     100 * (1 - found[2]), 100 * (1 - found[1]), 100 * (1 - left[2]), 100 * (1 - left[1]));
}

static void calibration(FILE *f, const struct report *r)
{
	double slope, lo, hi, level, below, above, ece;

	if (!report_metric(r, "calibration_slope", &slope, &lo, &hi) || !isfinite(lo) || !isfinite(hi) ||
	    !report_metric(r, "calibration_intercept", &level, &below, &above) ||
	    !report_metric(r, "ece", &ece, NULL, NULL))
		return;
	const char *verdict = hi < 1 ? "Its probabilities are too extreme" : lo > 1 ? "Its probabilities are too cautious"
	                    : below > 0 ? "Its probabilities are too low on the whole"
	                    : above < 0 ? "Its probabilities are too high on the whole"
	                                : "Its probabilities fit what was observed, as far as these pictures can tell";
	html(f, "<li><b>%s.</b> The calibration slope is %.2f (%.2f to %.2f; right: 1), ", verdict, slope, lo, hi);
	html(f, "the intercept %.2f (%.2f to %.2f; right: 0), the mean gap %.3f.</li>\n", level, below, above, ece);
}

/* The best of the probes that see no lungs, and whether the network is better. */
static void shortcut(FILE *f, const struct report *r)
{
	double auc = NAN, lo = NAN, hi = NAN, own;
	struct table t;
	struct err e;
	size_t best = 0;

	if (table_read(&t, r->dir, "eda/probe.tsv", &e) || table_column(&t, "auc") < 0)
		t.nrow = 0;
	for (size_t i = 0; i < t.nrow; i++) {
		double x = table_number(&t, i, table_column(&t, "auc"));
		if (strstr(table_at(&t, i, 0), "thumbnail") || !isfinite(x) || x <= auc)
			continue;
		auc = x;
		best = i;
	}
	if (isfinite(auc)) {
		lo = table_number(&t, best, table_column(&t, "lo"));
		hi = table_number(&t, best, table_column(&t, "hi"));
		bool much = lo > .8;
		html(f, "<li%s><b>%s</b> From %s alone a simple model reaches an AUC of %.3f (%.3f to %.3f). ",
		     much ? " class=bad" : "", much ? "These classes can be told largely without the lungs."
		     : lo > .6 ? "These classes can be told in part without the lungs."
		     : lo > .5 ? "A little of these classes can be told without the lungs."
		     : "No shortcut was found by brightness, border or corners; there may be others.",
		     table_at(&t, best, 0), auc, lo, hi);
		if (report_metric(r, "auc", NULL, &own, NULL) && hi >= own && lo > .5)
			fputs("The network is not surely better than that, so nothing shows that it reads lungs.", f);
		fputs("</li>\n", f);
	}
	table_free(&t);
}

static void duplicates(FILE *f, const struct report *r)
{
	struct table t;
	struct err e;
	size_t exact = 0, near = 0;

	if (table_read(&t, r->dir, "eda/duplicates.tsv", &e))
		t.nrow = 0;
	for (size_t i = 0; i < t.nrow; i++)
		if (strcmp(table_at(&t, i, table_column(&t, "split")), table_at(&t, i, table_column(&t, "other_split"))) != 0)
			++*(strcmp(table_at(&t, i, table_column(&t, "kind")), "exact") ? &near : &exact);
	if (exact || near)
		html(f, "<li%s><b>%zu %s of the same bytes and %zu nearly alike are in two splits.</b> They flatter; see the "
		     "table.</li>\n", exact ? " class=bad" : "", exact, exact == 1 ? "pair" : "pairs", near);
	table_free(&t);
}

void section_summary(FILE *f, const struct report *r)
{
	if (!r->metrics.ncol)
		return;
	fputs("<section>\n<h2>In plain words</h2>\n<ul class=verdict>\n", f);
	apart(f, r);
	errors(f, r);
	calibration(f, r);
	shortcut(f, r);
	duplicates(f, r);
	html(f, "<li>%s The intervals are for more pictures of the same kind; <i>What these numbers do not say</i> is below."
	     "</li>\n</ul>\n</section>\n", r->synthetic ? "All of this is about synthetic pictures." : "");
}
