/* What a validation set shares with the training set, and what no training will ever touch: both would be believed
 * without a word. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/select.h"
#include "nn/start.h"
#include "train/trainer.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* How many of b are among a; empty ones are nobody's. */
static size_t count_shared(char *const *a, size_t n, char *const *b, size_t m)
{
	char **sorted = xcalloc(n + 1, sizeof *sorted);
	size_t shared = 0;

	memcpy(sorted, a, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, by_text);
	for (size_t i = 0; i < m; i++)
		shared += *b[i] && bsearch(&b[i], sorted, n, sizeof *sorted, by_text);
	free(sorted);
	return shared;
}

static size_t count_empty(char *const *a, size_t n)
{
	size_t empty = 0;

	for (size_t i = 0; i < n; i++)
		empty += !*a[i];
	return empty;
}

void train_seen(struct train_seen *s, const struct dataset *set, const struct dataset *val)
{
	*s = (struct train_seen){
		.images = count_shared(set->sha256, set->n, val->sha256, val->n),
		.patients = count_shared(set->patient, set->n, val->patient, val->n),
		.unknown_images = count_empty(set->sha256, set->n) + count_empty(val->sha256, val->n),
		.unknown_patients = count_empty(set->patient, set->n) + count_empty(val->patient, val->n),
	};
}

/* Running statistics follow their batch norm, whose first parameter is the scale. */
static bool is_trained(const struct graph *g, const bool *trained, int i)
{
	return trained[i] || trained[g->param[i]->node->param[0]];
}

char *train_left_random(const struct net *n, const struct train_options *o, const bool *loaded, struct err *e)
{
	const struct graph *g = n->g;
	bool *one = xcalloc((size_t)g->nparam, sizeof *one), *any = xcalloc((size_t)g->nparam, sizeof *any);
	const struct node *last = NULL;
	struct text t = {0};
	int rc = 0, names = 0;

	for (int k = 0; k < o->nstage && !rc; k++) {
		rc = graph_select(g, o->stage[k].train, one, e);
		for (int i = 0; i < g->nparam; i++)
			any[i] |= one[i];
	}
	text_add(&t, "");
	for (int i = 0; i < g->nparam && !rc; i++)
		if (!(loaded && loaded[i]) && !is_trained(g, any, i) && g->param[i]->node != last) {
			last = g->param[i]->node;
			if (names++ < START_NAMES)
				text_addf(&t, "%s%s", t.len ? ", " : "", last->name);
		}
	if (names > START_NAMES)
		text_addf(&t, " and %d more", names - START_NAMES);
	free(one);
	free(any);
	if (!rc)
		return t.s;
	text_free(&t);
	return NULL;
}
