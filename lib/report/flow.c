/* The flow of images as a drawing: from files to what was measured on, and what was left out on the way. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/chapters.h"

enum { WIDE = 200, HIGH = 46, GAP = 24, SIDE = 240 };

static void box(FILE *f, int x, int y, const char *title, size_t n)
{
	html(f, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\" fill=\"none\" stroke=\"currentColor\"/>"
	     "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" font-size=\"12\" fill=\"currentColor\">%s</text>"
	     "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" font-size=\"14\" font-weight=\"600\" fill=\"currentColor\">"
	     "%zu</text>\n", x, y, WIDE, HIGH, x + WIDE / 2, y + 18, title, x + WIDE / 2, y + 37, n);
}

static void arrow(FILE *f, int x1, int y1, int x2, int y2)
{
	html(f, "<path d=\"M%d %dL%d %d\" stroke=\"currentColor\" fill=\"none\"/><circle cx=\"%d\" cy=\"%d\" r=\"2.5\" "
	     "fill=\"currentColor\"/>\n", x1, y1, x2, y2, x2, y2);
}

struct flow_step {
	const char *title, *left_out; /* what is there, and what goes away after it */
	size_t n, out;
};

static size_t of_split(const struct columns *t, const char *split)
{
	size_t n = 0;

	for (size_t i = 0; i < t->nrow; i++)
		n += !strcmp(columns_at(t, i, columns_find(t, "split")), split);
	return n;
}

struct report_flow report_flow(const struct report *r)
{
	const struct columns *t = r->scores;
	int status = columns_find(t, "status"), label = columns_find(t, "label");
	struct report_flow n = {.listed = r->list->nrow, .tested = of_split(r->list, "test"), .rows = t->nrow};

	for (size_t i = 0; i < t->nrow; i++) {
		const char *s = columns_at(t, i, status);
		bool scored = status < 0 || !strcmp(s, "ok") || !strcmp(s, "seen");
		n.failed += !scored;
		n.unlabelled += scored && !*columns_at(t, i, label);
	}
	return n;
}

void html_flow(FILE *f, const struct report *r)
{
	const struct columns *t = r->scores;
	const struct report_flow of = report_flow(r);
	const struct flow_step step[] = {
		{"images listed", "for training and choices", of.listed, of.listed - of.tested},
		{"test images", "could not be read", of.rows, of.failed},
		{"scored", "without a label", of.rows - of.failed, of.unlabelled},
		{"measured on", NULL, of.rows - of.failed - of.unlabelled, 0},
	};
	int n = sizeof step / sizeof *step, high = n * HIGH + (n - 1) * GAP + 4;

	if (!t->nrow || !r->list->nrow)
		return;
	/* as wide as what is drawn, so that a narrow page keeps its letters large */
	int wide = of.listed > of.tested || of.failed || of.unlabelled ? SIDE + WIDE + 4 : WIDE + 4;
	html(f, "<figure class=plot><svg viewBox=\"0 0 %d %d\" style=\"max-width:%dpx\" role=img aria-label=\"flow of "
	     "images\">\n", wide, high, wide);
	for (int k = 0; k < n; k++) {
		int y = 2 + k * (HIGH + GAP), middle = y + HIGH / 2;
		box(f, 2, y, step[k].title, step[k].n);
		if (k + 1 < n)
			arrow(f, 2 + WIDE / 2, y + HIGH, 2 + WIDE / 2, y + HIGH + GAP);
		if (step[k].left_out && step[k].out) {
			arrow(f, 2 + WIDE, middle, SIDE, middle);
			box(f, SIDE, y, step[k].left_out, step[k].out);
		}
	}
	fputs("</svg><figcaption>From files to what was measured on; to the right, what was left out</figcaption>"
	      "</figure>\n", f);
}
