/* A threshold chosen on one set of scores, for another. */
#include "metrics.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t shared_items(const struct scores *a, const struct scores *b)
{
	char **id = xreallocarray(NULL, a->n, sizeof *id);
	size_t count = 0;

	for (size_t i = 0; i < a->n; i++)
		id[i] = a->item[i].id;
	qsort(id, a->n, sizeof *id, by_name);
	for (size_t i = 0; i < b->n; i++)
		count += bsearch(&b->item[i].id, id, a->n, sizeof *id, by_name) != NULL;
	free(id);
	return count;
}

static double choose(const struct choice *c, const struct scores *s)
{
	double *p = xreallocarray(NULL, s->n, sizeof *p), threshold;
	unsigned char *positive = xmalloc(s->n);
	struct err e;

	for (size_t i = 0; i < s->n; i++) {
		p[i] = s->p[2 * i + c->how.positive];
		positive[i] = s->item[i].label == c->how.positive;
	}
	if (stat_choose(&c->rule, p, positive, s->n, &threshold, &e))
		die("%s: %s", c->choose_on, e.text);
	free(p);
	free(positive);
	return threshold;
}

void other_scores(const struct choice *c, const struct scores *s, const char *path, struct scores *on, size_t *both)
{
	input_scores(on, path, NULL, 0);
	bool same = on->nclass == s->nclass;
	for (int k = 0; same && k < s->nclass; k++)
		same = !strcmp(on->class[k], s->class[k]);
	if (!same)
		die("%s: other classes than the scores to measure", path);
	if (on->seen && !c->allow_seen)
		die("%s: %lld of %zu images were trained on; use others (--allow-seen goes on all the same)",
		    path, (long long)on->seen, on->n);
	*both = shared_items(on, s);
	scores_pool(on);
	if (*both && !c->force)
		die("%zu images of %s are also measured on, what is chosen there flatters (--force goes on all the "
		    "same)", *both, path);
}

void choose_threshold(const struct choice *c, const struct calibration *k, struct scores *s)
{
	struct scores on;
	size_t both;

	other_scores(c, s, c->choose_on, &on, &both);
	if (k)
		calibrate_use(k, c->how.positive, &on);
	scores_predict(s, c->how.positive, choose(c, &on),
	               both ? "chosen on the images it is measured on" : "chosen on other images");
	scores_free(&on);
}

void shifts_follow(const struct choice *c, const struct calibration *k, struct scores *s)
{
	double threshold = c->how.positive == 1 ? s->threshold : 1 - s->threshold;

	for (int i = 0; i < s->nshifted; i++) {
		if (k)
			calibrate_use(k, c->how.positive, &s->shifted[i]);
		if (c->has_threshold || c->choose_on)
			scores_predict(&s->shifted[i], c->how.positive, threshold, s->rule);
	}
}
