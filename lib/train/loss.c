/* Losses and their gradients with respect to the logits. */
#include "train/loss.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/choice.h"

static const char *const names[] = {[LOSS_BCE] = "bce", [LOSS_CE] = "ce", [LOSS_DICE] = "dice"};

int loss_parse(const char *name, enum loss_kind *kind, struct err *e)
{
	int k = choice_find("loss", name, names, sizeof names / sizeof *names, e);

	if (k >= 0)
		*kind = (enum loss_kind)k;
	return k < 0 ? -1 : 0;
}

const char *loss_name(enum loss_kind kind)
{
	return names[kind];
}

int loss_logits(const struct loss *l)
{
	return l->kind == LOSS_CE ? l->classes : 1;
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

static double sigmoid(double z)
{
	return z >= 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z));
}

/* One image: loss before weighting, and its gradient times scale. */
static double bce(double z, int label, double scale, float *dz)
{
	if (dz)
		*dz = (float)(scale * (sigmoid(z) - label));
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

static struct mix mix_at(const struct mix *mix, const int *label, int i)
{
	return mix ? mix[i] : (struct mix){label[i], 1};
}

double loss_total(const struct loss *l, const int *label, const struct mix *mix, int n)
{
	double sum = 0;

	if (l->kind == LOSS_BCE)
		return n;
	for (int i = 0; i < n; i++) {
		struct mix m = mix_at(mix, label, i);

		sum += m.share * weight_of(l, label[i]);
		if (m.share < 1)
			sum += (1 - m.share) * weight_of(l, m.other);
	}
	return sum;
}

/* Any targets. With f(p) = (1 - p)^gamma (-log p): a[k] = t[k] w[k], g[k] = p[k] f'(p[k]), and the gradient is
 * a[j] g[j] - p[j] sum of a[k] g[k]. One logit is the two logits 0, z. */
struct soft {
	double a, p, f, g;
};
static struct soft soft_at(const struct loss *l, int k, double log_p, int label, struct mix m)
{
	double t = (1 - l->smoothing) * (m.share * (k == label) + (1 - m.share) * (k == m.other));
	double q = -expm1(log_p), power = l->gamma > 0 ? pow(q, l->gamma) : 1;
	struct soft s = {.a = (t + l->smoothing / l->classes) * weight_of(l, k), .p = exp(log_p), .f = -power * log_p};

	s.g = -power * (1 + l->gamma * s.p * (q > 0 ? -log_p / q : 1));
	return s;
}

static double soft(const struct loss *l, const float *z, int label, struct mix m, double scale, float *dz)
{
	bool one = l->kind == LOSS_BCE;
	double total = one ? 0 : log_sum_exp(z, l->classes, -1), value = 0, sum = 0;

	for (int pass = 0; pass < 2; pass++)
		for (int k = 0; k < l->classes; k++) {
			double log_p = one ? -softplus(k ? -(double)z[0] : z[0]) : z[k] - total;
			struct soft s = soft_at(l, k, log_p, label, m);

			if (pass && dz && (k || !one))
				dz[one ? 0 : k] = (float)(scale * (s.a * s.g - s.p * sum));
			value += pass || s.a == 0 ? 0 : s.a * s.f;
			sum += pass ? 0 : s.a * s.g;
		}
	return value;
}

static double image(const struct loss *l, const float *z, int label, struct mix m, double total, float *dz)
{
	double w = weight_of(l, label);

	if (l->gamma > 0 || l->smoothing > 0 || m.share < 1)
		return soft(l, z, label, m, 1 / total, dz);
	if (l->kind == LOSS_BCE)
		return w * bce(z[0], label, w / total, dz);
	return w * ce(z, l->classes, label, w / total, dz);
}

double loss_part(const struct loss *l, const float *z, const int *label, const struct mix *mix, int n, double total,
                 float *dz, struct loss_sum *sum)
{
	int logits = loss_logits(l);
	double value = 0;

	for (int i = 0; i < n; i++, z += logits) {
		float *d = dz ? dz + (size_t)i * (size_t)logits : NULL;

		value += image(l, z, label[i], mix_at(mix, label, i), total, d);
		sum->hits += named(z, logits) == label[i];
	}
	sum->n += n;
	sum->value += value;
	sum->weight += loss_total(l, label, mix, n);
	return value / total;
}

double loss_batch(const struct loss *l, const float *z, const int *label, int n, float *dz, struct loss_sum *sum)
{
	return loss_part(l, z, label, NULL, n, loss_total(l, label, NULL, n), dz, sum);
}

/* The Dice of what is at least half. */
static double hard_dice(const float *z, const float *mask, size_t n)
{
	size_t both = 0, sum = 0;

	for (size_t i = 0; i < n; i++) {
		bool p = z[i] >= 0, t = mask[i] >= .5f;

		both += p && t;
		sum += (size_t)p + (size_t)t;
	}
	return sum ? 2 * (double)both / (double)sum : 1;
}

static double map_bce(const float *z, const float *mask, size_t n, double total, float *dz)
{
	double sum = 0, scale = 1 / ((double)n * total);

	for (size_t i = 0; i < n; i++) {
		sum += softplus(z[i]) - (double)mask[i] * z[i];
		if (dz)
			dz[i] = (float)(scale * (sigmoid(z[i]) - mask[i]));
	}
	return sum / (double)n;
}

static double map_dice(const float *z, const float *mask, size_t n, double total, float *dz)
{
	double both = 1, sum = 1;

	for (size_t i = 0; i < n; i++) {
		double p = sigmoid(z[i]);

		both += 2 * p * mask[i];
		sum += p + mask[i];
	}
	for (size_t i = 0; dz && i < n; i++) {
		double p = sigmoid(z[i]);

		dz[i] = (float)((both - 2 * mask[i] * sum) / (sum * sum) * p * (1 - p) / total);
	}
	return 1 - both / sum;
}

double loss_map(enum loss_kind kind, const float *z, const float *mask, size_t n, double total, float *dz,
                struct loss_sum *sum)
{
	double value;

	if (mask[0] < 0) {
		if (dz)
			memset(dz, 0, n * sizeof *dz);
		return 0;
	}
	value = (kind == LOSS_DICE ? map_dice : map_bce)(z, mask, n, total, dz);
	sum->hits += hard_dice(z, mask, n);
	sum->value += value;
	sum->weight++;
	sum->n++;
	return value / total;
}

double loss_rank(const float *z, int logits, int k)
{
	if (logits == 1)
		return k ? z[0] : -(double)z[0];
	return z[k] - log_sum_exp(z, logits, k);
}
