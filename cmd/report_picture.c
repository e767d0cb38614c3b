/* Where the network looked: the most confident images of every kind of answer. */
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

static bool belongs(const struct report *r, const struct group *g, size_t row)
{
	const char *label = table_at(&r->scores, row, table_column(&r->scores, "label"));
	const char *pred = table_at(&r->scores, row, table_column(&r->scores, "pred"));

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
			double p = report_probability(r, i, table_at(t, i, table_column(t, "pred")));
			pick[(*n)++] = (struct pick){i, p >= 0 ? p : -1};
		}
	qsort(pick, *n, sizeof *pick, by_confidence);
	return pick;
}

static void image(FILE *f, const struct report *r, size_t row)
{
	const struct table *t = &r->scores;
	const char *id = table_at(t, row, table_column(t, "id")), *slash = strrchr(id, '/');
	const char *pred = table_at(t, row, table_column(t, "pred"));

	fputs("<figure>", f);
	html_overlays(f, r, row);
	html(f, "<figcaption><span title=\"%s\">%s</span> <span>p(%s) = %.3f</span></figcaption></figure>\n", id,
	     slash ? slash + 1 : id, pred, report_probability(r, row, pred));
}

static void gallery(FILE *f, const struct report *r, const struct group *g)
{
	size_t n, shown;
	struct pick *pick = members(r, g, &n);

	shown = n < (size_t)r->shown ? n : (size_t)r->shown;
	html(f, "<h3>%s", g->title);
	if (g->label)
		html(f, ": %s called %s", g->label, g->pred);
	html(f, "</h3>\n<p>%zu %s", n, n == 1 ? "image" : "images");
	html(f, shown && shown < n ? "; the %zu with the highest probability are shown.</p>\n" : ".</p>\n", shown);
	fputs("<div class=gallery>\n", f);
	for (size_t i = 0; i < shown; i++)
		image(f, r, pick[i].row);
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

/* Whose evidence the maps show is in the options of cxr-cam. */
static void introduction(FILE *f, const struct report *r)
{
	char *path = xasprintf("%s/commands/6-cam", r->dir);
	const char *option = NULL;
	unsigned char *command = NULL;
	bool stretched = false;
	size_t n;

	if (!file_read(path, 1 << 20, &command, &n, NULL)) {
		option = strstr((char *)command, "--class ");
		stretched = strstr((char *)command, "minmax") != NULL;
	}
	html(f, "<p>Each image is shown as the network saw it, and again under a heat map of what spoke for ");
	html(f, "%s", !option ? r->positive : strncmp(option, "--class pred", 12) ? "the class asked for" : "its answer");
	html(f, ". Warm colours mark where most of it came from, on a scale of each map's own, so a warm spot may be weak; "
	     "%s. A map shows what the network used, not where a disease is; it is coarse, and a warm spot outside the "
	     "lungs is a warning about the network.</p>\n", !stretched ? "blue all over means that nothing did"
	     : "the scale goes from the least to the most, so something is warm even where all spoke against it");
	free(command);
	free(path);
}

void section_images(FILE *f, const struct report *r)
{
	const char *pos = r->positive, *neg = negative(r);
	struct group two[] = {{"Missed", pos, neg, false}, {"False alarms", neg, pos, false}, {"Found", pos, pos, true},
	                      {"Left alone", neg, neg, true}};
	struct group many[] = {{"Wrong answers", NULL, NULL, false}, {"Right answers", NULL, NULL, true}};
	bool binary = report_binary(r);
	char *overlays = xasprintf("%s/overlays", r->dir);

	fputs("<section>\n<h2>Where it looked</h2>\n", f);
	if (!r->scores.ncol || !file_is_dir(overlays)) {
		html_missing(f, r->scores.ncol ? "overlays" : "scores-test.tsv", "there are no heat maps to show");
	} else {
		introduction(f, r);
		for (int i = 0; i < (binary ? 4 : 2); i++)
			gallery(f, r, binary ? &two[i] : &many[i]);
		html_methods(f, r);
		html_measures(f, r);
	}
	html_tables(f, r, IN_PICTURES);
	fputs("</section>\n", f);
	free(overlays);
}
