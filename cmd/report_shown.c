/* Tables of the folder shown as they are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "report.h"

/* All tables that a folder can have; report.json has every one. */
static const struct shown {
	const char *file;
	enum shown_in where;
	size_t rows; /* at most */
	const char *title, *says;
} shown[] = {
	{"metrics.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"metrics-stress.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"log.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"curves/confusion.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"curves/roc.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"curves/pr.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"curves/calibration.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"curves/decision.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"eda/levels.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"eda/sizes.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"eda/classes.tsv", IN_DATA, 60, "Sizes and intensities",
	 "Width, height and aspect of the files; mean and standard deviation of the prepared pixels: the median image, "
	 "and the range."},
	{"eda/duplicates.tsv", IN_DATA, 30, "Duplicates", "Images from the same bytes, or nearly alike; those in two "
	 "splits flatter. At most 30 are shown."},
	{"eda/probe.tsv", IN_DATA, 8, "Shortcut probe",
	 "AUC of simple models that see this little. Where it is high, the classes can be told without a look at lungs."},
	{"curves/operating.tsv", IN_USE, 100, "Operating points",
	 "Each row calls an image positive from that probability on."},
	{"curves/prevalence.tsv", IN_USE, 50, "Where positives are more or less common",
	 "Precision and NPV that recall and specificity of these images would give at other prevalences."},
	{"curves/referral.tsv", IN_USE, 20, "If the least sure answers go to a reader",
	 "Accuracy of the images that are left, by the share that is referred."},
	{"groups.tsv", IN_USE, 200, "Groups", "Each group, and its difference to all other images. With many groups some "
	 "differ by chance."},
	{"compare.tsv", IN_USE, 40, "Beside the other model", "Differences on the same images."},
	{"curves/failures.tsv", IN_USE, 20, "Wrong answers", "The surest first; the others are in curves/failures.tsv."},
	{"measures.tsv", NOT_SHOWN, 0, NULL, NULL},
	{"audit.tsv", IN_PICTURES, 100, "Shortcut audit",
	 "Whether the heat lies where disease cannot be, beyond what a random map would do."},
};
enum { SHOWN = sizeof shown / sizeof *shown, LONG = 24 /* bytes, beyond which a text may be broken */ };

const char *report_table(int i)
{
	return i < SHOWN ? shown[i].file : NULL;
}

/* How many columns from k on are one: minimum, median and maximum of the same. */
static int span(const struct table *t, int k)
{
	const char *name = t->cell[k], *end = strstr(name, "_min");

	return end && !end[4] && k + 2 < t->ncol && !strncmp(name, t->cell[k + 1], end + 1 - name) &&
	       !strcmp(t->cell[k + 1] + (end + 1 - name), "median") && strstr(t->cell[k + 2], "_max") ? 3 : 1;
}

/* Has a number of the column a fraction? Then all are shown with three decimals. */
static bool fractions(const struct table *t, int k)
{
	double x;

	for (size_t i = 0; i < t->nrow; i++)
		if (strpbrk(table_at(t, i, k), ".e") && num_double(table_at(t, i, k), &x))
			return true;
	return false;
}

static void cell(FILE *f, const struct table *t, size_t row, int k)
{
	const char *text = table_at(t, row, k);
	double x;

	if (span(t, k) == 3) {
		double lo = table_number(t, row, k), mid = table_number(t, row, k + 1), hi = table_number(t, row, k + 2);
		if (isfinite(mid) && lo == hi)
			html(f, mid >= 10 ? "<td class=number>%.0f</td>" : "<td class=number>%.2f</td>", mid);
		else if (isfinite(mid) && mid >= 10)
			html(f, "<td class=number>%.0f<small>%.0f&ndash;%.0f</small></td>", mid, lo, hi);
		else if (isfinite(mid))
			html(f, "<td class=number>%.2f<small>%.2f&ndash;%.2f</small></td>", mid, lo, hi);
		else
			fputs("<td class=number>&ndash;</td>", f);
	} else if (!num_double(text, &x) || !*text) {
		fputs(!strcmp(text, "flagged") ? "<td class=bad>" : strlen(text) > LONG ? "<td class=long>" : "<td>", f);
		html_path(f, text);
		fputs("</td>", f);
	} else if (!isfinite(x)) {
		fputs("<td class=number>&ndash;</td>", f);
	} else if (fractions(t, k)) {
		html(f, "<td class=number>%.3f</td>", x);
	} else {
		html(f, "<td class=number>%s</td>", text);
	}
}

/* A column of names is headed on the left, one of numbers on the right. */
static void head(FILE *f, const struct table *t, int k)
{
	double x;
	bool number = t->nrow && num_double(table_at(t, 0, k), &x);
	size_t length = span(t, k) == 3 ? strlen(t->cell[k]) - 4 : strlen(t->cell[k]);
	char *name = xstrndup(t->cell[k], length);

	html(f, number ? "<th class=number>%s</th>" : "<th>%s</th>", name);
	free(name);
}

static void show(FILE *f, const struct table *t, const struct shown *s)
{
	html(f, "<details open><summary>%s</summary>\n<p>%s</p>\n", s->title, s->says);
	if (t->nrow == 0) {
		fputs("<p>There are none.</p></details>\n", f);
		return;
	}
	fputs("<div class=scroll><table class=list>\n<thead><tr>", f);
	for (int k = 0; k < t->ncol; k += span(t, k))
		head(f, t, k);
	fputs("</tr></thead>\n<tbody>\n", f);
	for (size_t i = 0; i < t->nrow && i < s->rows; i++) {
		fputs("<tr>", f);
		for (int k = 0; k < t->ncol; k += span(t, k))
			cell(f, t, i, k);
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div></details>\n", f);
}

/* A damaged table is as good as none here. */
void html_tables(FILE *f, const struct report *r, enum shown_in where)
{
	struct table t;
	struct err e;

	for (int i = 0; i < SHOWN; i++) {
		if (shown[i].where != where)
			continue;
		if (!table_read(&t, r->dir, shown[i].file, &e) && t.ncol)
			show(f, &t, &shown[i]);
		table_free(&t);
	}
}
