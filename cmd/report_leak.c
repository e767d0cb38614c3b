/* What cxr-eda found that makes answers easier than they should be, in words. */
#include <math.h>
#include <string.h>

#include "report.h"

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

/* The audit's last row is its verdict; the rows before name what it rests on. */
static void audit(FILE *f, const struct report *r)
{
	struct table t;
	struct err e;
	const char *verdict = "";

	if (table_read(&t, r->dir, "audit.tsv", &e))
		t.nrow = 0;
	int check = table_column(&t, "check"), column = table_column(&t, "verdict");
	for (size_t i = 0; i < t.nrow; i++)
		if (!strcmp(table_at(&t, i, check), "audit"))
			verdict = table_at(&t, i, column);
	if (!strcmp(verdict, "flagged")) {
		const char *between = "<li class=bad><b>The heat maps speak of a shortcut:</b> ";
		for (size_t i = 0; i < t.nrow; i++)
			if (!strcmp(table_at(&t, i, column), "flagged") && strcmp(table_at(&t, i, check), "audit") != 0) {
				fputs(between, f);
				html(f, "%s", table_at(&t, i, check));
				between = ", ";
			}
		fputs("; see the audit below.</li>\n", f);
	} else if (*verdict) {
		html(f, "<li><b>The heat maps %s.</b> The audit cannot know of marks inside the chest, nor of differences in "
		     "exposure, machine or patients.</li>\n", strcmp(verdict, "passed") ? "leave open whether it looks where "
		     "disease can be" : "lie where disease can be, more than by chance");
	}
	table_free(&t);
}

void summary_data(FILE *f, const struct report *r)
{
	shortcut(f, r);
	audit(f, r);
	duplicates(f, r);
}
