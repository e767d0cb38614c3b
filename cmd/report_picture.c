/* Where the network looked: the most confident pictures of every kind of answer. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "report.h"

/* Which rows of the score table a group shows; label or pred NULL: any. */
struct group {
	const char *title, *label, *pred;
	bool right;
};

struct pick {
	size_t row;
	double confidence;
};

static int by_confidence(const void *a, const void *b)
{
	const struct pick *x = a, *y = b;
	if (x->confidence != y->confidence)
		return x->confidence < y->confidence ? 1 : -1;
	return x->row < y->row ? -1 : 1;
}

static double probability(const struct table *t, size_t row, const char *class)
{
	char *name = xasprintf("p_%s", class);
	double p = table_number(t, row, table_column(t, name));

	free(name);
	return p;
}

static bool belongs(const struct report *r, const struct group *g, size_t row)
{
	const struct table *t = &r->scores;
	const char *label = table_at(t, row, table_column(t, "label")), *pred = table_at(t, row, table_column(t, "pred"));

	return report_counts(r, row) && !strcmp(label, pred) == g->right && (!g->label || !strcmp(label, g->label)) &&
	       (!g->pred || !strcmp(pred, g->pred));
}

/* The rows of a group, most confident first. Fresh memory. */
static struct pick *members(const struct report *r, const struct group *g, size_t *n)
{
	const struct table *t = &r->scores;
	struct pick *pick = xreallocarray(NULL, t->nrow + 1, sizeof *pick);

	*n = 0;
	for (size_t i = 0; i < t->nrow; i++)
		if (belongs(r, g, i)) {
			double p = probability(t, i, table_at(t, i, table_column(t, "pred")));
			pick[(*n)++] = (struct pick){i, isnan(p) ? -1 : p};
		}
	qsort(pick, *n, sizeof *pick, by_confidence);
	return pick;
}

static void picture(FILE *f, const struct report *r, size_t row)
{
	const struct table *t = &r->scores;
	const char *id = table_at(t, row, table_column(t, "id")), *slash = strrchr(id, '/');
	const char *pred = table_at(t, row, table_column(t, "pred"));
	char *path = report_overlay(r, row);
	unsigned char *bytes;
	size_t n;

	fputs("<figure>", f);
	if (!file_read(path, 32 << 20, &bytes, &n, NULL)) {
		html(f, "<img alt=\"heat map over %s\" src=\"data:image/png;base64,", id);
		html_base64(f, bytes, n);
		fputs("\">", f);
		free(bytes);
	} else {
		fputs("<p class=missing>no overlay</p>", f);
	}
	html(f, "<figcaption><span title=\"%s\">%s</span> <span>p(%s) = %.3f</span></figcaption></figure>\n", id,
	     slash ? slash + 1 : id, pred, probability(t, row, pred));
	free(path);
}

static void gallery(FILE *f, const struct report *r, const struct group *g)
{
	size_t n, shown;
	struct pick *pick = members(r, g, &n);

	shown = n < (size_t)r->shown ? n : (size_t)r->shown;
	html(f, "<h3>%s", g->title);
	if (g->label)
		html(f, ": %s called %s", g->label, g->pred);
	html(f, "</h3>\n<p>%zu %s", n, n == 1 ? "picture" : "pictures");
	html(f, shown && shown < n ? "; the %zu with the highest probability are shown.</p>\n" : ".</p>\n", shown);
	fputs("<div class=gallery>\n", f);
	for (size_t i = 0; i < shown; i++)
		picture(f, r, pick[i].row);
	fputs("</div>\n", f);
	free(pick);
}

/* The class that is not the positive one of two. Borrowed. */
static const char *negative(const struct report *r)
{
	for (int i = 0; i < r->scores.ncol; i++)
		if (!strncmp(r->scores.cell[i], "p_", 2) && strcmp(r->scores.cell[i] + 2, r->positive) != 0)
			return r->scores.cell[i] + 2;
	return "";
}

void section_pictures(FILE *f, const struct report *r)
{
	const char *pos = r->positive, *neg = negative(r);
	struct group two[] = {{"Missed", pos, neg, false}, {"False alarms", neg, pos, false}, {"Found", pos, pos, true},
	                      {"Left alone", neg, neg, true}};
	struct group many[] = {{"Wrong answers", NULL, NULL, false}, {"Right answers", NULL, NULL, true}};
	char *overlays = xasprintf("%s/overlays", r->dir);

	fputs("<section>\n<h2>Where it looked</h2>\n", f);
	if (!r->scores.ncol)
		html_missing(f, "scores-test.tsv", "no pictures can be picked");
	else if (!file_is_dir(overlays))
		html_missing(f, "overlays", "there are no heat maps to show");
	else {
		fputs("<p>Each pair shows a picture as the network saw it and the same picture under its heat map for the "
		      "answer it gave. Warm colours mark where the evidence for the answer came from. A map shows what the "
		      "network used, not where a disease is: it is coarse, and a warm spot outside the lungs is a warning "
		      "about the network.</p>\n", f);
		for (int i = 0; report_binary(r) && i < 4; i++)
			gallery(f, r, &two[i]);
		for (int i = 0; !report_binary(r) && i < 2; i++)
			gallery(f, r, &many[i]);
	}
	fputs("</section>\n", f);
	free(overlays);
}
