#include "nn/loss.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {[LOSS_BCE] = "bce", [LOSS_CE] = "ce"};

int loss_parse(const char *name, enum loss_kind *kind, struct err *e)
{
	for (int k = 0; k < 2; k++)
		if (!strcmp(name, names[k])) {
			*kind = k;
			return 0;
		}
	return err_set(e, "unknown loss '%s' (bce, ce)", name);
}

const char *loss_name(enum loss_kind kind)
{
	return names[kind];
}

int loss_logits(const struct loss *l)
{
	return l->kind == LOSS_BCE ? 1 : l->classes;
}

double loss_mean(const struct loss_sum *s)
{
	return s->weight > 0 ? s->value / s->weight : NAN;
}

static double weight_of(const struct loss *l, int label)
{
	return l->weight ? l->weight[label] : 1;
}

/* log(sum(exp(z))) without overflow; a NaN stays one. */
static double log_sum_exp(const float *z, int n, int skip)
{
	double top = -INFINITY, sum = 0;

	for (int k = 0; k < n; k++)
		if (k != skip && !(z[k] <= top))
			top = z[k];
	if (isinf(top))
		return top;
	for (int k = 0; k < n; k++)
		if (k != skip)
			sum += exp(z[k] - top);
	return top + log(sum);
}

/* log(1 + exp(x)) */
static double softplus(double x)
{
	return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* One picture: loss before weighting, and its gradient times scale. */
static double bce(double z, int label, double scale, float *dz)
{
	double p = z >= 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z));

	if (dz)
		*dz = (float)(scale * (p - label));
	return softplus(label ? -z : z);
}

static double ce(const float *z, int n, int label, double scale, float *dz)
{
	double total = log_sum_exp(z, n, -1);

	for (int k = 0; dz && k < n; k++)
		dz[k] = (float)(scale * (exp(z[k] - total) - (k == label)));
	return total - z[label];
}

static int named(const float *z, int logits)
{
	int best = 0;

	if (logits == 1)
		return z[0] >= 0;
	for (int k = 1; k < logits; k++)
		if (z[k] > z[best])
			best = k;
	return best;
}

/* What the batch's mean divides by. */
static double divisor(const struct loss *l, const int *label, int n)
{
	double sum = 0;

	if (l->kind == LOSS_BCE)
		return n;
	for (int i = 0; i < n; i++)
		sum += weight_of(l, label[i]);
	return sum;
}

double loss_batch(const struct loss *l, const float *z, const int *label, int n, float *dz, struct loss_sum *sum)
{
	int logits = loss_logits(l);
	double total = divisor(l, label, n), value = 0;

	for (int i = 0; i < n; i++, z += logits) {
		double w = weight_of(l, label[i]);
		float *d = dz ? dz + (size_t)i * (size_t)logits : NULL;

		value += w * (l->kind == LOSS_BCE ? bce(z[0], label[i], w / total, d)
		                                  : ce(z, logits, label[i], w / total, d));
		sum->hits += named(z, logits) == label[i];
	}
	sum->n += n;
	sum->value += value;
	sum->weight += total;
	return value / total;
}

double loss_rank(const float *z, int logits, int k)
{
	if (logits == 1)
		return k ? z[0] : -(double)z[0];
	return z[k] - log_sum_exp(z, logits, k);
}
