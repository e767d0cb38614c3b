/* What the network was trained and measured on. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "report/chapters.h"

/* Adds s to a list of distinct strings. */
static void add_distinct(const char ***value, size_t *n, size_t *cap, const char *s)
{
	for (size_t k = 0; k < *n; k++)
		if (!strcmp((*value)[k], s))
			return;
	*value = grow(*value, *n, cap, sizeof **value);
	(*value)[(*n)++] = s;
}

/* Distinct values of a column: first those of `first` that occur, then as they come. Borrowed strings, fresh array. */
static const char **distinct(const struct columns *t, int column, const char *const *first, size_t *n)
{
	const char **value = NULL;
	size_t cap = 0;

	*n = 0;
	for (; *first; first++)
		for (size_t i = 0; i < t->nrow; i++)
			if (!strcmp(columns_at(t, i, column), *first))
				add_distinct(&value, n, &cap, *first);
	for (size_t i = 0; i < t->nrow && *n < 100; i++)
		add_distinct(&value, n, &cap, columns_at(t, i, column));
	return value;
}

struct membership {
	const char *patient, *split;
};

static int by_patient(const void *a, const void *b)
{
	const struct membership *x = a, *y = b;
	int order = strcmp(x->patient, y->patient);
	return order ? order : strcmp(x->split, y->split);
}

/* The named patients with their splits, each pair once. Fresh memory. */
static struct membership *patients(const struct columns *t, size_t *n)
{
	int patient = columns_find(t, "patient"), split = columns_find(t, "split");
	struct membership *pair = xreallocarray(NULL, t->nrow + 1, sizeof *pair);
	size_t named = 0;

	for (size_t i = 0; i < t->nrow; i++)
		if (*columns_at(t, i, patient))
			pair[named++] = (struct membership){columns_at(t, i, patient), columns_at(t, i, split)};
	qsort(pair, named, sizeof *pair, by_patient);
	*n = 0;
	for (size_t i = 0; i < named; i++)
		if (!*n || by_patient(&pair[*n - 1], &pair[i]))
			pair[(*n)++] = pair[i];
	return pair;
}

/* Rows with this split and label (NULL: any label). */
static size_t count(const struct columns *t, const char *split, const char *label)
{
	int csplit = columns_find(t, "split"), clabel = columns_find(t, "label");
	size_t n = 0;

	for (size_t i = 0; i < t->nrow; i++)
		n += !strcmp(columns_at(t, i, csplit), split) && (!label || !strcmp(columns_at(t, i, clabel), label));
	return n;
}

static void split_table(FILE *f, const struct columns *t, const struct membership *pair, size_t npair)
{
	static const char *const splits[] = {"train", "val", "test", NULL};
	size_t nsplit, nlabel, n;
	const char **split = distinct(t, columns_find(t, "split"), splits, &nsplit);
	const char **label = distinct(t, columns_find(t, "label"), splits + 3, &nlabel);

	fputs("<div class=scroll><table class=counts>\n<thead><tr><th>split</th>", f);
	for (size_t k = 0; k < nlabel; k++)
		html(f, "<th>%s</th>", *label[k] ? label[k] : "no label");
	fputs("<th>all</th><th>patients</th></tr></thead>\n<tbody>\n", f);
	for (size_t i = 0; i < nsplit; i++) {
		html(f, "<tr><th>%s</th>", *split[i] ? split[i] : "none");
		for (size_t k = 0; k < nlabel; k++)
			html(f, "<td>%zu</td>", count(t, split[i], label[k]));
		n = 0;
		for (size_t k = 0; k < npair; k++)
			n += !strcmp(pair[k].split, split[i]);
		html(f, "<td>%zu</td><td>%zu</td></tr>\n", count(t, split[i], NULL), n);
	}
	fputs("</tbody></table></div>\n", f);
	free(split);
	free(label);
}

/* The number that a note begins with; -1, a fault: none. */
static long noted(const struct report *r, const char *note)
{
	unsigned char *text;
	long failed = -1;
	size_t n;
	struct err e;

	if (file_read(note, 100, &text, &n, &e)) {
		report_fault(r, "%s", e.text);
		return -1;
	}
	if (sscanf((char *)text, "%ld", &failed) != 1)
		report_fault(r, "%s: damaged", note);
	free(text);
	return failed;
}

/* Images of a split that could not be read: of the test set by its scores, else by what the pipeline noted in
 * SPLIT.failed ("FAILED ALL"), which is there where some failed. -1: not known. */
static long unreadable(const struct report *r, const char *split)
{
	char *note = xasprintf("%s/%s.failed", r->dir, split), *stream = xasprintf("%s/%s.cxr", r->dir, split);
	int status = columns_find(r->scores, "status");
	long failed = -1;

	if (!strcmp(split, "test") && r->scores->ncol) {
		failed = 0;
		for (size_t i = 0; i < r->scores->nrow; i++) {
			const char *s = columns_at(r->scores, i, status);
			failed += strcmp(s, "ok") && strcmp(s, "seen");
		}
	} else if (report_exists(r, note)) {
		failed = noted(r, note);
	} else if (report_exists(r, stream)) {
		failed = 0;
	}
	free(note);
	free(stream);
	return failed;
}

/* How many images go in, and what becomes of them. Nothing of a list without splits. */
static void flow(FILE *f, const struct report *r)
{
	static const char *const splits[] = {"train", "val", "test"};

	if (!count(r->list, "train", NULL) && !count(r->list, "val", NULL) && !count(r->list, "test", NULL))
		return;
	fputs("<h3>From files to answers</h3>\n<div class=scroll><table class=counts>\n<thead><tr><th>split</th>"
	      "<th>listed</th><th>could not be read</th><th>without a label</th></tr></thead>\n<tbody>\n", f);
	for (int i = 0; i < 3; i++) {
		size_t listed = count(r->list, splits[i], NULL);
		long failed = unreadable(r, splits[i]);
		if (!listed)
			continue;
		html(f, "<tr><th>%s</th><td>%zu</td>", splits[i], listed);
		if (failed < 0)
			fputs("<td>not known</td>", f);
		else
			html(f, "<td>%zu</td>", (size_t)failed);
		html(f, "<td>%zu</td></tr>\n", count(r->list, splits[i], ""));
	}
	fputs("</tbody></table></div>\n", f);
}

static void describe(FILE *f, const struct report *r)
{
	const struct columns *t = r->list;
	size_t n, crossing = 0, unknown = 0;
	struct membership *pair = patients(t, &n);

	for (size_t i = 1; i < n; i++)
		crossing += !strcmp(pair[i - 1].patient, pair[i].patient);
	fputs(report_elsewhere(r)
	      ? "<p>The network has learned from none of these images; all are <i>test</i>: what it is measured on."
	      : "<p>The network learns from <i>train</i>; <i>val</i> is for choices, as of an epoch or a threshold; "
	      "<i>test</i> is what it is measured on.", f);
	for (size_t i = 0; i < t->nrow; i++)
		unknown += !*columns_at(t, i, columns_find(t, "patient"));
	if (crossing)
		html(f, " <strong class=bad>%zu %s in more than one split: the measures are too good.</strong>", crossing,
		     crossing == 1 ? "patient is" : "patients are");
	else if (n && !unknown)
		fputs(" No patient is in two splits.", f);
	if (unknown == t->nrow)
		fputs(" <strong>Patients are not known: each image was taken for one.</strong> Whether a patient is in two splits is "
		      "not known either.", f);
	else if (unknown)
		html(f, " <strong>Of %zu images the patient is not known: each was taken for one.</strong> Whether these share "
		     "patients between splits is not known.", unknown);
	fputs("</p>\n", f);
	split_table(f, t, pair, n);
	free(pair);
}

void section_data(FILE *f, const struct report *r)
{
	if (r->list->ncol) {
		describe(f, r);
		flow(f, r);
		html_flow(f, r);
	} else {
		html_missing(f, "list.tsv", "the images cannot be described");
	}
	html_figure(f, r, "eda/samples.png", "Some of each class, a row for each, as they were prepared");
	html_figure(f, r, "eda/means.png", "Mean and standard deviation of each class");
	fputs("<div class=plots>\n", f);
	html_figure(f, r, "eda/levels.svg", "Intensities by class; val is dashed, test "
	            "dotted. Classes that differ here can be told by exposure");
	html_figure(f, r, "eda/sizes.svg", "Sizes of the files by class; an area is a share of the class");
	fputs("</div>\n", f);
	html_tables(f, r, IN_DATA);
}
