/* A linear model of how the score depends on which superpixels are shown; the others are explain.blank (blank.h).
 *
 *   lime        each shown with probability 1/2, ridge regression (1), a sample's weight by how much is shown
 *               (Ribeiro 2016, as its authors' program has it for images)
 *   kernelshap  Shapley values by weighted regression (Lundberg 2017), all coalitions where samples allow, else
 *               drawn in pairs of complements; f(x) - f(nothing) is shared out exactly (Covert 2021)
 *
 * Every pixel has its superpixel's share, by its size, so that the map sums to what the model gives. */
#include "explain/superpixel.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "explain/maker.h"

/* In: A [n,n] symmetric and positive definite (overwritten), b [n]. Out: b becomes A^-1 b. By Cholesky. */
static void solve(double *a, double *b, int n)
{
	for (int i = 0; i < n; i++)
		for (int j = 0; j <= i; j++) {
			double sum = a[i * n + j];

			for (int k = 0; k < j; k++)
				sum -= a[i * n + k] * a[j * n + k];
			a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
		}
	for (int i = 0; i < n; i++) {
		for (int k = 0; k < i; k++)
			b[i] -= a[i * n + k] * b[k];
		b[i] /= a[i * n + i];
	}
	for (int i = n - 1; i >= 0; i--) {
		for (int k = i + 1; k < n; k++)
			b[i] -= a[k * n + i] * b[k];
		b[i] /= a[i * n + i];
	}
}

static int parts_of(const struct subject *s)
{
	return superpixel_count(subject_input(s)->h, subject_input(s)->w, subject_patch(s));
}

static void *begin_parts(const struct subject *s)
{
	const struct node *in = subject_input(s);
	int *label = xmalloc((size_t)in->h * (size_t)in->w * sizeof *label);

	superpixels(s->image, in->h, in->w, in->c, subject_patch(s), label);
	return label;
}

static void show(const struct subject *s, const unsigned char *shown, float *v)
{
	const int *label = s->state;
	size_t c = (size_t)subject_input(s)->c;

	for (size_t i = 0; i < subject_floats(s); i++)
		v[i] = shown[label[i / c]] ? s->image[i] : s->nothing[i];
}

static void spread(const struct subject *s, const double *value, float *map)
{
	const int *label = s->state;
	int n = parts_of(s), *size = xcalloc((size_t)n, sizeof *size);

	for (int i = 0; i < s->t->h * s->t->w; i++)
		size[label[i]]++;
	for (int i = 0; i < s->t->h * s->t->w; i++)
		map[i] = (float)(value[label[i]] / size[label[i]]);
	free(size);
}

/* a += w z z', b += w y z */
static void add_row(double *a, double *b, const unsigned char *z, int n, double w, double y)
{
	for (int i = 0; i < n; i++) {
		if (!z[i])
			continue;
		b[i] += w * y;
		for (int j = 0; j < n; j++)
			a[i * n + j] += w * z[j];
	}
}

/* ---- LIME: sample 0 shows all */

static void lime_shown(const struct subject *s, int i, unsigned char *z)
{
	struct rng r = subject_rng(s, i);

	for (int k = 0; k < parts_of(s); k++)
		z[k] = i == 0 || rng_u64(&r) >> 63;
}

static void lime_variant(const struct subject *s, int i, float *v)
{
	unsigned char *z = xmalloc((size_t)parts_of(s));

	lime_shown(s, i, z);
	show(s, z, v);
	free(z);
}

/* By the cosine distance of z from all ones, kernel width 1/4. */
static double lime_weight(const unsigned char *z, int n)
{
	double shown = 0;

	for (int k = 0; k < n; k++)
		shown += z[k];
	double d = 1 - sqrt(shown / n);
	return sqrt(exp(-d * d / (.25 * .25)));
}

static void map_lime(const struct subject *s, float *map)
{
	int n = parts_of(s), count = subject_samples(s);
	double *a = xcalloc((size_t)n * (size_t)n + 2 * (size_t)n, sizeof *a), *b = a + n * n, *mean = b + n;
	double total = 0, score = 0;
	unsigned char *z = xmalloc((size_t)n);

	for (int i = 0; i < count; i++) {
		lime_shown(s, i, z);
		double w = lime_weight(z, n);
		add_row(a, b, z, n, w, s->score[i]);
		total += w;
		score += w * s->score[i];
		for (int k = 0; k < n; k++)
			mean[k] += w * z[k];
	}
	for (int i = 0; i < n; i++) { /* the intercept: everything less its mean */
		b[i] -= mean[i] * score / total;
		for (int k = 0; k < n; k++)
			a[i * n + k] -= mean[i] * mean[k] / total - (i == k);
	}
	solve(a, b, n);
	spread(s, b, map);
	free(a);
	free(z);
}
const struct maker maker_lime = {.title = "LIME", .needs = NEED_PICTURE | NEED_RUNS | NEED_BLANK, .samples = 512,
	.count = subject_samples, .begin = begin_parts, .variant = lime_variant, .map = map_lime};

/* ---- KernelSHAP: variants 0 and 1 show nothing and all */

enum { FIRST = 2, MOST_BITS = 20 };

/* Every coalition but none and all, when they are no more than samples; else 0. */
static int all_coalitions(const struct subject *s)
{
	int n = parts_of(s);

	return n <= MOST_BITS && (1 << n) - 2 <= subject_samples(s) ? (1 << n) - 2 : 0;
}

static int shap_count(const struct subject *s)
{
	int n = parts_of(s);

	return FIRST + (n <= MOST_BITS && all_coalitions(s) == (1 << n) - 2 ? all_coalitions(s) : subject_samples(s));
}

/* How many of n a drawn coalition shows: s with a probability as 1 / (s (n - s)). */
static int draw_size(struct rng *r, int n)
{
	double total = 0, at;

	for (int k = 1; k < n; k++)
		total += 1. / k / (n - k);
	at = rng_uniform(r) * total;
	for (int k = 1; k < n - 1; k++)
		if ((at -= 1. / k / (n - k)) < 0)
			return k;
	return n - 1;
}

/* Two after each other are each other's complement. */
static void draw_coalition(const struct subject *s, int i, int n, unsigned char *z)
{
	struct rng r = subject_rng(s, i / 2);
	size_t *order = xmalloc((size_t)n * sizeof *order);
	int size = draw_size(&r, n);

	for (int k = 0; k < n; k++)
		order[k] = (size_t)k;
	rng_shuffle(&r, order, (size_t)n);
	for (int k = 0; k < n; k++)
		z[order[k]] = (k < size) ^ (i & 1);
	free(order);
}

/* Coalition i and its weight. */
static double coalition(const struct subject *s, int i, unsigned char *z)
{
	int n = parts_of(s), size = 0;
	double choose = 1;

	if (!all_coalitions(s)) {
		draw_coalition(s, i, n, z);
		return 1;
	}
	for (int k = 0; k < n; k++)
		size += z[k] = (i + 1) >> k & 1;
	for (int k = 1; k <= size; k++)
		choose *= (double)(n - size + k) / k;
	return (n - 1) / (choose * size * (n - size));
}

static void shap_variant(const struct subject *s, int i, float *v)
{
	int n = parts_of(s);
	unsigned char *z = xmalloc((size_t)n);

	if (i < FIRST)
		for (int k = 0; k < n; k++)
			z[k] = i;
	else
		coalition(s, i - FIRST, z);
	show(s, z, v);
	free(z);
}

/* The values that fit best among those that sum to delta: x = A^-1 (b + l 1), l by the constraint. */
static void solve_sum(double *a, double *b, int n, double delta)
{
	double trace = 0, sum = 0, ones = 0, *copy = xmalloc(((size_t)n * (size_t)n + (size_t)n) * sizeof *copy);
	double *one = copy + n * n;

	for (int i = 0; i < n; i++)
		trace += a[i * n + i];
	for (int i = 0; i < n; i++) {
		a[i * n + i] += trace > 0 ? 1e-10 * trace / n : 1; /* parts that were always shown together */
		one[i] = 1;
	}
	for (int i = 0; i < n * n; i++)
		copy[i] = a[i];
	solve(a, b, n);
	solve(copy, one, n);
	for (int i = 0; i < n; i++) {
		sum += b[i];
		ones += one[i];
	}
	for (int i = 0; i < n; i++)
		b[i] += one[i] * (delta - sum) / ones;
	free(copy);
}

static void map_kernelshap(const struct subject *s, float *map)
{
	int n = parts_of(s), count = shap_count(s) - FIRST;
	double *a = xcalloc((size_t)n * (size_t)n + (size_t)n, sizeof *a), *b = a + n * n;
	unsigned char *z = xmalloc((size_t)n);

	for (int i = 0; i < count && n > 1; i++) {
		double w = coalition(s, i, z);

		add_row(a, b, z, n, w, s->score[FIRST + i] - s->score[0]);
	}
	solve_sum(a, b, n, s->score[1] - s->score[0]);
	spread(s, b, map);
	free(a);
	free(z);
}
const struct maker maker_kernelshap = {.title = "KernelSHAP", .needs = NEED_PICTURE | NEED_RUNS | NEED_BLANK,
	.sums = true, .logits = LOGITS_SUM, .samples = 512, .count = shap_count, .begin = begin_parts, .variant = shap_variant,
	.map = map_kernelshap};
