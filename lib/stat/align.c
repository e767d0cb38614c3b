/* Two sets of scores of the same images brought into one order. */
#include "stat/scores.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct place {
	const char *id;
	size_t item;
};

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct place *)a)->id, ((const struct place *)b)->id);
}

/* The position in s of every item of `like`, fresh memory; NULL unless both have the same items and labels. */
static size_t *positions(const struct scores *s, const struct scores *like, struct err *e)
{
	struct place *sorted = xreallocarray(NULL, s->n, sizeof *sorted);
	size_t *at = xreallocarray(NULL, like->n, sizeof *at), found = 0;
	const char *other = NULL;

	for (size_t i = 0; i < s->n; i++)
		sorted[i] = (struct place){s->item[i].id, i};
	qsort(sorted, s->n, sizeof *sorted, by_id);
	for (size_t i = 0; i < like->n; i++) {
		struct place *p = bsearch(&(struct place){like->item[i].id, 0}, sorted, s->n, sizeof *sorted, by_id);
		found += p != NULL;
		at[i] = p ? p->item : 0;
		if (p && s->item[p->item].label != like->item[i].label)
			other = p->id;
	}
	if (found < like->n || s->n != like->n)
		err_set(e, "not the same images: %zu beside %zu, %zu in both", s->n, like->n, found);
	else if (other)
		err_set(e, "'%s' has another label", other);
	free(sorted);
	if (!other && found == like->n && s->n == like->n)
		return at;
	free(at);
	return NULL;
}

int scores_align(struct scores *s, const struct scores *like, struct err *e)
{
	size_t *at = positions(s, like, e);

	if (!at)
		return -1;
	struct scored_item *item = xreallocarray(NULL, s->n, sizeof *item);
	double *p = xreallocarray(NULL, s->n * s->nclass, sizeof *p);
	double *z = xreallocarray(NULL, s->n * s->nlogit + 1, sizeof *z);

	for (size_t i = 0; i < s->n; i++) {
		item[i] = s->item[at[i]];
		memcpy(p + i * s->nclass, s->p + at[i] * s->nclass, s->nclass * sizeof *p);
		memcpy(z + i * s->nlogit, s->z + at[i] * s->nlogit, s->nlogit * sizeof *z);
	}
	free(s->item);
	free(s->p);
	free(s->z);
	free(at);
	s->item = item;
	s->p = p;
	s->z = z;
	s->cap = s->n;
	return 0;
}
