/* Intervals by resampling patients (Efron), the same for any number of threads. */
#include "stat/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"

struct owner {
	bool known; /* a patient; else the item stands for itself */
	uint64_t key; /* of the name, what is behind the part that all share */
	const char *name;
	uint32_t item;
};

static int by_owner(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;
	if (x->known != y->known)
		return x->known - y->known;
	return x->key != y->key ? (x->key > y->key) - (x->key < y->key) : strcmp(x->name, y->name);
}

static size_t shared_length(const struct owner *o, size_t n)
{
	size_t shared = n ? strlen(o[0].name) : 0;

	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < shared; k++)
			if (o[i].name[k] != o[0].name[k])
				shared = k;
	return shared;
}

/* The first bytes of a text as a number that orders as they do. */
static uint64_t leading(const char *text)
{
	uint64_t key = 0;

	for (size_t k = 0; k < sizeof key; k++) {
		key = key << 8 | (unsigned char)*text;
		text += *text != 0;
	}
	return key;
}

uint32_t *scores_patients(const struct scores *s, size_t *count)
{
	struct owner *o = xreallocarray(NULL, s->n, sizeof *o);
	uint32_t *patient = xreallocarray(NULL, s->n, sizeof *patient);

	for (size_t i = 0; i < s->n; i++) {
		bool known = *s->item[i].patient;
		o[i] = (struct owner){known, 0, known ? s->item[i].patient : s->item[i].id, i};
	}
	for (size_t i = 0, shared = shared_length(o, s->n); i < s->n; i++)
		o[i].key = leading(o[i].name + shared);
	qsort(o, s->n, sizeof *o, by_owner);
	*count = 0;
	for (size_t i = 0; i < s->n; i++) {
		*count += i == 0 || by_owner(&o[i - 1], &o[i]);
		patient[o[i].item] = *count - 1;
	}
	free(o);
	return patient;
}

size_t scores_patients_of(const struct scores *s, const bool *marked)
{
	size_t n, count = 0;
	uint32_t *of = scores_patients(s, &n);
	bool *seen = xcalloc(n + 1, sizeof *seen);

	for (size_t i = 0; i < s->n; i++) {
		if (!marked[i] || seen[of[i]])
			continue;
		seen[of[i]] = true;
		count++;
	}
	free(seen);
	free(of);
	return count;
}

enum { BLOCK = 25 }; /* resamples to a block of work */

struct bootstrap_run {
	const struct bootstrap *how;
	statistic *measure;
	const void *ctx;
	const uint32_t *patient;
	size_t n, npatient, nvalue;
	double *value; /* [resample][nvalue] */
	struct scratch {
		uint32_t *drawn, *weight; /* times each patient was drawn; the weight that gives an item */
	} *scratch; /* one for each worker */
};

/* Resample r: as many patients as there are, drawn with replacement. */
static void resample(const struct bootstrap_run *run, int r, struct scratch *t)
{
	struct rng rng = rng_at(run->how->seed, RNG_BOOTSTRAP, r, 0);

	memset(t->drawn, 0, run->npatient * sizeof *t->drawn);
	for (size_t k = 0; k < run->npatient; k++)
		t->drawn[rng_below(&rng, run->npatient)]++;
	for (size_t i = 0; i < run->n; i++)
		t->weight[i] = t->drawn[run->patient[i]];
	run->measure(run->ctx, t->weight, run->value + r * run->nvalue);
}

static void work(void *ctx, size_t block, int worker)
{
	struct bootstrap_run *run = ctx;
	int end = (int)(block + 1) * BLOCK;

	for (int r = (int)block * BLOCK; r < end && r < run->how->resamples; r++)
		resample(run, r, &run->scratch[worker]);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void percentiles(const struct bootstrap_run *run, double *lo, double *hi)
{
	int resamples = run->how->resamples;
	double *column = xreallocarray(NULL, resamples + 1, sizeof *column), tail = (1 - run->how->level) / 2;

	for (size_t v = 0; v < run->nvalue; v++) {
		size_t n = 0;
		for (int r = 0; r < resamples; r++)
			if (isfinite(run->value[r * run->nvalue + v]))
				column[n++] = run->value[r * run->nvalue + v];
		if (2 * n < (size_t)resamples)
			n = 0;
		qsort(column, n, sizeof *column, ascending);
		lo[v] = stat_quantile(column, n, tail);
		hi[v] = stat_quantile(column, n, 1 - tail);
	}
	free(column);
}

void scores_bootstrap(const struct scores *s, const struct bootstrap *b, statistic *measure, const void *ctx,
                      size_t nvalue, double *lo, double *hi)
{
	struct bootstrap_run run = {.how = b, .measure = measure, .ctx = ctx, .n = s->n, .nvalue = nvalue};
	struct pool *pool = pool_new(b->threads);
	int threads = pool_threads(pool);

	run.patient = scores_patients(s, &run.npatient);
	run.value = xcalloc((size_t)b->resamples + 1, run.nvalue * sizeof *run.value);
	run.scratch = xcalloc(threads, sizeof *run.scratch);
	for (int w = 0; w < threads; w++)
		run.scratch[w] = (struct scratch){xcalloc(run.npatient, sizeof(uint32_t)),
		                                  xcalloc(s->n, sizeof(uint32_t))};
	pool_run(pool, (b->resamples + BLOCK - 1) / BLOCK, work, &run);
	percentiles(&run, lo, hi);
	for (int w = 0; w < threads; w++) {
		free(run.scratch[w].drawn);
		free(run.scratch[w].weight);
	}
	free(run.scratch);
	free(run.value);
	free((void *)run.patient);
	pool_free(pool);
}

static void measure_all(const void *ctx, const uint32_t *weight, double *value)
{
	const struct sample *m = ctx;
	int64_t *confusion = xcalloc(m->nclass * m->nclass, sizeof *confusion);

	sample_measure(m, weight, confusion, value);
	free(confusion);
}

void sample_bootstrap(const struct sample *m, const struct scores *s, const struct bootstrap *b, double *lo,
                      double *hi)
{
	scores_bootstrap(s, b, measure_all, m, sample_values(m), lo, hi);
}
