/* The values behind a trunk that is not trained, computed once for all epochs. */
#include "train/frozen.h"

#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/mem.h"
#include "nn/select.h"
#include "train/batch.h"

void frozen_choose(struct frozen *f, const struct graph *g, const bool *train, size_t images, size_t bytes)
{
	const struct node *n = graph_frozen(g, train);
	size_t size = n ? (size_t)n->h * (size_t)n->w * (size_t)n->c : 0;

	*f = (struct frozen){0};
	if (n && images <= bytes / sizeof(float) / size)
		*f = (struct frozen){.node = n, .size = size};
}

static int fill(const struct frozen *f, float **to, const struct dataset *d, struct plan *p, int batch,
                struct pool *pool, struct ranks *ranks, volatile sig_atomic_t *stop, struct err *e)
{
	float *value = mem_big(d->n, f->size * sizeof *value);
	size_t i, end;

	if (!value)
		return budget_err(e, 0, "%zu images behind %s", d->n, f->node->name);
	for (ranks_share(ranks, d->n, &i, &end); i < end && !(stop && *stop); i += (size_t)batch) {
		struct batch b = {.set = d, .first = i, .n = end - i < (size_t)batch ? (int)(end - i) : batch};

		batch_load(&b, plan_input(p), pool);
		plan_forward(p, b.n, 0);
		memcpy(value + i * f->size, plan_value(p, f->node), (size_t)b.n * f->size * sizeof *value);
	}
	if (ranks_any(ranks, i < end)) {
		free(value);
		return 1;
	}
	ranks_collect(ranks, value, d->n, f->size * sizeof *value);
	*to = value;
	return 0;
}

int frozen_fill(struct frozen *f, struct net *n, const struct dataset *set, const struct dataset *val, int batch,
                struct pool *pool, struct ranks *ranks, volatile sig_atomic_t *stop, struct err *e)
{
	bool *keep;
	struct plan *p;
	int rc = 0;

	if (!f->node || (f->set && (f->val || !val)))
		return 0;
	keep = xcalloc((size_t)n->g->nnode, sizeof *keep);
	keep[f->node->index] = true;
	p = plan_new(n, &(struct plan_options){.batch = batch, .keep = keep, .only_kept = true}, pool, e);
	free(keep);
	if (!p)
		return -1;
	if (!f->set)
		rc = fill(f, &f->set, set, p, batch, pool, ranks, stop, e);
	if (!rc && val)
		rc = fill(f, &f->val, val, p, batch, pool, ranks, stop, e);
	plan_free(p);
	return rc;
}

void frozen_free(struct frozen *f)
{
	free(f->set);
	free(f->val);
	*f = (struct frozen){0};
}
