#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "nn/batch.h"
#include "nn/train.h"
#include "stat/stat.h"

/* How much picture i looks like class k, for all i and one k. */
static double auc_of(const double *rank, const int *label, size_t n, int classes, int k)
{
	double *score = xcalloc(n, sizeof *score);
	unsigned char *positive = xcalloc(n, 1);
	struct estimate a;

	for (size_t i = 0; i < n; i++) {
		score[i] = rank[i * (size_t)classes + (size_t)k];
		positive[i] = label[i] == k;
	}
	a = stat_auc(score, positive, n, .95);
	free(score);
	free(positive);
	return a.value;
}

static double mean_auc(const double *rank, const int *label, size_t n, int classes)
{
	double sum = 0;

	if (classes == 2)
		return auc_of(rank, label, n, 2, 1);
	for (int k = 0; k < classes; k++)
		sum += auc_of(rank, label, n, classes, k);
	return sum / classes;
}

int train_verdict(struct plan *p, const struct net *n, const struct dataset *d, const struct frozen *f,
                  const struct loss *l, int batch, struct pool *pool, volatile sig_atomic_t *stop, struct verdict *v)
{
	int classes = l->classes, logits = loss_logits(l);
	double *rank = xcalloc(d->n * (size_t)classes, sizeof *rank), *to = rank;
	int *label = xcalloc((size_t)batch, sizeof *label);
	struct loss_sum sum = {0};
	size_t i = 0;

	while (i < d->n && !(stop && *stop)) {
		struct batch b = {.set = d, .first = i, .n = d->n - i < (size_t)batch ? (int)(d->n - i) : batch};
		const float *z;

		if (f) {
			b.value = f->val;
			b.size = f->size;
		}
		batch_labels(&b, label, NULL);
		batch_load(&b, plan_input(p), pool);
		plan_forward(p, b.n, 0);
		z = plan_value(p, n->g->output);
		loss_batch(l, z, label, b.n, NULL, &sum);
		for (int j = 0; j < b.n; j++)
			for (int k = 0; k < classes; k++)
				*to++ = loss_rank(z + j * logits, logits, k);
		i += (size_t)b.n;
	}
	if (i == d->n)
		*v = (struct verdict){
			loss_mean(&sum), (double)sum.hits / (double)sum.n, mean_auc(rank, d->label, d->n, classes)};
	free(rank);
	free(label);
	return i < d->n;
}
