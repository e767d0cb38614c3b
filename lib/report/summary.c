/* The top of the page, and the answers in plain words, each with its interval. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "report/chapters.h"

static const char *images(const struct report *r)
{
	return r->synthetic > 0 ? "synthetic chest images" : "chest X-rays";
}

static void interval(FILE *f, const struct report *r, const char *metric)
{
	double lo, hi;
	if (!report_metric(r, metric, NULL, &lo, &hi) || !isfinite(lo) || !isfinite(hi))
		return;
	if (lo == hi) /* DeLong's, where the classes do not overlap */
		fputs("<span class=range>no interval</span>", f);
	else
		html(f, "<span class=range>%.3f&thinsp;&ndash;&thinsp;%.3f</span>", lo, hi);
}

/* One large figure with its interval and what it means. */
static void figure(FILE *f, const struct report *r, const char *metric, const char *name, const char *meaning)
{
	double value;
	if (!report_metric(r, metric, &value, NULL, NULL))
		return;
	html(f, "<div><span class=name>%s</span> <b>", name);
	html_number(f, report_withheld(r, metric) ? NAN : value);
	fputs("</b>", f);
	if (report_withheld(r, metric))
		fputs("<span class=range>withheld: fewer than 10 images of a class</span>", f);
	else
		interval(f, r, metric);
	html(f, "<span class=meaning>%s</span></div>\n", meaning);
}

static void key_figures(FILE *f, const struct report *r)
{
	char *sick = xasprintf("of the %s images were called %s", r->positive, r->positive);
	char *well = xasprintf("of the other images were not called %s", r->positive);
	bool two = report_binary(r);

	fputs("<div class=figures>\n", f);
	figure(f, r, "recall", "Sensitivity", two ? sick : "mean over the classes");
	figure(f, r, "specificity", "Specificity", two ? well : "mean over the classes");
	figure(f, r, "accuracy", "Accuracy", "of all test images were named correctly");
	figure(f, r, "auc", "AUC", two ? "how often a positive image scores above a negative one, at no threshold"
	                               : "mean over the classes, each against the rest");
	fputs("</div>\n", f);
	free(sick);
	free(well);
}

void html_banner(FILE *f, const struct report *r)
{
	if (r->synthetic < 0)
		fputs("<p class=banner><strong>Origin not known.</strong> The images may have been drawn by a program (cxr-phantom): "
		      "the folders they are in, which would tell, could not be read.</p>\n", f);
	if (r->synthetic > 0)
		fputs("<p class=banner><strong>Synthetic data.</strong> Every image here was drawn by a program "
		      "(cxr-phantom). The numbers show that the software works; they say nothing about patients.</p>\n", f);
	fputs("<p class=device>Research software, not a medical device. Not for diagnosis.</p>\n", f);
}

void section_title(FILE *f, const struct report *r)
{
	const char *arch = record_get(&r->model, "arch");
	char *family = xstrndup(arch ? arch : "A network", arch ? strcspn(arch, ":") : SIZE_MAX);
	size_t n = 0;

	for (size_t i = 0; i < r->scores->nrow; i++)
		n += report_counts(r, i);
	fputs("<header>\n<p class=eyebrow>cxr-tools report", f);
	html(f, *r->measured ? ", measured %s</p>\n" : "</p>\n", r->measured);
	if (r->title)
		html(f, "<h1>%s</h1>\n<p>%s on ", r->title, family);
	else
		html(f, "<h1>%s on ", family);
	html(f, n ? "%zu %s" : "no scored images", n, images(r));
	if (report_elsewhere(r))
		fputs(" of another source", f);
	fputs(r->title ? "</p>\n" : "</h1>\n", f);
	if (report_binary(r))
		html(f, "<p>The positive class is <b>%s</b>.</p>\n", r->positive);
	else if (record_get(&r->model, "classes"))
		html(f, "<p>The classes are <b>%s</b>; none is the positive one.</p>\n", record_get(&r->model, "classes"));
	fputs("<p class=lede>How well it told the classes apart on images it was not trained on, where it looked, and "
	      "how far both can be trusted.</p>\n", f);
	html_banner(f, r);
	if (r->metrics->ncol)
		key_figures(f, r);
	fputs("</header>\n", f);
	free(family);
}

/* Counts behind a share: the metric's n is what it rests on. */
static bool share(const struct report *r, const char *metric, double part[4])
{
	const struct columns *t = r->metrics;

	if (!report_metric(r, metric, &part[0], &part[1], &part[2]) || !isfinite(part[0]))
		return false;
	for (size_t i = 0; i < t->nrow; i++)
		if (!strcmp(columns_at(t, i, 0), metric))
			part[3] = columns_number(t, i, columns_find(t, "n"));
	return isfinite(part[3]);
}

/* How well the classes are told apart goes by the lower end of the interval: what the images can vouch for. */
static void apart(FILE *f, const struct report *r)
{
	double value, lo, hi;

	if (!report_metric(r, "auc", &value, &lo, &hi) || !isfinite(value))
		return;
	if (!(lo < hi)) {
		fputs("<li><b>Too few images to say how well the classes are told apart.</b></li>\n", f);
		return;
	}
	const char *verdict = lo > .95 ? "The classes are told apart very well."
	                    : lo > .85 ? "The classes are told apart well."
	                    : lo > .7 ? "The classes are told apart fairly well."
	                    : lo > .5 ? "The classes are told apart better than by guessing, and not much more is sure."
	                    : hi < .5 ? "The answers are turned round: worse than guessing."
	                                : "The answers cannot be told from guessing.";
	html(f, "<li><b>%s</b> Of 1000 pairs of %s %.0f are put in the right order (interval %.0f to %.0f; guessing: 500).",
	     verdict, report_binary(r) ? "a positive and a negative image"
	     : "an image of a class and one of another, in the mean over the classes,",
	     1000 * value, 1000 * lo, 1000 * hi);
	fputs("</li>\n", f);
}

/* A network that gives every image the same answer tells nothing, whatever its accuracy. */
static void one_answer(FILE *f, const struct report *r)
{
	int column = columns_find(r->scores, "pred");
	const char *answer = NULL;

	for (size_t i = 0; i < r->scores->nrow; i++) {
		const char *pred = columns_at(r->scores, i, column);
		if (!report_counts(r, i))
			continue;
		if (answer && strcmp(answer, pred))
			return;
		answer = pred;
	}
	if (answer && *answer)
		html(f, "<li class=bad><b>It calls every image %s.</b> At this threshold its answers tell nothing.</li>\n", answer);
}

/* A share in words, "61 of 72 (85 %, 75 to 92)"; of fewer than ten the interval says it all. False: of none. */
static bool told_share(FILE *f, const struct report *r, const char *metric)
{
	double part[4];

	if (!share(r, metric, part) || !(part[3] > 0))
		return false;
	html(f, "%.0f of %.0f", round(part[0] * part[3]), part[3]);
	if (part[3] < 10)
		fputs(" (too few to judge)", f);
	else
		html(f, " (%.0f&nbsp;%%, interval %.0f to %.0f)", 100 * part[0], 100 * part[1], 100 * part[2]);
	return true;
}

/* Images that the model calls unlike those it was trained on (cxr-infer(1), odd): how many, what they mean, and whether
 * the answers to them are any worse. */
static void odd_images(FILE *f, const struct report *r)
{
	const char *text = record_get(&r->model, "odd.rate");
	double part[4], rate;

	if (!share(r, "odd", part))
		return;
	html(f, "<li><b>%.0f of %.0f images are unlike the training images</b>", round(part[0] * part[3]), part[3]);
	if (text && num_double(text, &rate))
		html(f, " (odd at least 1; of images like them %.0f&nbsp;%% are by chance)", 100 * rate);
	fputs(report_elsewhere(r)
	      ? ". Those of another source often are, chest X-rays or not: whether the answers hold is for these figures to "
	        "say. "
	      : ": look at them before their answers are used. ", f);
	if (part[0] > 0) {
		fputs("Named correctly were ", f);
		told_share(f, r, "odd_accuracy");
		fputs(" of them", f);
		if (part[0] < 1) {
			fputs(" and ", f);
			told_share(f, r, "alike_accuracy");
			fputs(" of the others", f);
		}
		fputs(".", f);
	}
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

static double worth(double recall, double specificity, double prevalence)
{
	return 100 * recall * prevalence / (recall * prevalence + (1 - specificity) * (1 - prevalence));
}

/* Where the prevalence was stated: what both answers are worth there. */
static bool stated_worth(FILE *f, const struct report *r)
{
	double prevalence, value, lo, hi;

	if (!report_metric(r, "stated_prevalence", &prevalence, NULL, NULL) ||
	    !report_metric(r, "stated_precision", &value, &lo, &hi))
		return false;
	html(f, " Where %.1f&nbsp;%% of the images are positive, as was stated, ", 100 * prevalence);
	if (isfinite(value))
		html(f, "%.0f of 100 positive answers would be right (interval %.0f to %.0f)", 100 * value, 100 * lo, 100 * hi);
	else
		fputs("there would be no positive answer", f);
	if (report_metric(r, "stated_npv", &value, &lo, &hi) && isfinite(value))
		html(f, ", and %.1f of 100 negative ones (%.1f to %.1f)", 100 * value, 100 * lo, 100 * hi);
	fputs(".", f);
	return true;
}

/* What a positive call is worth where positives are as common as here, and where they are rarer. */
static void predictive(FILE *f, const struct report *r)
{
	double recall, specificity, here;

	if (!report_binary(r) || !report_metric(r, "recall", &recall, NULL, NULL) || report_withheld(r, "recall") ||
	    !report_metric(r, "specificity", &specificity, NULL, NULL) || report_withheld(r, "specificity") ||
	    !report_metric(r, "prevalence", &here, NULL, NULL) || !(recall > 0 || specificity < 1))
		return;
	fputs("<li><b>What a positive answer is worth</b> depends on how common positives are.", f);
	if (!stated_worth(f, r))
		fputs(" Where the model is to be used that is not known (PREVALENCE).", f);
	fputs(" Where", f);
	const double at[] = {here, .1, .01};
	for (int k = 0; k < 3; k++)
		html(f, "%s %.0f&nbsp;%% %s%s, %.0f of 100 would be right", k ? "; where" : "", 100 * at[k],
		     k == 0 ? "are positive" : "are", k == 0 ? " as here" : "", worth(recall, specificity, at[k]));
	fputs(".</li>\n", f);
}

/* An interval of the calibration slope that is wider than this leaves open whether probabilities are anything like
 * right: too extreme by twice and too cautious by twice are both within. */
static const double WIDEST_SLOPE = 1.5;

/* More than two classes: whether the probability of what was answered is right. */
static void surest_calibration(FILE *f, const struct report *r)
{
	double ece = NAN, lo = NAN, chance = NAN;

	if (!report_metric(r, "ece", &ece, &lo, NULL) || report_withheld(r, "ece"))
		ece = NAN;
	report_metric(r, "ece_expected", NULL, NULL, &chance);
	if (!isfinite(ece) || !isfinite(lo) || !isfinite(chance)) {
		fputs("<li><b>Whether its probabilities can be believed cannot be judged</b> from so few images.</li>\n", f);
		return;
	}
	html(f, "<li><b>The probability of the class that it names %s.</b> ", ece > chance && lo > 0
	     ? "is off" : "fits how often it is right, as far as these images can tell");
	html(f, "The mean gap is %.3f (right probabilities would show up to %.3f on as many images). The probabilities of the "
	     "other classes were not judged.</li>\n", ece, chance);
}

static void calibration(FILE *f, const struct report *r)
{
	double slope = NAN, lo = NAN, hi = NAN, level, below, above, ece, chance = NAN;

	if (!report_binary(r)) {
		surest_calibration(f, r);
		return;
	}
	report_metric(r, "calibration_slope", &slope, &lo, &hi);
	if (!report_metric(r, "calibration_intercept", &level, &below, &above) || !report_metric(r, "ece", &ece, NULL, NULL))
		return;
	if (!isfinite(below) || !isfinite(above) || !(hi - lo <= WIDEST_SLOPE)) {
		html(f, "<li><b>Whether its probabilities can be believed cannot be judged</b> from so few images or such scores");
		html(f, isfinite(lo) ? ": the calibration slope is anywhere from %.2f to %.2f.</li>\n" : ".</li>\n", lo, hi);
		return;
	}
	const char *verdict = hi < 1 ? "Its probabilities are too extreme"
	                    : lo > 1 ? "Its probabilities are too cautious"
	                    : below > 0 ? "Its probabilities are too low on the whole"
	                    : above < 0 ? "Its probabilities are too high on the whole"
	                                : "Its probabilities fit what was observed, as far as these images can tell";
	if (report_metric(r, "ece_expected", NULL, NULL, &chance) && ece > chance && hi >= 1 && lo <= 1 && below <= 0 &&
	    above >= 0)
		verdict = "Its probabilities are off in places, though not on the whole";
	html(f, "<li><b>%s.</b> The mean gap is %.3f", verdict, ece);
	if (isfinite(chance))
		html(f, " (right probabilities would show up to %.3f on as many images)", chance);
	html(f, "; the calibration intercept %.2f (%.2f to %.2f; right: 0)", level, below, above);
	if (isfinite(lo))
		html(f, "; the slope %.2f (%.2f to %.2f; right: 1)", slope, lo, hi);
	fputs(".</li>\n", f);
}

/* The best of the probes that see no lungs, and whether the network is better. */
static void shortcut(FILE *f, const struct report *r)
{
	double auc = NAN, lo = NAN, hi = NAN, own;
	const struct columns *t = table_of(r, "eda/probe.tsv");
	size_t best = 0;

	for (size_t i = 0; i < t->nrow; i++) {
		double x = columns_number(t, i, columns_find(t, "auc"));
		if (strstr(columns_at(t, i, 0), "thumbnail") || !isfinite(x) || x <= auc)
			continue;
		auc = x;
		best = i;
	}
	if (isfinite(auc)) {
		lo = columns_number(t, best, columns_find(t, "lo"));
		hi = columns_number(t, best, columns_find(t, "hi"));
		bool much = lo > .8;
		html(f, "<li%s><b>%s</b> From %s alone a simple model reaches an AUC of %.3f (%.3f to %.3f). ",
		     much ? " class=bad" : "", much ? "These classes can be told largely without the lungs."
		     : lo > .6 ? "These classes can be told in part without the lungs."
		     : lo > .5 ? "A little of these classes can be told without the lungs."
		     : "No shortcut was found by brightness, border or corners; there may be others.",
		     columns_at(t, best, 0), auc, lo, hi);
		if (report_metric(r, "auc", NULL, &own, NULL) && hi >= own && lo > .5)
			fputs("The network is not surely better than that, so nothing shows that it reads lungs.", f);
		fputs("</li>\n", f);
	}
}

static void duplicates(FILE *f, const struct report *r)
{
	const struct columns *t = table_of(r, "eda/duplicates.tsv");
	size_t exact = 0, near = 0;

	for (size_t i = 0; i < t->nrow; i++)
		if (strcmp(columns_at(t, i, columns_find(t, "split")), columns_at(t, i, columns_find(t, "other_split"))) != 0)
			++*(strcmp(columns_at(t, i, columns_find(t, "kind")), "exact") ? &near : &exact);
	if (exact || near)
		html(f, "<li%s><b>%zu %s of the same bytes and %zu nearly alike are in two splits.</b> They flatter; see the "
		     "table.</li>\n", exact ? " class=bad" : "", exact, exact == 1 ? "pair" : "pairs", near);
}

static const char audit_limits[] = "The audit cannot know of marks inside the chest, nor of differences in exposure, "
	"machine or patients.</li>\n";

/* The share of the heat outside the lungs, and that of the best baseline; and what the model says without any lungs:
 * heat inside them does not mean that the answer comes from there. */
static void outside(FILE *f, const struct columns *t)
{
	for (size_t i = 0; i < t->nrow; i++) {
		const char *check = columns_at(t, i, columns_find(t, "check"));
		double value = columns_number(t, i, columns_find(t, "value")), limit = columns_number(t, i, columns_find(t, "limit"));
		double lo = columns_number(t, i, columns_find(t, "lo")), hi = columns_number(t, i, columns_find(t, "hi"));

		if (!isfinite(value))
			continue;
		if (!strcmp(check, "outside_lungs")) {
			html(f, "<li>%.0f %% of the heat lies outside the lungs", 100 * value);
			if (isfinite(limit))
				html(f, " (of the best map that knows nothing of the network: %.0f %%)", 100 * limit);
			fputs(".</li>\n", f);
		} else if (!strcmp(check, "lungless_auc")) {
			html(f, "<li>With the lungs filled in from around them, it still tells the classes apart with an AUC of "
			     "<b>%.2f</b>", value);
			if (isfinite(lo) && isfinite(hi))
				html(f, " (%.2f&ndash;%.2f)", lo, hi);
			fputs("; at 0.5 the rest of the image would say nothing of the class.</li>\n", f);
		}
	}
}

/* The audit's last row is its verdict; the rows before name what it rests on. */
static void audit(FILE *f, const struct report *r)
{
	const struct columns *t = table_of(r, "audit.tsv");
	int check = columns_find(t, "check"), column = columns_find(t, "verdict");
	const char *verdict = "";

	for (size_t i = 0; i < t->nrow; i++)
		if (!strcmp(columns_at(t, i, check), "audit"))
			verdict = columns_at(t, i, column);
	if (!strcmp(verdict, "flagged")) {
		const char *between = "<li class=bad><b>There are signs of a shortcut:</b> ";
		for (size_t i = 0; i < t->nrow; i++)
			if (!strcmp(columns_at(t, i, column), "flagged") && strcmp(columns_at(t, i, check), "audit") != 0) {
				fputs(between, f);
				html(f, "%s", columns_at(t, i, check));
				between = ", ";
			}
		fputs("; see the audit below.</li>\n", f);
	} else if (!strcmp(verdict, "passed")) {
		fputs("<li><b>The heat maps lie where disease can be, more than those of any baseline.</b> ", f);
		fputs(audit_limits, f);
	} else if (*verdict) {
		html(f, "<li><b>Whether it looks where disease can be is %s.</b> ", !strcmp(verdict, "unclear") ? "open" : verdict);
		fputs(audit_limits, f);
	}
	outside(f, t);
}

void section_summary(FILE *f, const struct report *r)
{
	if (!r->metrics->ncol)
		return;
	fputs("<ul class=verdict>\n", f);
	one_answer(f, r);
	errors(f, r);
	odd_images(f, r);
	predictive(f, r);
	apart(f, r);
	calibration(f, r);
	shortcut(f, r);
	audit(f, r);
	duplicates(f, r);
	html(f, "<li>%s The intervals are for more images of the same kind; <i>What these numbers do not say</i> is below."
	     "</li>\n</ul>\n", r->synthetic > 0 ? "All of this is about synthetic images." : "");
}
