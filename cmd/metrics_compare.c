/* Two sets of scores of the same images: DeLong's paired test, McNemar's, and the bootstrap of the differences. */
#include "metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

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

static struct estimate delong(const struct scores *s, const struct scores *other, int k, double level, double *p)
{
	double *a = xreallocarray(NULL, 2 * s->n, sizeof *a);
	unsigned char *y = xmalloc(s->n);

	for (size_t i = 0; i < s->n; i++) {
		a[i] = scores_rank(s, i, k);
		a[s->n + i] = scores_rank(other, i, k);
		y[i] = s->item[i].label == k;
	}
	struct estimate e = stat_auc_difference(a, a + s->n, y, s->n, level, p);
	free(a);
	free(y);
	return e;
}

static double mcnemar(const struct scores *s, const struct scores *other)
{
	int64_t only[2] = {0, 0};

	for (size_t i = 0; i < s->n; i++) {
		bool a = s->item[i].pred == s->item[i].label, b = other->item[i].pred == other->item[i].label;
		only[0] += a && !b;
		only[1] += b && !a;
	}
	return stat_mcnemar(only[0], only[1]);
}

static void print_row(const char *name, const double *x, int n)
{
	char buf[NUM_TEXT];

	fputs(name, stdout);
	for (int i = 0; i < n; i++)
		printf("\t%s", num_text(x[i], buf));
	putchar('\n');
}

void print_comparison(const struct choice *c, const struct scores *s)
{
	struct scores other;
	struct both two;
	struct err e;

	input_scores(&other, c->compare, c->filter, c->nfilter);
	if (other.nclass != s->nclass)
		die("%s: %d classes, here are %d", c->compare, other.nclass, s->nclass);
	for (int k = 0; k < s->nclass; k++)
		if (strcmp(other.class[k], s->class[k]))
			die("%s: class '%s' where '%s' is here", c->compare, other.class[k], s->class[k]);
	if (other.seen && !c->allow_seen)
		die("%s: %lld of %zu images were trained on (--allow-seen goes on all the same)", c->compare,
		    (long long)other.seen, other.n);
	if (scores_align(&other, s, &e) && err_prefix(&e, "%s", c->compare))
		die_err(&e);
	if (sample_make(&two.a, s, c->how.positive, &e) || sample_make(&two.b, &other, c->how.positive, &e))
		die_err(&e);
	size_t n = sample_values(&two.a);
	double *v = xcalloc(5 * n, sizeof *v), *lo = v + 3 * n, *hi = v + 4 * n;
	int64_t *confusion = xcalloc(s->nclass * s->nclass, sizeof *confusion);
	sample_measure(&two.a, two.a.ones, confusion, v);
	sample_measure(&two.b, two.b.ones, confusion, v + n);
	scores_bootstrap(s, &c->how.boot, measure_difference, &two, n, lo, hi);
	puts("metric\tvalue\tother\tdifference\tlo\thi\tp");
	for (int i = 0; i < NMEASURE; i++) {
		double x[] = {v[i], v[n + i], v[i] - v[n + i], lo[i], hi[i], i == M_accuracy ? mcnemar(s, &other) : NAN};
		if (i == M_auc && s->nclass == 2) {
			struct estimate d = delong(s, &other, c->how.positive, c->how.boot.level, &x[5]);
			x[3] = c->how.bootstrap_all ? lo[i] : d.lo;
			x[4] = c->how.bootstrap_all ? hi[i] : d.hi;
		}
		print_row(measure_name[i], x, 6);
	}
	free(v);
	free(confusion);
	sample_free(&two.a);
	sample_free(&two.b);
	scores_free(&other);
}
