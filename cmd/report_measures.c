/* Measures of the explanations, from cxr-metrics --maps: a row for each measure, the maps and the baselines beside each
 * other. */
#include <math.h>
#include <string.h>

#include "report.h"

enum { MAX_NAMES = 40 };

static const struct {
	const char *measure, *says;
} meaning[] = {
	{"deletion", "area under the probability while the hottest pixels go; lower is better"},
	{"insertion", "area under the probability while the hottest pixels come back; higher is better"},
	{"road_morf", "probability with the hottest pixels filled in; lower is better"},
	{"road_lerf", "probability with the coldest pixels filled in; higher is better"},
	{"road", "half the difference of the two; higher is better"},
	{"drop", "what is lost where the map hides what is cold; lower is better"},
	{"increase", "how often that raises the probability"},
	{"sensitivity_n", "correlation of heat and score over random cells; higher is better"},
	{"hit", "the hottest place is in the lesion; higher is better"},
	{"iou", "overlap of the hot places and the lesion; higher is better"},
	{"inside", "share of the heat in the lesion; higher is better"},
	{"pixel_auc", "the map as a classifier of the lesion's pixels; .5 is guessing"},
	{"outside_lungs", "share of the heat outside the lungs"},
	{"border", "share of the heat in the outer tenth"},
	{"corners", "share of the heat in the corners"},
	{"corner_drop", "share of the probability that is lost without the corners"},
	{"spearman", "agreement of ranks with the first map"},
	{"ssim", "likeness to the first map"},
	{"gini", "how uneven the heat is"},
	{"entropy", "how spread out the heat is"},
};

/* Distinct values of a column in the order of the table. Borrowed names. */
static int names(const struct table *t, int column, const char *name[MAX_NAMES])
{
	int n = 0, k;

	for (size_t i = 0; i < t->nrow; i++) {
		for (k = 0; k < n && strcmp(name[k], table_at(t, i, column)) != 0; k++)
			;
		if (k == n && n < MAX_NAMES)
			name[n++] = table_at(t, i, column);
	}
	return n;
}

/* Baselines know nothing of the network. */
static bool is_baseline(const char *map)
{
	static const char *const name[] = {"random", "gaussian", "edges"};

	for (int i = 0; i < 3; i++)
		if (!strncmp(map, name[i], strlen(name[i])))
			return true;
	return false;
}

static void cell(FILE *f, const struct table *t, const char *measure, const char *map)
{
	for (size_t i = 0; i < t->nrow; i++) {
		if (strcmp(table_at(t, i, table_column(t, "measure")), measure) != 0 ||
		    strcmp(table_at(t, i, table_column(t, "map")), map) != 0)
			continue;
		html(f, "<td class=number>%.3f<small>%.3f&ndash;%.3f</small></td>", table_number(t, i, table_column(t, "value")),
		     table_number(t, i, table_column(t, "lo")), table_number(t, i, table_column(t, "hi")));
		return;
	}
	fputs("<td class=number>&ndash;</td>", f);
}

static void table(FILE *f, const struct table *t)
{
	const char *measure[MAX_NAMES], *map[MAX_NAMES];
	int nmeasure = names(t, table_column(t, "measure"), measure), nmap = names(t, table_column(t, "map"), map);

	fputs("<h3>Can the maps be believed?</h3>\n<p>Each measure as its mean over the test images where it is defined, "
	      "with its 95 % interval. Baselines know nothing of the network: a map that is no better than those explains "
	      "nothing.</p>\n<div class=scroll><table class=list>\n<thead><tr><th>measure</th>", f);
	for (int k = 0; k < nmap; k++)
		html(f, "<th class=number>%s%s</th>", map[k], is_baseline(map[k]) ? " (baseline)" : "");
	fputs("</tr></thead>\n<tbody>\n", f);
	for (int i = 0; i < nmeasure; i++) {
		const char *says = "";
		for (size_t k = 0; k < sizeof meaning / sizeof *meaning; k++)
			says = strcmp(measure[i], meaning[k].measure) ? says : meaning[k].says;
		html(f, "<tr><td>%s<small>%s</small></td>", measure[i], says);
		for (int k = 0; k < nmap; k++)
			cell(f, t, measure[i], map[k]);
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
}

void html_measures(FILE *f, const struct report *r)
{
	struct table t;
	struct err e;

	if (!table_read(&t, r->dir, "measures.tsv", &e) && t.nrow && table_column(&t, "measure") >= 0)
		table(f, &t);
	table_free(&t);
}
