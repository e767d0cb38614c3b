/* Images that are the same or nearly. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tsv.h"
#include "eda/eda.h"

enum {
	WORDS = THUMB * THUMB / 64,
	NEAR = 16,       /* of 240 bits so many may differ */
	LISTED = 200000, /* pairs of a split, and as many across splits: what is alike has pairs by its square */
};

/* Perceptual hash: is a cell brighter than its neighbour on the right, once what all images have in common is taken
 * away? Without that all chests look alike. */
static void hash(const struct eda_item *s, const double *mean, uint64_t *out)
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

static void put_pair(FILE *f, const char *id, const char *other, const char *kind, size_t bits,
                     const struct eda_item *a, const struct eda_item *b)
{
	tsv_put(f, id, '\t');
	tsv_put(f, other, '\t');
	fprintf(f, "%s\t%zu\t", kind, bits);
	tsv_put(f, a->label, '\t');
	tsv_put(f, b->label, '\t');
	tsv_put(f, a->split, '\t');
	tsv_put(f, b->split, '\n');
}

/* Pairs found so far; and of those that are not listed the first. */
struct found {
	size_t n;
	const struct eda_item *a, *b;
};

static void add_pair(FILE *f, struct found *found, const struct eda_item *a, const struct eda_item *b, bool exact,
                     size_t bits)
{
	if (++found->n <= LISTED)
		put_pair(f, a->id, b->id, exact ? "exact" : "near", bits, a, b);
	else if (!found->a)
		*found = (struct found){found->n, a, b};
}

void eda_duplicates(const struct eda *d, FILE *f)
{
	uint64_t *h = hashes(d);
	struct found found[2] = {{0}}; /* in one split, in two */

	fputs("id\tother\tkind\tbits\tlabel\tother_label\tsplit\tother_split\n", f);
	for (size_t i = 0; i < d->n; i++)
		for (size_t j = i + 1; j < d->n; j++) {
			const struct eda_item *a = &d->item[i], *b = &d->item[j];
			bool exact = *a->sha256 && !strcmp(a->sha256, b->sha256);
			size_t bits = 0;

			for (int k = 0; k < WORDS; k++)
				bits += (size_t)__builtin_popcountll(h[i * WORDS + k] ^ h[j * WORDS + k]);
			if (bits <= NEAR || exact)
				add_pair(f, &found[strcmp(a->split, b->split) != 0], a, b, exact, bits);
		}
	for (int k = 0; k < 2; k++)
		if (found[k].a)
			put_pair(f, "", "", "more", found[k].n - LISTED, found[k].a, found[k].b);
	free(h);
}
