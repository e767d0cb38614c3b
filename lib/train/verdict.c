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

struct held_out {
	struct plan *p;
	const struct net *n;
	const struct dataset *d;
	const struct frozen *f;
	const struct loss *l;
	int batch;
	struct pool *pool;
	struct ranks *ranks;
};

/* What is kept of an image's output: its logits; of a map its sums, a loss and a Dice. */
static size_t row_size(const struct net *n)
{
	return net_is_map(n) ? sizeof(struct loss_sum) : (size_t)net_logits(n) * sizeof(float);
}

/* The sums of every map of the batch, to row [b->n]. */
static void judge_maps(const struct held_out *t, const struct batch *b, const float *z, struct loss_sum *row)
{
	size_t pixels = (size_t)t->d->recipe.height * (size_t)t->d->recipe.width;
	float *mask = xmalloc((size_t)b->n * pixels * sizeof *mask);

	batch_masks(b, mask, t->pool);
	for (size_t i = 0; i < (size_t)b->n; i++)
		loss_map(t->l->kind, z + i * pixels, mask + i * pixels, pixels, 1, NULL, &row[i]);
	free(mask);
}

/* The rows of all images. 1: *stop became true. */
static int run_all(const struct held_out *t, volatile sig_atomic_t *stop, void *row)
{
	size_t size = row_size(t->n), i, end;

	for (ranks_share(t->ranks, t->d->n, &i, &end); i < end && !(stop && *stop); i += (size_t)t->batch) {
		struct batch b = {.set = t->d, .first = i, .n = end - i < (size_t)t->batch ? (int)(end - i) : t->batch};
		unsigned char *to = (unsigned char *)row + i * size;

		if (t->f) {
			b.value = t->f->val;
			b.size = t->f->size;
		}
		batch_load(&b, plan_input(t->p), t->pool);
		plan_forward(t->p, b.n, 0);
		if (net_is_map(t->n))
			judge_maps(t, &b, plan_value(t->p, t->n->g->output), (struct loss_sum *)(void *)to);
		else
			memcpy(to, plan_value(t->p, t->n->g->output), (size_t)b.n * size);
	}
	if (ranks_any(t->ranks, i < end))
		return 1;
	ranks_collect(t->ranks, row, t->d->n, size);
	return 0;
}

static struct verdict sum_maps(const struct loss_sum *row, size_t n)
{
	struct loss_sum sum = {0};

	for (size_t i = 0; i < n; i++) {
		sum.value += row[i].value;
		sum.weight += row[i].weight;
		sum.hits += row[i].hits;
		sum.n += row[i].n;
	}
	return (struct verdict){loss_mean(&sum), sum.hits / (double)sum.n, NAN, 0};
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
	v = (struct verdict){loss_mean(&sum), sum.hits / (double)sum.n, mean_auc(rank, d->label, d->n, l->classes), 0};
	for (size_t i = 0; i < d->n * logits; i++)
		v.most = fmax(v.most, fabs((double)z[i]));
	free(rank);
	return v;
}

int train_verdict(struct plan *p, const struct net *n, const struct dataset *d, const struct frozen *f,
                  const struct loss *l, int batch, struct pool *pool, struct ranks *ranks, volatile sig_atomic_t *stop,
                  struct verdict *v)
{
	struct held_out t = {p, n, d, f, l, batch, pool, ranks};
	void *row = xcalloc(d->n, row_size(n));
	int rc = run_all(&t, stop, row);

	if (!rc)
		*v = net_is_map(n) ? sum_maps(row, d->n) : judge(l, row, d, batch);
	free(row);
	return rc;
}
