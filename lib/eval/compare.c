/* Two sets of scores of the same images: DeLong's paired test, McNemar's, and the bootstrap of the differences. */
#include "eval/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "stat/gaps.h"
#include "stat/words.h"

static const char *const measure_name[] = {
#define X(name, scope, interval) #name,
	MEASURES(X)
#undef X
};

struct both {
	struct sample a, b;
};

static void measure_difference(const void *ctx, const uint32_t *weight, double *value)
{
	const struct both *two = ctx;
	size_t n = sample_values(&two->a), nclass = two->a.nclass;
	int64_t *confusion = xcalloc(nclass * nclass, sizeof *confusion);
	double *other = xcalloc(n, sizeof *other);

	sample_measure(&two->a, weight, confusion, value);
	sample_measure(&two->b, weight, confusion, other);
	for (size_t i = 0; i < n; i++)
		value[i] -= other[i];
	free(confusion);
	free(other);
}

static struct estimate auc_difference(const struct scores *s, const struct scores *other, int k,
                                      struct clusters patients, double level, double *p)
{
	double *a = xreallocarray(NULL, 2 * s->n, sizeof *a);
	unsigned char *y = xmalloc(s->n);

	for (size_t i = 0; i < s->n; i++) {
		a[i] = scores_rank(s, i, k);
		a[s->n + i] = scores_rank(other, i, k);
		y[i] = s->item[i].label == k;
	}
	struct estimate e = patients.n < s->n
	                    ? stat_auc_difference_clustered(a, a + s->n, y, s->n, patients, level, p)
	                    : stat_auc_difference(a, a + s->n, y, s->n, level, p);
	if (e.lo >= e.hi) { /* no width */
		double same;
		e = stat_auc_difference_clustered(a, a + s->n, y, s->n, patients, level, &same);
	}
	free(a);
	free(y);
	return e;
}

static double mcnemar(const struct scores *s, const struct scores *other, struct clusters patients)
{
	signed char *d = xmalloc(s->n + 1);
	int64_t only[2] = {0, 0};

	for (size_t i = 0; i < s->n; i++) {
		bool a = s->item[i].pred == s->item[i].label, b = other->item[i].pred == other->item[i].label;
		d[i] = (signed char)(a - b);
		only[0] += a && !b;
		only[1] += b && !a;
	}
	double p = patients.n < s->n ? stat_mcnemar_clustered(d, s->n, patients) : stat_mcnemar(only[0], only[1]);
	free(d);
	return p;
}

/* Is s worse by less than the margin, lo and hi being the interval of the difference? */
static const char *noninferior(const char *name, double lo, double hi, double margin)
{
	const struct word *w = word_find(name);

	if (margin <= 0 || !w || w->better == 0 || !isfinite(lo) || !isfinite(hi))
		return "";
	return (w->better > 0 ? lo > -margin : hi < margin) ? "yes" : "no";
}

/* Why there is no interval. What two sets of probabilities would show by chance alone is not the same for both:
 * resamples of sums over bins, which only add to it, say nothing of their difference. */
static const char *note_of(enum measure what, const double x[6], const struct bootstrap *how)
{
	if (isfinite(x[3]) && isfinite(x[4]))
		return "";
	return stat_is_gaps(what) ? "withheld: resampling raises both" : isnan(x[2]) ? "not defined"
	       : !how->resamples ? "withheld: no resamples were asked for" : "withheld: resamples do not differ";
}

static void write_row(FILE *f, const char *name, const double x[6], double margin, const char *note)
{
	char buf[NUM_TEXT];

	fputs(name, f);
	for (int i = 0; i < 6; i++)
		fprintf(f, "\t%s", num_text(x[i], buf));
	fprintf(f, "\t%s", noninferior(name, x[3], x[4], margin));
	fprintf(f, "\t%s\t%s\n", num_text(margin > 0 ? margin : NAN, buf), note);
}

static int same_classes(const struct scores *s, const struct scores *other, struct err *e)
{
	if (other->nclass != s->nclass)
		return err_set(e, "%d classes, here are %d", other->nclass, s->nclass);
	for (int k = 0; k < s->nclass; k++)
		if (strcmp(other->class[k], s->class[k]))
			return err_set(e, "class '%s' where '%s' is here", other->class[k], s->class[k]);
	return 0;
}

/* The closed forms take the place of the bootstrap's interval where there is one. */
static void write_measures(const struct scores *s, const struct scores *other, const struct both *two,
                           const struct metrics_how *how, double margin, FILE *f)
{
	size_t n = sample_values(&two->a);
	double *v = xcalloc(4 * n, sizeof *v), *lo = v + 2 * n, *hi = v + 3 * n;
	int64_t *confusion = xcalloc(s->nclass * s->nclass, sizeof *confusion);
	struct clusters patients;
	uint32_t *of = scores_patients(s, &patients.n);

	patients.of = of;
	if (how->by_image)
		patients.n = s->n;
	sample_measure(&two->a, two->a.ones, confusion, v);
	sample_measure(&two->b, two->b.ones, confusion, v + n);
	scores_bootstrap(s, &how->boot, measure_difference, two, n, lo, hi);
	fputs("metric\tvalue\tother\tdifference\tlo\thi\tp\tnoninferior\tmargin\tnote\n", f);
	for (int i = 0; i < NMEASURE; i++) {
		double x[] = {v[i], v[n + i], v[i] - v[n + i], lo[i], hi[i], i == M_accuracy ? mcnemar(s, other, patients) : NAN};
		if (i == M_auc && s->nclass == 2) {
			struct estimate d = auc_difference(s, other, how->positive, patients, how->boot.level, &x[5]);
			x[3] = how->bootstrap_all ? lo[i] : d.lo;
			x[4] = how->bootstrap_all ? hi[i] : d.hi;
		}
		if (x[3] >= x[4] || stat_is_gaps(i))
			x[3] = x[4] = NAN; /* no resample, or no image, tells the two apart */
		write_row(f, measure_name[i], x, margin, note_of(i, x, &how->boot));
	}
	free(of);
	free(v);
	free(confusion);
}

int eval_compare(const struct scores *s, struct scores *other, const struct metrics_how *how, double margin, FILE *f,
                 struct err *e)
{
	struct both two = {0};

	if (same_classes(s, other, e) || scores_align(other, s, e))
		return -1;
	int rc = sample_make(&two.a, s, how->positive, e) || sample_make(&two.b, other, how->positive, e) ? -1 : 0;
	if (!rc)
		write_measures(s, other, &two, how, margin, f);
	sample_free(&two.a);
	sample_free(&two.b);
	return rc;
}
