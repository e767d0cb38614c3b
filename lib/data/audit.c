/* Do splits share patients or files? */
#include "data/audit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/tsv.h"
#include "data/fetch.h"
#include "data/patient.h"

struct group_entry {
	const struct item *it;
	const char *key; /* what this pass groups by; "" is no group */
	size_t index;
};

static int by_key(const void *x, const void *y)
{
	const struct group_entry *a = x, *b = y;
	int r = strcmp(a->key, b->key);

	if (r == 0)
		r = strcmp(a->it->split, b->it->split);
	if (r == 0)
		r = strcmp(a->it->label, b->it->label);
	return r != 0 ? r : (a->index > b->index) - (a->index < b->index);
}

static void row(FILE *f, const char *measure, const char *split, const char *label, size_t n, const char *name)
{
	tsv_put(f, measure, '\t');
	tsv_put(f, split, '\t');
	tsv_put(f, label, '\t');
	fprintf(f, "%zu\t", n);
	tsv_put(f, name, '\n');
}

/* The distinct texts of a group as a comma list, "" left out; *n how many. Fresh memory. */
static char *distinct(const struct group_entry *t, size_t count, bool labels, size_t *n)
{
	struct text s = {0};

	*n = 0;
	text_add(&s, "");
	for (size_t i = 0; i < count; i++) {
		const char *word = labels ? t[i].it->label : t[i].it->split;

		if (word[0] == '\0' || choice_has(s.s, word))
			continue;
		if ((*n)++ > 0)
			text_add(&s, ",");
		text_add(&s, word);
	}
	return s.s;
}

static size_t run(const struct group_entry *t, size_t n)
{
	size_t i = 1;

	while (i < n && strcmp(t[i].key, t[0].key) == 0)
		i++;
	return i;
}

static void write_counts(const struct list *l, FILE *f, struct group_entry *t)
{
	size_t end;

	for (size_t i = 0; i < l->n; i++)
		t[i] = (struct group_entry){&l->item[i], "", i};
	qsort(t, l->n, sizeof *t, by_key);
	for (size_t i = 0; i < l->n; i = end) {
		for (end = i + 1; end < l->n && strcmp(t[i].it->split, t[end].it->split) == 0 &&
		                  strcmp(t[i].it->label, t[end].it->label) == 0;
		     end++)
			;
		row(f, "items", t[i].it->split, t[i].it->label, end - i, "");
	}
}

static int by_split_patient(const void *x, const void *y)
{
	const struct group_entry *a = x, *b = y;
	int r = strcmp(a->it->split, b->it->split);

	return r != 0 ? r : strcmp(a->it->patient, b->it->patient);
}

static void write_patients(const struct list *l, FILE *f, struct group_entry *t)
{
	size_t patients = 0;

	qsort(t, l->n, sizeof *t, by_split_patient);
	for (size_t i = 0; i < l->n; i++) {
		const struct item *it = t[i].it, *next = i + 1 < l->n ? t[i + 1].it : NULL;
		bool last = next == NULL || strcmp(it->split, next->split) != 0;

		patients += patient_is_known(it->patient) && (last || strcmp(it->patient, next->patient) != 0);
		if (last) {
			row(f, "patients", it->split, "", patients, "");
			patients = 0;
		}
	}
}

/* Who is in the only split there is has nobody to share a patient with; of a list without splits that is not known. */
static void write_unknown(const struct list *l, FILE *f, struct group_entry *t, struct audit *a)
{
	size_t unknown = 0, all = 0, splits = 0;

	for (size_t i = 0; i < l->n; i++)
		t[i] = (struct group_entry){&l->item[i], "", i};
	qsort(t, l->n, sizeof *t, by_split_patient);
	for (size_t i = 0; i < l->n; i++) {
		const struct item *it = t[i].it, *next = i + 1 < l->n ? t[i + 1].it : NULL;

		unknown += !patient_is_known(it->patient);
		if (next && !strcmp(it->split, next->split))
			continue;
		splits++;
		all += unknown;
		if (unknown > 0)
			row(f, "unknown_patients", it->split, "", unknown, "");
		unknown = 0;
	}
	a->unknown = splits > 1 || (l->n > 0 && !l->item[0].split[0]) ? all : 0;
}

static void write_shared_patients(const struct list *l, FILE *f, struct group_entry *t, struct audit *a)
{
	size_t n, nsplit, nlabel;

	for (size_t i = 0; i < l->n; i++)
		t[i] = (struct group_entry){&l->item[i], l->item[i].patient, i};
	qsort(t, l->n, sizeof *t, by_key);
	for (size_t i = 0; i < l->n; i += n) {
		char *splits, *labels;

		n = run(t + i, l->n - i);
		splits = distinct(t + i, n, false, &nsplit);
		labels = distinct(t + i, n, true, &nlabel);
		if (t[i].key[0] != '\0' && nsplit > 1) {
			a->patients++;
			row(f, "shared_patient", splits, labels, n, t[i].key);
		}
		free(splits);
		free(labels);
	}
	if (a->patients > 0 || a->unknown == 0)
		row(f, "shared_patients", "", "", a->patients, "");
	else
		fputs("shared_patients\t\t\tunknown\t\n", f);
}

static void write_identical(const struct list *l, FILE *f, struct group_entry *t, struct audit *a)
{
	size_t n, nsplit, nlabel;

	qsort(t, l->n, sizeof *t, by_key);
	for (size_t i = 0; i < l->n; i += n) {
		n = run(t + i, l->n - i);
		if (t[i].key[0] == '\0' || n < 2)
			continue;
		free(distinct(t + i, n, false, &nsplit));
		free(distinct(t + i, n, true, &nlabel));
		a->identical++;
		a->across += nsplit > 1;
		a->labels += nlabel > 1;
		for (size_t k = i; k < i + n; k++)
			row(f, "identical_file", t[k].it->split, t[k].it->label, a->identical, t[k].it->path);
	}
	row(f, "identical_groups", "", "", a->identical, "");
	row(f, "identical_across_splits", "", "", a->across, "");
	row(f, "identical_across_labels", "", "", a->labels, "");
}

/* hex[i] of every item, in the list's order; what cannot be read gets a row and "". */
static void hash_all(const struct list *l, FILE *f, char (*hex)[SHA256_HEX], struct audit *a)
{
	struct fetch *fetch = fetch_new();
	unsigned char *bytes = NULL;
	size_t n, cap = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct item *it = &l->item[i];

		hex[i][0] = '\0';
		if (fetch_get(fetch, it->path, &bytes, &n, &cap, NULL) == 0) {
			sha256_of(bytes, n, hex[i]);
			continue;
		}
		a->unreadable++;
		row(f, "unreadable", it->split, it->label, 1, it->path);
	}
	free(bytes);
	fetch_free(fetch);
}

void audit_write(const struct list *l, FILE *f, struct audit *a)
{
	struct group_entry *t = xcalloc(l->n + 1, sizeof *t);
	char(*hex)[SHA256_HEX] = xcalloc(l->n + 1, sizeof *hex);

	*a = (struct audit){0};
	fputs("measure\tsplit\tlabel\tn\tname\n", f);
	write_counts(l, f, t);
	write_patients(l, f, t);
	write_unknown(l, f, t, a);
	write_shared_patients(l, f, t, a);
	hash_all(l, f, hex, a);
	for (size_t i = 0; i < l->n; i++)
		t[i] = (struct group_entry){&l->item[i], hex[i], i};
	write_identical(l, f, t, a);
	free(hex);
	free(t);
}
