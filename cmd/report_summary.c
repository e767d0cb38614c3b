/* The answers in plain words, each with its interval. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "stat/stat.h"

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

/* DeLong's interval has no width where no negative ranks above a positive. Then as many pairs as there are images of
 * the rarer class share none, and each is a trial with the AUC as its chance: Wilson's interval of these holds. */
static bool separate_pairs(const struct report *r, struct estimate *e)
{
	double found[4], left[4];

	if (!report_binary(r) || !share(r, "recall", found) || !share(r, "specificity", left))
		return false;
	int64_t pairs = (int64_t)fmin(found[3], left[3]);
	*e = stat_wilson(e->value == 1 ? pairs : 0, pairs, .95);
	return true;
}

/* How well the classes are told apart goes by the lower end of the interval: what the images can vouch for. */
static void apart(FILE *f, const struct report *r)
{
	struct estimate e;

	if (!report_metric(r, "auc", &e.value, &e.lo, &e.hi) || !isfinite(e.value))
		return;
	bool whole = e.lo == e.hi && separate_pairs(r, &e);
	if (!(isfinite(e.lo) && isfinite(e.hi))) {
		fputs("<li><b>Too few images to say how well the classes are told apart.</b></li>\n", f);
		return;
	}
	const char *verdict = e.lo > .95 ? "The classes are told apart very well."
	                    : e.lo > .85 ? "The classes are told apart well."
	                    : e.lo > .7 ? "The classes are told apart fairly well."
	                    : e.lo > .5 ? "The classes are told apart better than by guessing, and not much more is sure."
	                    : e.hi < .5 ? "The answers are turned round: worse than guessing."
	                                : "The answers cannot be told from guessing.";
	html(f, "<li><b>%s</b> Of 1000 pairs of %s %.0f are put in the right order (interval %.0f to %.0f; guessing: 500).",
	     verdict, report_binary(r) ? "a positive and a negative image"
	     : "an image of a class and one of another, in the mean over the classes,",
	     1000 * e.value, 1000 * e.lo, 1000 * e.hi);
	if (whole)
		html(f, " No image is out of order, so this interval is that of %.0f separate pairs.", (double)e.n);
	fputs("</li>\n", f);
}

static void errors(FILE *f, const struct report *r)
{
	double found[4], left[4];

	if (!report_binary(r) && share(r, "accuracy", found))
		html(f, "<li><b>It named %.0f of %.0f images correctly.</b></li>\n", round(found[3] * found[0]), found[3]);
	if (!report_binary(r) || !share(r, "recall", found) || !share(r, "specificity", left))
		return;
	html(f, "<li><b>It missed %.0f of %.0f %s images</b> and gave %.0f of %.0f others a false alarm. ",
	     round(found[3] * (1 - found[0])), found[3], r->positive, round(left[3] * (1 - left[0])), left[3]);
	html(f, "Of many more such images it would miss %.1f to %.1f&nbsp;%%, with false alarms for %.1f to %.1f&nbsp;%%."
	     "</li>\n", 100 * (1 - found[2]), 100 * (1 - found[1]), 100 * (1 - left[2]), 100 * (1 - left[1]));
}

static void calibration(FILE *f, const struct report *r)
{
	double slope = NAN, lo = NAN, hi = NAN, level, below, above, ece;

	report_metric(r, "calibration_slope", &slope, &lo, &hi);
	if (!report_metric(r, "calibration_intercept", &level, &below, &above) || !isfinite(below) ||
	    !report_metric(r, "ece", &ece, NULL, NULL))
		return;
	const char *verdict = hi < 1 ? "Its probabilities are too extreme"
	                    : lo > 1 ? "Its probabilities are too cautious"
	                    : below > 0 ? "Its probabilities are too low on the whole"
	                    : above < 0 ? "Its probabilities are too high on the whole"
	                                : "Its probabilities fit what was observed, as far as these images can tell";
	html(f, "<li><b>%s.</b> The mean gap is %.3f; the calibration intercept %.2f (%.2f to %.2f; right: 0)", verdict, ece,
	     level, below, above);
	if (isfinite(lo))
		html(f, "; the slope %.2f (%.2f to %.2f; right: 1)", slope, lo, hi);
	fputs(".</li>\n", f);
}

void section_summary(FILE *f, const struct report *r)
{
	if (!r->metrics.ncol)
		return;
	fputs("<section>\n<h2>In plain words</h2>\n<ul class=verdict>\n", f);
	apart(f, r);
	errors(f, r);
	calibration(f, r);
	summary_data(f, r);
	html(f, "<li>%s The intervals are for more images of the same kind; <i>What these numbers do not say</i> is below."
	     "</li>\n</ul>\n</section>\n", r->synthetic ? "All of this is about synthetic images." : "");
}
