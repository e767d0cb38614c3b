/* The top of the report. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report.h"

static const char *images(const struct report *r)
{
	return r->synthetic ? "synthetic chest images" : "chest X-rays";
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
	html_number(f, value);
	fputs("</b>", f);
	interval(f, r, metric);
	html(f, "<span class=meaning>%s</span></div>\n", meaning);
}

static void key_figures(FILE *f, const struct report *r)
{
	char *sick = xasprintf("of the %s images were called %s", r->positive, r->positive);
	char *well = xasprintf("of the other images were not called %s", r->positive);
	bool two = report_binary(r);

	fputs("<div class=figures>\n", f);
	figure(f, r, "auc", "AUC", two ? "how often a positive image scores above a negative one"
	                               : "mean over the classes, each against the rest");
	figure(f, r, "recall", "Sensitivity", two ? sick : "mean over the classes");
	figure(f, r, "specificity", "Specificity", two ? well : "mean over the classes");
	figure(f, r, "accuracy", "Accuracy", "of all test images were named correctly");
	fputs("</div>\n", f);
	free(sick);
	free(well);
}

void html_banner(FILE *f, const struct report *r)
{
	if (r->synthetic)
		fputs("<p class=banner><strong>Synthetic data.</strong> Every image here was drawn by a program "
		      "(cxr-phantom). The numbers show that the software works; they say nothing about patients.</p>\n", f);
	fputs("<p class=device>Research software, not a medical device. Not for diagnosis.</p>\n", f);
}

void section_title(FILE *f, const struct report *r)
{
	const char *arch = record_get(&r->model, "arch");
	char *family = xstrndup(arch ? arch : "A network", arch ? strcspn(arch, ":") : SIZE_MAX);
	size_t n = 0;

	for (size_t i = 0; i < r->scores.nrow; i++)
		n += report_counts(r, i);
	html(f, "<header>\n<p class=eyebrow>cxr-tools report</p>\n<h1>%s on ", family);
	html(f, n ? "%zu %s</h1>\n" : "no scored images</h1>\n", n, images(r));
	fputs("<p class=lede>How well it told the classes apart on images it was not trained on, where it looked, and "
	      "how far both can be trusted.</p>\n", f);
	html_banner(f, r);
	if (r->metrics.ncol)
		key_figures(f, r);
	fputs("</header>\n", f);
	free(family);
}
