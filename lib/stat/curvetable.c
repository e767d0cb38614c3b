/* The tables of curves that plots are made from. */
#include "stat/metrics.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"

const char *const curve_name[NCURVE] = {
#define X(name, words) #name,
	CURVES(X)
#undef X
}, *const curve_words[NCURVE] = {
#define X(name, words) words,
	CURVES(X)
#undef X
};

static void number(FILE *f, double x, char end)
{
	char buf[NUM_TEXT];
	fprintf(f, "%s%c", num_text(x, buf), end);
}

struct against against_make(const struct scores *s, int class)
{
	struct against a = {xreallocarray(NULL, s->n, sizeof(double)), xreallocarray(NULL, s->n, sizeof(double)),
	                    xmalloc(s->n)};

	for (size_t i = 0; i < s->n; i++) {
		a.rank[i] = scores_rank(s, i, class);
		a.p[i] = s->p[i * s->nclass + class];
		a.positive[i] = s->item[i].label == class;
	}
	return a;
}

void against_free(struct against *a)
{
	free(a->rank);
	free(a->p);
	free(a->positive);
}

static void put_points(const struct metrics *m, enum curve c, int class, const struct against *a, FILE *f)
{
	size_t n;
	struct point *point = stat_curve(a->rank, a->p, a->positive, m->scores->n, &n);

	for (size_t i = 0; i < n; i++) {
		tsv_put(f, m->scores->class[class], '\t');
		number(f, c == CURVE_roc ? point[i].fpr : point[i].tpr, '\t');
		number(f, c == CURVE_roc ? point[i].tpr : point[i].precision, '\t');
		number(f, point[i].p, '\t');
		number(f, point[i].score, '\n');
	}
	free(point);
}

static void put_bins(const struct metrics *m, int class, const struct against *a, FILE *f)
{
	struct bin bin[STAT_BINS];

	stat_bins(a->p, a->positive, m->scores->n, m->how.boot.level, bin);
	for (int b = 0; b < STAT_BINS; b++) {
		tsv_put(f, m->scores->class[class], '\t');
		number(f, bin[b].lo, '\t');
		number(f, bin[b].hi, '\t');
		number(f, bin[b].stated, '\t');
		number(f, bin[b].observed.value, '\t');
		number(f, bin[b].observed.lo, '\t');
		number(f, bin[b].observed.hi, '\t');
		fprintf(f, "%lld\n", (long long)bin[b].n);
	}
}

static void put_confusion(const struct metrics *m, FILE *f)
{
	const struct scores *s = m->scores;

	fputs("label\t", f);
	for (int k = 0; k < s->nclass; k++)
		tsv_put(f, s->class[k], k + 1 < s->nclass ? '\t' : '\n');
	for (int i = 0; i < s->nclass * s->nclass; i++) {
		if (i % s->nclass == 0)
			tsv_put(f, s->class[i / s->nclass], '\t');
		fprintf(f, "%lld%c", (long long)m->confusion[i], (i + 1) % s->nclass ? '\t' : '\n');
	}
}

void metrics_curve(const struct metrics *m, enum curve c, FILE *f)
{
	static const char *const header[NCURVE] = {
		[CURVE_roc] = "class\tfpr\ttpr\tthreshold\tz\n",
		[CURVE_pr] = "class\trecall\tprecision\tthreshold\tz\n",
		[CURVE_calibration] = "class\tlo\thi\tstated\tobserved\tobserved_lo\tobserved_hi\tn\n",
	};
	bool two = m->scores->nclass == 2;

	if (c == CURVE_confusion)
		put_confusion(m, f);
	if (c > CURVE_confusion)
		metrics_use(m, c, f);
	if (c >= CURVE_confusion)
		return;
	fputs(header[c], f);
	for (int k = two ? m->how.positive : 0; k < m->scores->nclass; k++) {
		struct against a = against_make(m->scores, k);
		if (c == CURVE_calibration)
			put_bins(m, k, &a, f);
		else
			put_points(m, c, k, &a, f);
		against_free(&a);
		if (two)
			break;
	}
}
