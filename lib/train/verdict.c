/* What an epoch came to on the validation set. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "train/batch.h"
#include "train/trainer.h"
#include "stat/stat.h"

/* How much image i looks like class k, for all i and one k. */
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

/* The logits of all images, to z [n][logits]. 1: *stop became true. */
static int run_all(struct plan *p, const struct net *n, const struct dataset *d, const struct frozen *f, int batch,
                   struct pool *pool, struct ranks *ranks, volatile sig_atomic_t *stop, float *z)
{
	size_t logits = (size_t)net_logits(n), i, end;

	for (ranks_share(ranks, d->n, &i, &end); i < end && !(stop && *stop); i += (size_t)batch) {
		struct batch b = {.set = d, .first = i, .n = end - i < (size_t)batch ? (int)(end - i) : batch};

		if (f) {
			b.value = f->val;
			b.size = f->size;
		}
		batch_load(&b, plan_input(p), pool);
		plan_forward(p, b.n, 0);
		memcpy(z + i * logits, plan_value(p, n->g->output), (size_t)b.n * logits * sizeof *z);
	}
	if (ranks_any(ranks, i < end))
		return 1;
	ranks_collect(ranks, z, d->n, logits * sizeof *z);
	return 0;
}

static struct verdict judge(const struct loss *l, const float *z, const struct dataset *d, int batch)
{
	size_t logits = (size_t)loss_logits(l), classes = (size_t)l->classes;
	double *rank = xcalloc(d->n * classes, sizeof *rank);
	struct loss_sum sum = {0};
	struct verdict v;

	for (size_t i = 0; i < d->n; i += (size_t)batch)
		loss_batch(l, z + i * logits, d->label + i, d->n - i < (size_t)batch ? (int)(d->n - i) : batch, NULL, &sum);
	for (size_t i = 0; i < d->n * classes; i++)
		rank[i] = loss_rank(z + i / classes * logits, (int)logits, (int)(i % classes));
	v = (struct verdict){
		loss_mean(&sum), (double)sum.hits / (double)sum.n, mean_auc(rank, d->label, d->n, l->classes)};
	free(rank);
	return v;
}

int train_verdict(struct plan *p, const struct net *n, const struct dataset *d, const struct frozen *f,
                  const struct loss *l, int batch, struct pool *pool, struct ranks *ranks, volatile sig_atomic_t *stop,
                  struct verdict *v)
{
	float *z = xcalloc(d->n * (size_t)net_logits(n), sizeof *z);
	int rc = run_all(p, n, d, f, batch, pool, ranks, stop, z);

	if (!rc)
		*v = judge(l, z, d, batch);
	free(z);
	return rc;
}
