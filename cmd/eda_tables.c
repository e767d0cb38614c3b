/* Counts, sizes, intensities by split and label; duplicates. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "eda.h"
#include "stat/stat.h"

static int by_group(const void *a, const void *b)
{
	const struct seen *x = *(struct seen *const *)a, *y = *(struct seen *const *)b;
	int order = strcmp(x->split, y->split);
	if (!order)
		order = strcmp(x->label, y->label);
	return order ? order : strcmp(x->patient, y->patient);
}

/* Items by split, label and patient. Fresh memory. */
static struct seen **grouped(const struct eda *d)
{
	struct seen **s = xreallocarray(NULL, d->n + 1, sizeof *s);

	for (size_t i = 0; i < d->n; i++)
		s[i] = &d->item[i];
	qsort(s, d->n, sizeof *s, by_group);
	return s;
}

static size_t group_end(struct seen **s, size_t from, size_t n)
{
	size_t end = from;

	while (end < n && !strcmp(s[end]->split, s[from]->split) && !strcmp(s[end]->label, s[from]->label))
		end++;
	return end;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Mean and quartiles of what `kind` names, over items [from, to). */
static void quartiles(struct seen **s, size_t from, size_t to, int kind, FILE *f)
{
	double *x = xreallocarray(NULL, to - from, sizeof *x);
	char buf[NUM_TEXT];
	size_t n = 0;

	for (size_t i = from; i < to; i++) {
		const double value[] = {s[i]->width, s[i]->height, s[i]->width / s[i]->height, s[i]->mean, s[i]->sd};
		if (isfinite(value[kind]))
			x[n++] = value[kind];
	}
	qsort(x, n, sizeof *x, ascending);
	for (int q = 0; q <= 4; q += 2)
		fprintf(f, "\t%s", num_text(stat_quantile(x, n, q / 4.), buf));
	free(x);
}

void eda_classes(const struct eda *d, FILE *f)
{
	static const char *const kind[] = {"width", "height", "aspect", "mean", "sd"};
	struct seen **s = grouped(d);

	fputs("split\tlabel\tpictures\tpatients", f);
	for (int k = 0; k < 5; k++)
		fprintf(f, "\t%s_min\t%s_median\t%s_max", kind[k], kind[k], kind[k]);
	putc('\n', f);
	for (size_t i = 0, end; i < d->n; i = end) {
		size_t patients = 0;
		end = group_end(s, i, d->n);
		for (size_t k = i; k < end; k++)
			patients += *s[k]->patient && (k == i || strcmp(s[k]->patient, s[k - 1]->patient) != 0);
		tsv_put(f, s[i]->split, '\t');
		tsv_put(f, s[i]->label, '\t');
		fprintf(f, "%zu\t%zu", end - i, patients);
		for (int k = 0; k < 5; k++)
			quartiles(s, i, end, k, f);
		putc('\n', f);
	}
	free(s);
}

void eda_levels(const struct eda *d, FILE *f)
{
	struct seen **s = grouped(d);

	fputs("split\tlabel\tlevel\tshare\n", f);
	for (size_t i = 0, end; i < d->n; i = end) {
		double sum[LEVELS] = {0}, all = 0;
		end = group_end(s, i, d->n);
		for (size_t k = i; k < end; k++)
			for (int b = 0; b < LEVELS; b++) {
				sum[b] += s[k]->level[b];
				all += s[k]->level[b];
			}
		for (int b = 0; b < LEVELS && all > 0; b++) {
			tsv_put(f, s[i]->split, '\t');
			tsv_put(f, s[i]->label, '\t');
			fprintf(f, "%d\t%.6g\n", b * 256 / LEVELS, sum[b] / all);
		}
	}
	free(s);
}

enum { WORDS = THUMB * THUMB / 64, NEAR = 16 }; /* of 240 bits so many may differ */

/* Perceptual hash: is a cell brighter than its neighbour on the right, once what all pictures have in common is taken
 * away? Without that all chests look alike. */
static void hash(const struct seen *s, const double *mean, uint64_t *out)
{
	for (int i = 0; i < THUMB * THUMB; i++)
		if (i % THUMB < THUMB - 1 && s->thumb[i] - mean[i] > s->thumb[i + 1] - mean[i + 1])
			out[i / 64] |= (uint64_t)1 << i % 64;
}

/* WORDS for each item. Fresh memory. */
static uint64_t *hashes(const struct eda *d)
{
	uint64_t *h = xcalloc(d->n, WORDS * sizeof *h);
	double mean[THUMB * THUMB] = {0};

	for (size_t i = 0; i < d->n; i++)
		for (int k = 0; k < THUMB * THUMB; k++)
			mean[k] += d->item[i].thumb[k] / (double)d->n;
	for (size_t i = 0; i < d->n; i++)
		hash(&d->item[i], mean, h + i * WORDS);
	return h;
}

static void pair(const struct seen *a, const struct seen *b, bool exact, int bits, FILE *f)
{
	tsv_put(f, a->id, '\t');
	tsv_put(f, b->id, '\t');
	fprintf(f, "%s\t%d\t", exact ? "exact" : "near", bits);
	tsv_put(f, a->label, '\t');
	tsv_put(f, b->label, '\t');
	tsv_put(f, a->split, '\t');
	tsv_put(f, b->split, '\n');
}

void eda_duplicates(const struct eda *d, FILE *f)
{
	uint64_t *h = hashes(d);

	fputs("id\tother\tkind\tbits\tlabel\tother_label\tsplit\tother_split\n", f);
	for (size_t i = 0; i < d->n; i++)
		for (size_t j = i + 1; j < d->n; j++) {
			int bits = 0;
			for (int k = 0; k < WORDS; k++)
				bits += __builtin_popcountll(h[i * WORDS + k] ^ h[j * WORDS + k]);
			const struct seen *a = &d->item[i], *b = &d->item[j];
			bool exact = *a->sha256 && !strcmp(a->sha256, b->sha256);
			if (bits <= NEAR || exact)
				pair(a, b, exact, bits, f);
		}
	free(h);
}
