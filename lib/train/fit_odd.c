/* The distribution of a network's features over its training images, and the cut by validation images. */
#include "train/fit_odd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "nn/odd.h"
#include "train/batch.h"

/* Features and facts of some images of a set. */
struct seen {
	size_t n;
	float *feature; /* [n][features] */
	double (*fact)[ODD_FACTS];
};

static void seen_free(struct seen *s)
{
	free(s->feature);
	free(s->fact);
}

/* Every so manieth image, ODD_IMAGES at most. */
static void look(struct seen *s, const struct odd *o, struct plan *p, const struct dataset *d, int batch,
                 struct pool *pool)
{
	size_t step = (d->n + ODD_IMAGES - 1) / ODD_IMAGES, values = dataset_values(d);
	size_t *index = xcalloc(d->n, sizeof *index);

	s->n = (d->n + step - 1) / step;
	s->feature = xcalloc(s->n * (size_t)o->n, sizeof *s->feature);
	s->fact = xcalloc(s->n, sizeof *s->fact);
	for (size_t i = 0; i < s->n; i++)
		index[i] = i * step;
	for (size_t i = 0; i < s->n; i += (size_t)batch) {
		struct batch b = {.set = d, .index = index + i, .n = s->n - i < (size_t)batch ? (int)(s->n - i) : batch};

		batch_load(&b, plan_input(p), pool);
		for (size_t k = 0; k < (size_t)b.n; k++) /* before the plan runs: its input's memory may be used again */
			odd_facts(&d->recipe, plan_input(p) + k * values, d->aspect[index[i + k]], s->fact[i + k]);
		plan_forward(p, b.n, 0);
		for (size_t k = 0; k < (size_t)b.n; k++)
			odd_features(o, p, (int)k, s->feature + (i + k) * (size_t)o->n);
	}
	free(index);
}

/* ---- the distribution */

static void moments(struct odd *o, const struct seen *s)
{
	for (int j = 0; j < o->n; j++) {
		double sum = 0, square = 0;

		for (size_t i = 0; i < s->n; i++)
			sum += s->feature[i * (size_t)o->n + (size_t)j];
		for (size_t i = 0; i < s->n; i++) {
			double d = s->feature[i * (size_t)o->n + (size_t)j] - sum / (double)s->n;

			square += d * d;
		}
		o->mean[j] = (float)(sum / (double)s->n);
		o->scale[j] = (float)(1 / sqrt(square / (double)s->n + 1e-6)); /* a feature that is always 0 has a say */
	}
}

static double dot(const double *a, const double *b, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

/* Makes the axes [k][n] orthonormal, in their order (Gram-Schmidt, twice). */
static void orthonormal(double *axis, int axes, size_t n)
{
	for (int k = 0; k < axes; k++) {
		double *a = axis + (size_t)k * n, norm;

		for (int m = 0; m < 2 * k; m++) {
			const double *b = axis + (size_t)(m % k) * n;
			double share = dot(a, b, n);

			for (size_t i = 0; i < n; i++)
				a[i] -= share * b[i];
		}
		norm = sqrt(dot(a, a, n));
		for (size_t i = 0; i < n; i++)
			a[i] /= norm > 0 ? norm : 1;
	}
}

/* The scaled features, [s->n][o->n]. */
static double *scaled(const struct odd *o, const struct seen *s)
{
	size_t n = (size_t)o->n;
	double *z = xcalloc(s->n * n, sizeof *z);

	for (size_t i = 0; i < s->n * n; i++)
		z[i] = (s->feature[i] - o->mean[i % n]) * (double)o->scale[i % n];
	return z;
}

/* next = covariance of z times each axis; the variance along it. */
static void multiply(const double *z, size_t images, size_t n, const double *axis, double *next, double *variance,
                     int axes)
{
	memset(next, 0, (size_t)axes * n * sizeof *next);
	for (int k = 0; k < axes; k++) {
		variance[k] = 0;
		for (size_t i = 0; i < images; i++) {
			double along = dot(z + i * n, axis + (size_t)k * n, n);

			variance[k] += along * along / (double)images;
			for (size_t j = 0; j < n; j++)
				next[(size_t)k * n + j] += along / (double)images * z[i * n + j];
		}
	}
}

/* The main axes by subspace iteration: the largest are far apart, and for the others any direction will do. */
static void main_axes(struct odd *o, const struct seen *s)
{
	enum { TURNS = 12 };
	size_t n = (size_t)o->n;
	double *z = scaled(o, s), *axis = xcalloc((size_t)o->axes * n, sizeof *axis);
	double *next = xcalloc((size_t)o->axes * n, sizeof *next);
	double variance[ODD_AXES], total = dot(z, z, s->n * n) / (double)s->n;
	struct rng r = rng_at(0, RNG_INIT, rng_hash("odd", 3), 0);

	for (size_t i = 0; i < (size_t)o->axes * n; i++)
		axis[i] = rng_normal(&r);
	for (int turn = 0; turn < TURNS; turn++) {
		orthonormal(axis, o->axes, n);
		multiply(z, s->n, n, axis, next, variance, o->axes);
		if (turn + 1 < TURNS)
			memcpy(axis, next, (size_t)o->axes * n * sizeof *axis);
	}
	for (int k = 0; k < o->axes; k++) {
		o->variance[k] = (float)fmax(variance[k], 1e-6);
		total -= variance[k];
	}
	for (size_t i = 0; i < (size_t)o->axes * n; i++)
		o->axis[i] = (float)axis[i];
	o->rest = (float)fmax(total / (double)(o->n > o->axes ? o->n - o->axes : 1), 1e-6);
	free(z);
	free(axis);
	free(next);
}

static void ranges(struct odd *o, const struct seen *s)
{
	for (int k = 0; k < ODD_FACTS; k++) {
		double low = INFINITY, high = -INFINITY;

		for (size_t i = 0; i < s->n; i++)
			if (isfinite(s->fact[i][k])) {
				low = fmin(low, s->fact[i][k]);
				high = fmax(high, s->fact[i][k]);
			}
		o->low[k] = low <= high ? (float)low : -1e6f; /* known of none: anything will do */
		o->high[k] = low <= high ? (float)high : 1e6f;
	}
}

/* ---- the cut */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The distance that a new image of the kind exceeds with a probability of at most `rate` (split conformal). */
static double cut_of(const struct odd *o, const struct seen *s, double rate)
{
	double *d = xcalloc(s->n, sizeof *d), cut;
	size_t rank = (size_t)ceil((double)(s->n + 1) * (1 - rate) - 1e-9);

	for (size_t i = 0; i < s->n; i++)
		d[i] = odd_distance(o, s->feature + i * (size_t)o->n);
	qsort(d, s->n, sizeof *d, by_size);
	cut = d[(rank < s->n ? rank : s->n) - 1];
	free(d);
	return fmax(cut, 1e-6);
}

static void fit(struct odd *o, const struct seen *set, const struct seen *val, struct record *meta)
{
	double rate = fmax(ODD_RATE, 1 / (double)(val->n + 1));
	int axes = set->n / 4 < ODD_AXES ? (int)(set->n / 4) : ODD_AXES;

	axes = axes < o->n ? axes : o->n - 1;
	odd_room(o, axes);
	moments(o, set);
	main_axes(o, set);
	ranges(o, set);
	o->cut = (float)cut_of(o, val, rate);
	odd_put(o, meta);
	record_setf(meta, "odd.rate", "%.4g", rate);
	record_setf(meta, "odd.images", "%zu,%zu", set->n, val->n);
}

int fit_odd(struct net *n, const struct dataset *set, const struct dataset *val, int batch, struct pool *pool,
            struct err *e)
{
	bool *keep = xcalloc((size_t)n->g->nnode, sizeof *keep);
	struct seen seen = {0}, held = {0};
	struct plan *p = NULL;
	struct odd o = {0};
	int rc = 0;

	if (!net_is_map(n) && val && set->n >= ODD_LEAST && val->n >= ODD_LEAST && !odd_start(&o, n->g)) {
		odd_keep(&o, keep);
		p = plan_new(n, &(struct plan_options){.batch = batch, .keep = keep}, pool, e);
		rc = p ? 0 : -1;
	}
	if (p) {
		look(&seen, &o, p, set, batch, pool);
		look(&held, &o, p, val, batch, pool);
		fit(&o, &seen, &held, &n->meta);
	}
	plan_free(p);
	seen_free(&seen);
	seen_free(&held);
	odd_free(&o);
	free(keep);
	return rc;
}
