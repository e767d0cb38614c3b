/* Measures of the explanations: from cxr-metrics maps a row for each measure, the maps and the baselines beside each
 * other; from cxr-metrics froc which lesions are found. */
#include <math.h>
#include <string.h>

#include "report/chapters.h"

enum { MAX_NAMES = 40 };

/* Distinct values of a column in the order of the table. Borrowed names. */
static int names(const struct columns *t, int column, const char *name[MAX_NAMES])
{
	int n = 0, k;

	for (size_t i = 0; i < t->nrow; i++) {
		for (k = 0; k < n && strcmp(name[k], columns_at(t, i, column)) != 0; k++)
			;
		if (k == n && n < MAX_NAMES)
			name[n++] = columns_at(t, i, column);
	}
	return n;
}

static void cell(FILE *f, const struct columns *t, const char *measure, const char *map)
{
	for (size_t i = 0; i < t->nrow; i++) {
		if (strcmp(columns_at(t, i, columns_find(t, "measure")), measure) != 0 ||
		    strcmp(columns_at(t, i, columns_find(t, "map")), map) != 0)
			continue;
		double lo = columns_number(t, i, columns_find(t, "lo")), hi = columns_number(t, i, columns_find(t, "hi"));
		fputs("<td class=number>", f);
		html_number(f, columns_number(t, i, columns_find(t, "value")));
		html(f, isfinite(lo) && isfinite(hi) ? "<small>%.3f&ndash;%.3f</small></td>" : "<small>no interval</small></td>",
		     lo, hi);
		return;
	}
	fputs("<td class=number>&ndash;</td>", f);
}

static void table(FILE *f, const struct columns *t)
{
	const char *measure[MAX_NAMES], *map[MAX_NAMES];
	int nmeasure = names(t, columns_find(t, "measure"), measure), nmap = names(t, columns_find(t, "map"), map);

	fputs("<h3>Can the maps be believed?</h3>\n<p>Each measure as its mean over the test images where it is defined, "
	      "with its 95 % interval. Baselines know nothing of the network: a map that is no better than those explains "
	      "nothing.</p>\n<div class=scroll><table class=list>\n<thead><tr><th>measure</th>", f);
	for (int k = 0; k < nmap; k++)
		html(f, "<th class=number>%s%s</th>", map[k], word_is_baseline(map[k]) ? " (baseline)" : "");
	fputs("</tr></thead>\n<tbody>\n", f);
	for (int i = 0; i < nmeasure; i++) {
		const struct word *w = word_find(measure[i]);

		html(f, "<tr><td>%s<small>", measure[i]);
		if (w)
			html_meaning(f, w, true);
		fputs("</small></td>", f);
		for (int k = 0; k < nmap; k++)
			cell(f, t, measure[i], map[k]);
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
}

void html_map_measures(FILE *f, const struct report *r)
{
	const struct columns *t = table_of(r, "measures.tsv");

	if (t->nrow && columns_find(t, "measure") >= 0)
		table(f, t);
}

/* ---- lesions found */

static void found_by(FILE *f, const struct columns *t, size_t row)
{
	double value = columns_number(t, row, columns_find(t, "value"));
	double lo = columns_number(t, row, columns_find(t, "lo")), hi = columns_number(t, row, columns_find(t, "hi"));

	html(f, " by %s ", columns_at(t, row, columns_find(t, "map")));
	if (!isfinite(value)) {
		fputs("not known", f);
		return;
	}
	html(f, "<b>%.2f</b>", value);
	if (isfinite(lo) && isfinite(hi))
		html(f, " (95 %% interval %.2f&ndash;%.2f)", lo, hi);
}

void html_found(FILE *f, const struct report *r)
{
	const struct columns *t = table_of(r, "froc/found.tsv");
	int maps = 0;

	if (!t->ncol)
		return;
	fputs("<h3>Are the lesions found?</h3>\n", f);
	if (!t->nrow) {
		fputs("<p class=missing>This could not be judged: where lesions lie is not known for any of these images, or "
		      "cannot be read.</p>\n", f);
		return;
	}
	html(f, "<p>%s lesions are marked in these images. A hot part of a map finds one when its hottest place lies in the "
	     "lesion&rsquo;s box; in no box it is a false positive. Parts count from the best down, by their peak times the "
	     "probability of the class. Share of the lesions found with at most one false positive per image:",
	     columns_at(t, 0, columns_find(t, "n")));
	for (size_t i = 0; i < t->nrow; i++)
		if (!strcmp(columns_at(t, i, columns_find(t, "measure")), "froc_1")) {
			fputs(maps++ ? ";" : "", f);
			found_by(f, t, i);
		}
	fputs(".</p>\n<div class=plots>\n", f);
	html_figure(f, r, "froc/froc.svg", "FROC: lesions found against false positives per image, all images together");
	fputs("</div>\n", f);
}
