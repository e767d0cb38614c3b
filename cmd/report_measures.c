/* Measures of the explanations, from the table of cxr-cam --measure -t: each kind of map beside the baselines. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "report.h"

enum { MAX_MAPS = 40 };

/* Baselines know nothing of the network. */
static bool is_baseline(const char *map)
{
	static const char *const name[] = {"random", "gaussian", "edges"};

	for (int i = 0; i < 3; i++)
		if (!strncmp(map, name[i], strlen(name[i])))
			return true;
	return false;
}

/* The kinds of map, in the order of the table. Borrowed names. */
static int maps(const struct table *t, int column, const char *map[MAX_MAPS])
{
	int n = 0, k;

	for (size_t i = 0; i < t->nrow; i++) {
		for (k = 0; k < n && strcmp(map[k], table_at(t, i, column)) != 0; k++)
			;
		if (k == n && n < MAX_MAPS)
			map[n++] = table_at(t, i, column);
	}
	return n;
}

/* Mean over the pictures where it is defined, and half the width of its interval (normal). */
static size_t mean(const struct table *t, int by, const char *map, int column, double *value, double *half)
{
	double sum = 0, square = 0;
	size_t n = 0;

	for (size_t i = 0; i < t->nrow; i++) {
		double x = table_number(t, i, column);
		if (strcmp(table_at(t, i, by), map) != 0 || !isfinite(x))
			continue;
		sum += x;
		square += x * x;
		n++;
	}
	*value = sum / (double)n;
	*half = n > 1 ? 1.96 * sqrt(fmax(0, square / (double)n - *value * *value) / (double)(n - 1)) : NAN;
	return n;
}

static void row(FILE *f, const struct table *t, int by, const char *map, int end)
{
	double value, half;

	html(f, "<tr><td>%s%s</td>", map, is_baseline(map) ? " (baseline)" : "");
	for (int k = by + 1; k < end; k++)
		if (!mean(t, by, map, k, &value, &half))
			fputs("<td class=number>&ndash;</td>", f);
		else if (isfinite(half))
			html(f, "<td class=number>%.3f<small>&plusmn;&thinsp;%.3f</small></td>", value, half);
		else
			html(f, "<td class=number>%.3f</td>", value);
	fputs("</tr>\n", f);
}

static void table(FILE *f, const struct table *t, int by)
{
	const char *map[MAX_MAPS];
	int n = maps(t, by, map), end = table_column(t, "status");

	end = end > by ? end : t->ncol;
	fputs("<h3>Can the maps be believed?</h3>\n<p>Each measure of cxr-cam(1) as its mean over the test pictures where "
	      "it is defined, with a 95 % interval. Baselines know nothing of the network: a map that is no better than "
	      "those explains nothing.</p>\n<div class=scroll><table class=list>\n<thead><tr><th>map</th>", f);
	for (int k = by + 1; k < end; k++)
		html(f, "<th class=number>%s</th>", t->cell[k]);
	fputs("</tr></thead>\n<tbody>\n", f);
	for (int i = 0; i < n; i++)
		row(f, t, by, map[i], end);
	fputs("</tbody></table></div>\n", f);
}

void html_measures(FILE *f, const struct report *r)
{
	struct table t;
	struct err e;

	if (!table_read(&t, r->dir, "measures.tsv", &e) && t.nrow && table_column(&t, "map") >= 0)
		table(f, &t, table_column(&t, "map"));
	table_free(&t);
}
