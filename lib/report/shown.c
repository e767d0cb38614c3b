/* Tables of the folder shown as they are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "report/chapters.h"

enum { LONG = 24 /* bytes, beyond which a text may be broken */ };

/* Are columns k + 1 and k + 2 the ends of the interval of k: X, X_lo and X_hi, or lo and hi alone? */
static bool has_interval(const struct columns *t, int k)
{
	const char *name = t->cell[k];
	size_t n = strlen(name);

	if (k + 2 >= t->ncol)
		return false;
	const char *lo = t->cell[k + 1], *hi = t->cell[k + 2];
	return (!strcmp(lo, "lo") && !strcmp(hi, "hi")) ||
	       (!strncmp(lo, name, n) && !strncmp(hi, name, n) && !strcmp(lo + n, "_lo") && !strcmp(hi + n, "_hi"));
}

/* How many columns from k on are one: minimum, median and maximum of the same, or a value and its interval. */
static int span(const struct columns *t, int k)
{
	if (has_interval(t, k))
		return 3;
	const char *name = t->cell[k], *end = strstr(name, "_min");

	return end && !end[4] && k + 2 < t->ncol && !strncmp(name, t->cell[k + 1], end + 1 - name) &&
	       !strcmp(t->cell[k + 1] + (end + 1 - name), "median") && strstr(t->cell[k + 2], "_max") ? 3 : 1;
}

/* Has a number of the column a fraction? Then all are shown with three decimals. */
static bool fractions(const struct columns *t, int k)
{
	double x;

	for (size_t i = 0; i < t->nrow; i++)
		if (strpbrk(columns_at(t, i, k), ".e") && num_double(columns_at(t, i, k), &x))
			return true;
	return false;
}

/* As many digits as say something: none of a whole number that is no share, few of a large one. */
static void number(FILE *f, double x, bool fraction)
{
	html(f, !fraction || (x == floor(x) && fabs(x) > 1) ? "%.0f" : fabs(x) >= 10 ? "%.1f" : "%.3f", x);
}

static void interval_cell(FILE *f, const struct columns *t, size_t row, int k)
{
	double x = columns_number(t, row, k), lo = columns_number(t, row, k + 1), hi = columns_number(t, row, k + 2);

	if (!isfinite(x)) {
		fputs("<td class=number>&ndash;</td>", f);
		return;
	}
	fputs("<td class=number>", f);
	number(f, x, true);
	if (isfinite(lo) && isfinite(hi)) {
		fputs("<small>", f);
		number(f, lo, true);
		fputs(lo < 0 || hi < 0 ? " to " : "&ndash;", f);
		number(f, hi, true);
		fputs("</small>", f);
	}
	fputs("</td>", f);
}

static void put_words(char *name)
{
	for (; *name; name++)
		if (*name == '_')
			*name = ' ';
}

/* A measure by the title that it has elsewhere on the page, else its name in words. Fresh memory. */
static char *title_of(const struct columns *t, int k, const char *text)
{
	bool named = !strcmp(t->cell[k], "measure") || !strcmp(t->cell[k], "metric");
	const struct word *w = named ? word_find(text) : NULL;
	char *title = xstrdup(w ? w->title : text);

	if (named && !w)
		put_words(title);
	return title;
}

static void cell(FILE *f, const struct report *r, const struct columns *t, size_t row, int k)
{
	const char *text = columns_at(t, row, k);
	double x;

	if (report_is_name(t->cell[k])) {
		char *name = report_name(r, text);
		fputs(strlen(name) > LONG ? "<td class=long>" : "<td>", f);
		html_path(f, name);
		fputs("</td>", f);
		free(name);
	} else if (has_interval(t, k)) {
		interval_cell(f, t, row, k);
	} else if (span(t, k) == 3) {
		double lo = columns_number(t, row, k), mid = columns_number(t, row, k + 1), hi = columns_number(t, row, k + 2);
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
		char *title = title_of(t, k, text);
		html_path(f, title);
		free(title);
		fputs("</td>", f);
	} else if (!isfinite(x)) {
		fputs("<td class=number>&ndash;</td>", f);
	} else {
		fputs("<td class=number>", f);
		number(f, x, fractions(t, k));
		fputs("</td>", f);
	}
}

/* A column of names is headed on the left, one of numbers on the right. */
static void head(FILE *f, const struct columns *t, int k)
{
	double x;
	bool number = has_interval(t, k) || (t->nrow && num_double(columns_at(t, 0, k), &x));
	bool ranged = span(t, k) == 3 && !has_interval(t, k);
	char *name = xstrndup(t->cell[k], strlen(t->cell[k]) - (ranged ? strlen("_min") : 0));

	put_words(name);
	html(f, number ? "<th class=number>%s</th>" : "<th>%s</th>", name);
	free(name);
}

static void show(FILE *f, const struct report *r, const struct columns *t, const struct table_kind *s)
{
	html(f, "<details%s><summary>%s</summary>\n<p>%s</p>\n", s->place == IN_ELSEWHERE ? " open" : "", s->title, s->says);
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
			cell(f, r, t, i, k);
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div></details>\n", f);
}

void html_tables(FILE *f, const struct report *r, enum table_place place)
{
	const struct table_kind *kind;

	for (int i = 0; (kind = table_kind(i)); i++)
		if (kind->place == place && (r->table[i].nrow || (place == IN_DATA && r->table[i].ncol)))
			show(f, r, &r->table[i], kind);
}
