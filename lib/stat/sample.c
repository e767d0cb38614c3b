/* Scores prepared so that a resample is measured without sorting. */
#include "stat/measure.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

struct ranked_key {
	double rank;
	uint32_t item;
};

static int falling(const void *a, const void *b)
{
	const struct ranked_key *x = a, *y = b;
	if (x->rank != y->rank)
		return x->rank < y->rank ? 1 : -1;
	return (x->item > y->item) - (x->item < y->item);
}

double scores_sure(const struct scores *s, size_t i)
{
	const double *p = s->p + i * s->nclass;
	double most = 0;

	if (s->nclass == 2)
		return fabs(p[1] - (isfinite(s->threshold) ? s->threshold : .5));
	for (int k = 0; k < s->nclass; k++)
		most = fmax(most, p[k]);
	return most;
}

/* class -1: by how sure calls are. */
static void make_view(struct class_view *v, const struct scores *s, int class)
{
	struct ranked_key *key = xreallocarray(NULL, s->n, sizeof *key);

	for (size_t i = 0; i < s->n; i++)
		key[i] = (struct ranked_key){class < 0 ? scores_sure(s, i) : scores_rank(s, i, class), i};
	qsort(key, s->n, sizeof *key, falling);
	v->class = class;
	v->rank = xreallocarray(NULL, s->n, sizeof *v->rank);
	for (size_t i = 0; i < s->n; i++) {
		const struct scored_item *item = &s->item[key[i].item];
		v->rank[i] = (struct ranked_item){key[i].item, item->label == (class < 0 ? item->pred : class),
		                                  i + 1 == s->n || key[i + 1].rank != key[i].rank};
	}
	free(key);
}

/* Two classes: the probability of the positive one, and its Brier score. More: the largest probability, and the squared
 * distance of all of them from the truth. */
static struct sampled_item make_item(const struct scores *s, size_t i, int positive)
{
	const double *p = s->p + i * s->nclass;
	int label = s->item[i].label, top = 0;
	double square = 0, sum = 0;

	for (int k = 0; k < s->nclass; k++) {
		double off = p[k] - (k == label);
		square += off * off;
		sum += p[k];
		if (p[k] > p[top])
			top = k;
	}
	if (s->nclass == 2) {
		top = positive;
		square = p[positive] - (label == positive);
		square *= square;
	}
	return (struct sampled_item){
		.cell = (uint32_t)(label * s->nclass + s->item[i].pred), .bin = (uint8_t)stat_bin(p[top]), .hit = label == top,
		.stated = p[top], .square = square,
		.log_loss = -log(fmin(fmax(p[label] / sum, DBL_EPSILON), 1 - DBL_EPSILON)),
	};
}

int sample_make(struct sample *m, const struct scores *s, int positive, struct err *e)
{
	*m = (struct sample){.n = s->n, .nclass = s->nclass, .nview = s->nclass == 2 ? 1 : s->nclass};
	if (s->n > UINT32_MAX / 2)
		return err_set(e, "too many items");
	m->view = xcalloc(m->nview, sizeof *m->view);
	for (int v = 0; v < m->nview; v++)
		make_view(&m->view[v], s, s->nclass == 2 ? positive : v);
	make_view(&m->sure, s, -1);
	m->item = xreallocarray(NULL, s->n, sizeof *m->item);
	m->ones = xreallocarray(NULL, s->n, sizeof *m->ones);
	for (size_t i = 0; i < s->n; i++) {
		m->item[i] = make_item(s, i, positive);
		m->ones[i] = 1;
	}
	return 0;
}

void sample_free(struct sample *m)
{
	for (int v = 0; m->view && v < m->nview; v++)
		free(m->view[v].rank);
	free(m->sure.rank);
	free(m->view);
	free(m->item);
	free(m->ones);
	*m = (struct sample){0};
}

size_t sample_values(const struct sample *m)
{
	return (size_t)NMEASURE * (m->nclass == 2 ? 1 : 1 + m->nclass);
}
