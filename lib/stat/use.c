/* Tables of what follows from using the scores: net benefit, operating points, referral, failures. */
#include "stat/metrics.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"

static void row(FILE *f, const double *x, int n)
{
	char buf[NUM_TEXT];

	for (int i = 0; i < n; i++)
		fprintf(f, "%s%c", num_text(x[i], buf), i + 1 < n ? '\t' : '\n');
}

/* Counts of class k against the rest where p >= threshold is called positive. */
struct counts {
	double tp, fp, tn, fn;
};
static struct counts count_at(const struct scores *s, int k, double threshold)
{
	struct counts c = {0};

	for (size_t i = 0; i < s->n; i++) {
		bool positive = s->item[i].label == k, called = s->p[i * s->nclass + k] >= threshold;
		*(called ? positive ? &c.tp : &c.fp : positive ? &c.fn : &c.tn) += 1;
	}
	return c;
}

/* Net benefit TP/n - FP/n pt/(1-pt) of the scores and of calling everything positive; of nothing it is 0. */
static void decision(const struct scores *s, int k, FILE *f)
{
	for (int percent = 1; percent < 100; percent++) {
		double pt = percent / 100., odds = pt / (1 - pt), n = (double)s->n;
		struct counts c = count_at(s, k, pt), all = count_at(s, k, 0);
		tsv_put(f, s->class[k], '\t');
		row(f, (double[]){pt, (c.tp - c.fp * odds) / n, (all.tp - all.fp * odds) / n}, 3);
	}
}

static void operating(const struct scores *s, int k, FILE *f)
{
	for (int percent = 5; percent < 100; percent += 5) {
		struct counts c = count_at(s, k, percent / 100.);
		tsv_put(f, s->class[k], '\t');
		row(f, (double[]){percent / 100., c.tp, c.fp, c.tn, c.fn, c.tp / (c.tp + c.fn), c.tn / (c.tn + c.fp),
		                  c.tp / (c.tp + c.fp), c.tn / (c.tn + c.fn)}, 9);
	}
}

/* What precision and npv would be where the positives are more or less common, by Bayes' rule from the predictions. */
static void prevalence(const struct scores *s, int k, FILE *f)
{
	static const double at[] = {.001, .01, .02, .05, .1, .2, .3, .5, .7};
	double tp = 0, tn = 0, pos = 0;

	for (size_t i = 0; i < s->n; i++) {
		bool positive = s->item[i].label == k, called = s->item[i].pred == k;
		pos += positive;
		tp += positive && called;
		tn += !positive && !called;
	}
	double recall = tp / pos, specificity = tn / ((double)s->n - pos);
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		double a = at[i], b = 1 - a;
		tsv_put(f, s->class[k], '\t');
		row(f, (double[]){a, recall * a / (recall * a + (1 - specificity) * b),
		                  specificity * b / (specificity * b + (1 - recall) * a)}, 3);
	}
}

struct doubt {
	double sure;
	size_t item;
};

static int surest_first(const void *a, const void *b)
{
	const struct doubt *x = a, *y = b;
	return x->sure != y->sure ? (x->sure < y->sure ? 1 : -1) : (x->item > y->item) - (x->item < y->item);
}

/* How sure a call is: of two classes the distance of p from the threshold, of more the largest probability. */
static struct doubt *doubts(const struct scores *s)
{
	struct doubt *d = xreallocarray(NULL, s->n, sizeof *d);
	double threshold = isfinite(s->threshold) ? s->threshold : .5;

	for (size_t i = 0; i < s->n; i++) {
		const double *p = s->p + i * s->nclass;
		d[i] = (struct doubt){0, i};
		for (int k = 0; s->nclass > 2 && k < s->nclass; k++)
			d[i].sure = fmax(d[i].sure, p[k]);
		if (s->nclass == 2)
			d[i].sure = fabs(p[1] - threshold);
	}
	qsort(d, s->n, sizeof *d, surest_first);
	return d;
}

/* Accuracy of what is left when the least sure calls are handed to a reader. */
static void referral(const struct metrics *m, FILE *f)
{
	const struct scores *s = m->scores;
	struct doubt *d = doubts(s);

	fputs("referred\taccuracy\tlo\thi\tn\n", f);
	for (int percent = 0; percent < 100; percent += 5) {
		size_t kept = s->n - s->n * percent / 100;
		int64_t right = 0;
		for (size_t i = 0; i < kept; i++)
			right += s->item[d[i].item].pred == s->item[d[i].item].label;
		struct estimate e = stat_wilson(right, (int64_t)kept, m->how.boot.level);
		fprintf(f, "%g\t", percent / 100.);
		row(f, (double[]){e.value, e.lo, e.hi, (double)kept}, 4);
	}
	free(d);
}

/* Wrong calls, the surest first. */
static void failures(const struct scores *s, FILE *f)
{
	struct doubt *d = doubts(s);

	fputs("id\tpatient\tlabel\tpred\tp_pred\tp_label\n", f);
	for (size_t i = 0; i < s->n; i++) {
		const struct scored_item *it = &s->item[d[i].item];
		const double *p = s->p + d[i].item * s->nclass;
		if (it->pred == it->label)
			continue;
		tsv_put(f, it->id, '\t');
		tsv_put(f, it->patient, '\t');
		tsv_put(f, s->class[it->label], '\t');
		tsv_put(f, s->class[it->pred], '\t');
		row(f, (double[]){p[it->pred], p[it->label]}, 2);
	}
	free(d);
}

void metrics_use(const struct metrics *m, enum curve c, FILE *f)
{
	static const struct {
		const char *header;
		void (*put)(const struct scores *s, int k, FILE *f);
	} table[NCURVE] = {
		[CURVE_decision] = {"class\tthreshold\tnet_benefit\tall\n", decision},
		[CURVE_operating] = {"class\tthreshold\ttp\tfp\ttn\tfn\trecall\tspecificity\tprecision\tnpv\n", operating},
		[CURVE_prevalence] = {"class\tprevalence\tprecision\tnpv\n", prevalence},
	};
	bool two = m->scores->nclass == 2;

	if (c == CURVE_referral) {
		referral(m, f);
	} else if (c == CURVE_failures) {
		failures(m->scores, f);
	} else {
		fputs(table[c].header, f);
		for (int k = two ? m->how.positive : 0; k < (two ? m->how.positive + 1 : m->scores->nclass); k++)
			table[c].put(m->scores, k, f);
	}
}
