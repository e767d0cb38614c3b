/* The cuts that say when not to answer, from the images that a model is calibrated on. */
#include "eval/eval.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "stat/conformal.h"

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Ranks of the images of class k for it, ascending, in fresh memory; *patients is how many patients these have. */
static double *own_ranks(const struct scores *s, enum eval_where where, int k, const struct clusters *c, size_t *n,
                         size_t *patients)
{
	int shifts = where == EVAL_STRESS ? s->nshifted : 0;
	double *rank = xreallocarray(NULL, s->n * (1 + (size_t)shifts) + 1, sizeof *rank);
	unsigned char *met = xcalloc(c->n + 1, 1);

	*n = *patients = 0;
	for (int shift = 0; shift <= shifts; shift++) {
		const struct scores *of = shift ? &s->shifted[shift - 1] : s;
		for (size_t i = 0; i < of->n; i++) {
			if (of->item[i].label != k)
				continue;
			rank[(*n)++] = scores_rank(of, i, k);
			*patients += !met[c->of[i]];
			met[c->of[i]] = 1;
		}
	}
	free(met);
	qsort(rank, *n, sizeof *rank, ascending);
	return rank;
}

/* A model ranks in single precision: the image that gave the cut must not fall below it by rounding. */
static const double rounding = 1e-6;

void eval_cuts_write(const struct scores *on, enum eval_where where, FILE *f)
{
	struct clusters c;
	uint32_t *of = scores_patients(on, &c.n);

	c.of = of;
	for (int k = 0; k < on->nclass && on->nlogit > 0; k++) {
		double cut[CONFORMAL_CUTS];
		size_t n, patients;
		double *rank = own_ranks(on, where, k, &c, &n, &patients);

		for (int i = 0; i < CONFORMAL_CUTS; i++) {
			double at = conformal_cut(rank, n, patients, (CONFORMAL_FIRST + i) / 100.);
			cut[i] = isinf(at) ? at : at - rounding * fabs(at);
		}
		char *text = conformal_text(cut);
		fprintf(f, "conformal.%d\t%s\n", k, text);
		free(text);
		free(rank);
	}
	free(of);
}
