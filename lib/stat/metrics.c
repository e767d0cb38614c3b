#include "stat/metrics.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum interval { WILSON, DELONG, BOOTSTRAP };

static const struct {
	const char *name;
	bool of_class;
	enum interval interval;
} measure[NMEASURE] = {
#define WHOLE false
#define CLASS true
#define X(name, scope, interval) {#name, scope, interval},
	MEASURES(X)
#undef X
#undef WHOLE
#undef CLASS
};

void metrics_add(struct metrics *m, const char *name, const char *part, struct estimate e)
{
	m->row = grow(m->row, m->n, &m->cap, sizeof *m->row);
	m->row[m->n] = (struct metric){part ? xasprintf("%s.%s", name, part) : xstrdup(name), e};
	m->n++;
}

/* Successes and trials of the measures that are shares, for class c. */
static struct estimate wilson_of(const struct metrics *m, enum measure what, int c)
{
	int nclass = m->scores->nclass;
	int64_t tp = m->confusion[c * nclass + c], pos = 0, called = 0, right = 0, total = m->scores->n;

	for (int k = 0; k < nclass; k++) {
		pos += m->confusion[c * nclass + k];
		called += m->confusion[k * nclass + c];
		right += m->confusion[k * nclass + k];
	}
	int64_t tn = total - pos - called + tp;
	double level = m->how.boot.level;
	switch (what) {
	case M_precision:
		return stat_wilson(tp, called, level);
	case M_recall:
		return stat_wilson(tp, pos, level);
	case M_specificity:
		return stat_wilson(tn, total - pos, level);
	case M_npv:
		return stat_wilson(tn, total - called, level);
	default:
		return stat_wilson(right, total, level);
	}
}

static struct estimate delong_of(const struct metrics *m, int c)
{
	const struct scores *s = m->scores;
	double *rank = xreallocarray(NULL, s->n, sizeof *rank);
	unsigned char *positive = xmalloc(s->n);

	for (size_t i = 0; i < s->n; i++) {
		rank[i] = scores_rank(s, i, c);
		positive[i] = s->item[i].label == c;
	}
	struct estimate auc = stat_auc(rank, positive, s->n, m->how.boot.level);
	free(rank);
	free(positive);
	return auc;
}

/* All measures of one block of values: c is the class, -1 for the mean over more than two. */
static void add_measures(struct metrics *m, const double *value, const double *lo, const double *hi, int c, bool named)
{
	for (int i = 0; i < NMEASURE; i++) {
		struct estimate e = {value[i], lo[i], hi[i], m->scores->n};
		enum interval interval = c < 0 && measure[i].of_class ? BOOTSTRAP : measure[i].interval;
		if (named && !measure[i].of_class)
			continue;
		if (interval == WILSON)
			e = wilson_of(m, i, c < 0 ? 0 : c);
		else if (interval == DELONG)
			e = delong_of(m, c);
		if (interval != BOOTSTRAP && m->how.bootstrap_all) {
			e.lo = lo[i];
			e.hi = hi[i];
		}
		metrics_add(m, measure[i].name, named ? m->scores->class[c] : NULL, e);
	}
}

/* Logistic recalibration on the stated log odds: 0 and 1 where the probabilities are right. */
static void add_recalibration(struct metrics *m)
{
	const struct scores *s = m->scores;
	double *odds = xreallocarray(NULL, s->n, sizeof *odds);
	unsigned char *positive = xmalloc(s->n);
	struct estimate intercept, slope, unused;

	for (size_t i = 0; i < s->n; i++) {
		const double *p = s->p + 2 * i;
		int k = m->how.positive;
		odds[i] = log(fmax(p[k], DBL_EPSILON) / fmax(p[1 - k], DBL_EPSILON));
		positive[i] = s->item[i].label == k;
	}
	stat_logistic(odds, positive, s->n, FIT_INTERCEPT, m->how.boot.level, &intercept, &unused);
	stat_logistic(odds, positive, s->n, FIT_BOTH, m->how.boot.level, &unused, &slope);
	metrics_add(m, "calibration_intercept", NULL, intercept);
	metrics_add(m, "calibration_slope", NULL, slope);
	free(odds);
	free(positive);
}

static void add_count(struct metrics *m, const char *name, double count)
{
	metrics_add(m, name, NULL, (struct estimate){count, NAN, NAN, m->scores->rows});
}

static void add_counts(struct metrics *m)
{
	const struct scores *s = m->scores;
	size_t patients;

	if (s->nclass == 2) {
		add_recalibration(m);
		int64_t positives = 0;
		for (size_t i = 0; i < s->n; i++)
			positives += s->item[i].label == m->how.positive;
		metrics_add(m, "prevalence", NULL, stat_wilson(positives, s->n, m->how.boot.level));
		metrics_add(m, "threshold", NULL, (struct estimate){m->how.positive ? s->threshold : 1 - s->threshold,
		                                            NAN, NAN, s->n});
	}
	if (s->temperature > 0)
		metrics_add(m, "temperature", NULL, (struct estimate){s->temperature, NAN, NAN, s->n});
	free(scores_patients(s, &patients));
	add_count(m, "items", s->n);
	add_count(m, "patients", patients);
	add_count(m, "errors", s->errors);
	add_count(m, "unlabelled", s->unlabelled);
	add_count(m, "seen", s->seen);
}

int metrics_make(struct metrics *m, const struct scores *s, const struct metrics_how *how, struct err *e)
{
	struct sample sample;
	size_t values;

	*m = (struct metrics){.scores = s, .how = *how};
	if (sample_make(&sample, s, how->positive, e))
		return -1;
	values = sample_values(&sample);
	double *value = xcalloc(3 * values, sizeof *value), *lo = value + values, *hi = lo + values;
	m->confusion = xcalloc(s->nclass * s->nclass, sizeof *m->confusion);
	sample_measure(&sample, sample.ones, m->confusion, value);
	sample_bootstrap(&sample, s, &how->boot, lo, hi);
	add_measures(m, value, lo, hi, s->nclass == 2 ? how->positive : -1, false);
	for (int k = 0; s->nclass > 2 && k < s->nclass; k++) {
		size_t block = (size_t)(1 + k) * NMEASURE;
		add_measures(m, value + block, lo + block, hi + block, k, true);
	}
	add_counts(m);
	free(value);
	sample_free(&sample);
	return 0;
}

void metrics_free(struct metrics *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->row[i].name);
	free(m->row);
	free(m->confusion);
	*m = (struct metrics){0};
}

const struct estimate *metrics_get(const struct metrics *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++)
		if (!strcmp(m->row[i].name, name))
			return &m->row[i].e;
	return NULL;
}
