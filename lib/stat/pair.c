/* Two sets of scores of the same images, which may lie in other folders: paired by what the images are, where that is
 * known, not by what they are called. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stat/scores.h"

struct keyed_row {
	const char *key;
	size_t item;
};

/* Equal keys (the same bytes twice) stay in the order of their rows. */
static int by_key(const void *x, const void *y)
{
	const struct keyed_row *a = x, *b = y;
	int r = strcmp(a->key, b->key);

	return r ? r : (a->item > b->item) - (a->item < b->item);
}

static bool knows_bytes(const struct scores *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!*s->item[i].sha256)
			return false;
	return true;
}

static struct keyed_row *sorted(const struct scores *s, bool by_bytes)
{
	struct keyed_row *p = xreallocarray(NULL, s->n + 1, sizeof *p);

	for (size_t i = 0; i < s->n; i++)
		p[i] = (struct keyed_row){by_bytes ? s->item[i].sha256 : s->item[i].id, i};
	qsort(p, s->n, sizeof *p, by_key);
	return p;
}

/* of[i] is the partner in b of item i of a, SIZE_MAX: none. How many there are. */
static size_t find_partners(const struct scores *a, const struct scores *b, bool by_bytes, size_t *of)
{
	struct keyed_row *x = sorted(a, by_bytes), *y = sorted(b, by_bytes);
	size_t pairs = 0;

	for (size_t i = 0; i < a->n; i++)
		of[i] = SIZE_MAX;
	for (size_t i = 0, j = 0; i < a->n && j < b->n; ) {
		int r = strcmp(x[i].key, y[j].key);

		if (!r) {
			of[x[i].item] = y[j].item;
			pairs++;
		}
		i += r <= 0;
		j += r >= 0;
	}
	free(x);
	free(y);
	return pairs;
}

/* Keeps the n items that `at` lists, in that order. */
static void keep(struct scores *s, const size_t *at, size_t n)
{
	struct scored_item *item = xreallocarray(NULL, n + 1, sizeof *item);
	double *p = xreallocarray(NULL, n * (size_t)s->nclass + 1, sizeof *p);
	double *z = xreallocarray(NULL, n * (size_t)s->nlogit + 1, sizeof *z);

	for (size_t i = 0; i < n; i++) {
		item[i] = s->item[at[i]];
		s->item[at[i]] = (struct scored_item){0};
		memcpy(p + i * (size_t)s->nclass, s->p + at[i] * (size_t)s->nclass, (size_t)s->nclass * sizeof *p);
		memcpy(z + i * (size_t)s->nlogit, s->z + at[i] * (size_t)s->nlogit, (size_t)s->nlogit * sizeof *z);
	}
	for (size_t i = 0; i < s->n; i++)
		scored_item_free(&s->item[i]);
	free(s->item);
	free(s->p);
	free(s->z);
	s->item = item;
	s->p = p;
	s->z = z;
	s->n = s->cap = n;
}

static int check_labels(const struct scores *a, const struct scores *b, const size_t *of, struct err *e)
{
	for (size_t i = 0; i < a->n; i++)
		if (of[i] != SIZE_MAX && strcmp(a->class[a->item[i].label], b->class[b->item[of[i]].label]))
			return err_set(e, "'%s' has another label", a->item[i].id);
	return 0;
}

int scores_pair(struct scores *a, struct scores *b, struct pairing *p, struct err *e)
{
	size_t *of = xreallocarray(NULL, a->n + 1, sizeof *of), *at = xreallocarray(NULL, a->n + 1, sizeof *at), n = 0;
	bool by_bytes = knows_bytes(a) && knows_bytes(b);
	size_t pairs = find_partners(a, b, by_bytes, of);

	*p = (struct pairing){by_bytes, pairs, {a->n - pairs, b->n - pairs}};
	int rc = pairs ? check_labels(a, b, of, e) : err_set(e, "not the same images: %zu beside %zu, 0 in both by %s", b->n,
	                                                     a->n, by_bytes ? "their bytes" : "their ids");
	for (size_t i = 0; i < a->n && !rc; i++)
		if (of[i] != SIZE_MAX) {
			at[n] = i;
			of[n++] = of[i];
		}
	if (!rc) {
		keep(a, at, n);
		keep(b, of, n);
	}
	for (size_t i = 0; i < n; i++) {
		free(b->item[i].id);
		b->item[i].id = xstrdup(a->item[i].id);
	}
	free(of);
	free(at);
	return rc;
}
