/* The measures that are shown, in words and on a scale. */
#include <math.h>

#include "report.h"

static const struct word word[] = {
	{"auc", "AUC", "chance that a random positive image scores above a random negative one; .5 is guessing", true},
	{"average_precision", "Average precision",
	 "area under the precision-recall curve; the share of positives is guessing", true},
	{"accuracy", "Accuracy", "images named correctly, of all", true},
	{"balanced_accuracy", "Balanced accuracy", "mean of the classes' recalls; .5 is guessing between two", true},
	{"recall", "Sensitivity (recall)", "positives found, of all positives", true},
	{"specificity", "Specificity", "negatives left alone, of all negatives", true},
	{"precision", "Precision (PPV)", "true, of all that were called positive; depends on how common the positives are",
	 true},
	{"npv", "NPV", "true, of all that were called negative; depends on how common the positives are", true},
	{"f1", "F1", "harmonic mean of precision and recall", true},
	{"mcc", "MCC", "correlation of answer and truth; 0 is guessing", true},
	{"kappa", "Cohen&rsquo;s kappa", "agreement beyond chance; 0 is guessing", true},
	{"brier", "Brier score", "mean squared error of the probabilities; lower is better", true},
	{"log_loss", "Log loss", "mean surprise at the truth; lower is better", false},
	{"ece", "ECE", "mean gap between stated and observed probability; lower is better", true},
};

const struct word *report_word(int i)
{
	return i < (int)(sizeof word / sizeof *word) ? &word[i] : NULL;
}

void html_whisker(FILE *f, double value, double lo, double hi, double from, double to)
{
	double unit = 100 / (to - from);

	if (!(value >= from && value <= to))
		return;
	fputs("<svg class=whisker viewBox=\"0 0 104 12\" aria-hidden=true><path class=scale d=\"M2 6H102\"/>", f);
	if (from < 0 && to > 0)
		html(f, "<path class=scale d=\"M%.1f 1V11\"/>", 2 - unit * from);
	if (lo >= from && hi <= to)
		html(f, "<path class=bar d=\"M%.1f 6H%.1f\"/>", 2 + unit * (lo - from), 2 + unit * (hi - from));
	html(f, "<circle cx=\"%.1f\" cy=6 r=2.2 /></svg>", 2 + unit * (value - from));
}

void html_measure(FILE *f, const struct word *w, double value, double lo, double hi, double from, double to)
{
	fputs("<tr><th>", f);
	fputs(w->name, f);
	fputs("</th><td>", f);
	html_number(f, value);
	fputs("</td><td class=range>", f);
	html_range(f, lo, hi);
	fputs("</td><td class=wide>", f);
	if (w->share)
		html_whisker(f, value, lo, hi, from, to);
	fputs("</td><td class=says>", f);
}
