/* Tables of what follows from using the scores: net benefit, operating points, referral, failures. */
#include "stat/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "stat/smooth.h"

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

/* Net benefit of calling class k where p >= at, a false positive costing `odds` (Vickers 2006): TP/n - FP/n odds. Where
 * a prevalence is stated the classes weigh as much as there. Normal interval, patients counted. */
static struct estimate net_benefit(const struct metrics *m, int k, double at, double odds)
{
	const struct scores *s = m->scores;
	struct counts c = count_at(s, k, at);
	double pos = c.tp + c.fn, neg = c.fp + c.tn, n = pos + neg, p = m->how.prevalence > 0 ? m->how.prevalence : pos / n;
	double value = p * c.tp / pos - (1 - p) * odds * c.fp / neg, square = 0;
	double *sum = xcalloc(m->patients.n + 1, sizeof *sum), patients = (double)m->patients.n;

	for (size_t i = 0; i < s->n; i++) {
		bool positive = s->item[i].label == k, called = s->p[i * s->nclass + k] >= at;
		double part = positive ? called : -odds * called;
		if (m->how.prevalence > 0)
			part = positive ? p / pos * (part - c.tp / pos) : (1 - p) / neg * (part + odds * c.fp / neg);
		else
			part = (part - value) / n;
		sum[m->patients.of[i]] += part;
	}
	for (size_t i = 0; i < m->patients.n; i++)
		square += sum[i] * sum[i];
	free(sum);
	double half = stat_normal_quantile(.5 + m->how.boot.level / 2) *
	              sqrt(square * patients / (patients - 1));
	if (!(half > 1e-12)) /* all patients are alike: that is no certainty */
		half = NAN;
	return (struct estimate){value, value - half, value + half, (int64_t)s->n};
}

/* Of the scores and of calling everything positive; of nothing it is 0. The threshold in use has a row of its own. */
static void decision(const struct metrics *m, int k, FILE *f)
{
	const struct scores *s = m->scores;
	double in_use = s->nclass == 2 ? k == 1 ? s->threshold : 1 - s->threshold : NAN;

	for (int percent = 1; percent < 100; percent++) {
		double next = percent / 100.;
		bool marked = in_use > next - .01 && in_use < next - 1e-9 && in_use > 0;
		for (int row_of_use = marked; row_of_use >= 0; row_of_use--) {
			double pt = row_of_use ? in_use : next, odds = pt / (1 - pt);
			struct estimate e = net_benefit(m, k, pt, odds), all = net_benefit(m, k, 0, odds);
			tsv_put(f, s->class[k], '\t');
			row(f, (double[]){pt, e.value, all.value, e.lo, e.hi, row_of_use || fabs(in_use - next) <= 1e-9}, 6);
		}
	}
}

static void operating(const struct metrics *m, int k, FILE *f)
{
	const struct scores *s = m->scores;

	for (int percent = 5; percent < 100; percent += 5) {
		struct counts c = count_at(s, k, percent / 100.);
		tsv_put(f, s->class[k], '\t');
		row(f, (double[]){percent / 100., c.tp, c.fp, c.tn, c.fn, c.tp / (c.tp + c.fn), c.tn / (c.tn + c.fp),
		                  c.tp / (c.tp + c.fp), c.tn / (c.tn + c.fn)}, 9);
	}
}

/* A measure of class k against the rest. */
static struct estimate of_class(const struct metrics *m, const char *measure, int k)
{
	char *name = m->scores->nclass == 2 ? xstrdup(measure) : xasprintf("%s.%s", measure, m->scores->class[k]);
	const struct estimate *e = metrics_get(m, name);

	free(name);
	return e ? *e : (struct estimate){NAN, NAN, NAN, 0};
}

/* What precision and npv would be where the positives are more or less common. */
static void prevalence(const struct metrics *m, int k, FILE *f)
{
	static const double at[] = {.001, .01, .02, .05, .1, .2, .3, .5, .7};
	struct estimate recall = of_class(m, "recall", k), specificity = of_class(m, "specificity", k);

	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		struct estimate precision = stat_predictive(recall, specificity, at[i]);
		struct estimate npv = stat_predictive(specificity, recall, 1 - at[i]);
		tsv_put(f, m->scores->class[k], '\t');
		row(f, (double[]){at[i], precision.value, precision.lo, precision.hi, npv.value, npv.lo, npv.hi}, 7);
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

static struct doubt *doubts(const struct scores *s)
{
	struct doubt *d = xreallocarray(NULL, s->n, sizeof *d);

	for (size_t i = 0; i < s->n; i++)
		d[i] = (struct doubt){scores_sure(s, i), i};
	qsort(d, s->n, sizeof *d, surest_first);
	return d;
}

/* Accuracy of what is left when the least sure calls are handed to a reader; those that are equally sure stay or go
 * together. */
static void referral(const struct metrics *m, FILE *f)
{
	const struct scores *s = m->scores;
	struct doubt *d = doubts(s);
	unsigned char *right = xmalloc(2 * s->n + 1), *kept = right + s->n;

	for (size_t i = 0; i < s->n; i++)
		right[i] = s->item[i].pred == s->item[i].label;
	fputs("referred\taccuracy\tlo\thi\tn\n", f);
	for (int percent = 0; percent < 100; percent += 5) {
		size_t n = s->n - s->n * percent / 100;
		while (n > 0 && n < s->n && d[n].sure == d[n - 1].sure)
			n++;
		memset(kept, 0, s->n);
		for (size_t i = 0; i < n; i++)
			kept[d[i].item] = 1;
		struct estimate e = stat_share_clustered(right, kept, s->n, m->patients, m->how.boot.level);
		fprintf(f, "%g\t", percent / 100.);
		row(f, (double[]){e.value, e.lo, e.hi, (double)n}, 4);
	}
	free(right);
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

/* The smooth calibration curve, from the lowest probability to the highest in steps of a hundredth. */
static void smooth(const struct metrics *m, int k, FILE *f)
{
	const struct scores *s = m->scores;
	double *x = s->nclass == 2 ? scores_odds(s, k) : NULL, low = INFINITY, high = -INFINITY;
	unsigned char *y = xmalloc(s->n + 1);
	struct smooth curve;

	for (size_t i = 0; x && i < s->n; i++) {
		low = fmin(low, x[i]);
		high = fmax(high, x[i]);
		y[i] = s->item[i].label == k;
	}
	bool found = x && stat_smooth(&curve, x, y, s->n, m->patients);
	for (int percent = 1; found && percent < 100; percent++) {
		double at = log(percent / (100. - percent));
		if (at < low || at > high)
			continue;
		struct estimate e = stat_smooth_at(&curve, at, m->how.boot.level);
		tsv_put(f, s->class[k], '\t');
		row(f, (double[]){percent / 100., e.value, e.lo, e.hi}, 4);
	}
	free(x);
	free(y);
}

void metrics_use(const struct metrics *m, enum curve c, FILE *f)
{
	static const struct {
		const char *header;
		void (*put)(const struct metrics *m, int k, FILE *f);
	} table[NCURVE] = {
		[CURVE_decision] = {"class\tthreshold\tnet_benefit\tall\tlo\thi\tin_use\n", decision},
		[CURVE_smooth] = {"class\tstated\tobserved\tlo\thi\n", smooth},
		[CURVE_operating] = {"class\tthreshold\ttp\tfp\ttn\tfn\trecall\tspecificity\tprecision\tnpv\n", operating},
		[CURVE_prevalence] = {"class\tprevalence\tprecision\tprecision_lo\tprecision_hi\tnpv\tnpv_lo\tnpv_hi\n", prevalence},
	};
	bool two = m->scores->nclass == 2;

	if (c == CURVE_referral) {
		referral(m, f);
	} else if (c == CURVE_failures) {
		failures(m->scores, f);
	} else {
		fputs(table[c].header, f);
		for (int k = two ? m->how.positive : 0; k < (two ? m->how.positive + 1 : m->scores->nclass); k++)
			table[c].put(m, k, f);
	}
}
