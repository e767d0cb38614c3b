/* Temperature and Platt scaling, fitted on one set of scores and used on another. */
#include "metrics.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

/* Of two classes, the log odds of the positive one before any scaling: the raw output, else of the probability. */
static double odds(const struct scores *s, size_t i, int positive)
{
	const double *p = s->p + 2 * i;

	if (s->nlogit)
		return scores_rank(s, i, positive);
	return log(fmax(p[positive], DBL_EPSILON) / fmax(p[1 - positive], DBL_EPSILON));
}

/* Of more classes, their raw outputs: those of the network, else logarithms of the probabilities. Fresh memory. */
static double *outputs(const struct scores *s)
{
	size_t n = s->n * s->nclass;
	double *z = xreallocarray(NULL, n, sizeof *z);

	for (size_t i = 0; i < n; i++)
		z[i] = s->nlogit ? s->z[i] : log(fmax(s->p[i], DBL_EPSILON));
	return z;
}

static struct calibration fit_two(const struct choice *c, const struct scores *on)
{
	struct estimate intercept, slope;
	double *x = xreallocarray(NULL, on->n, sizeof *x);
	unsigned char *y = xmalloc(on->n);

	for (size_t i = 0; i < on->n; i++) {
		x[i] = odds(on, i, c->how.positive);
		y[i] = on->item[i].label == c->how.positive;
	}
	stat_logistic(x, y, on->n, c->platt ? FIT_BOTH : FIT_SLOPE, .95, &intercept, &slope);
	free(x);
	free(y);
	return (struct calibration){intercept.value, slope.value};
}

static struct calibration fit_many(const struct scores *on)
{
	double *z = outputs(on);
	int *y = xreallocarray(NULL, on->n, sizeof *y);

	for (size_t i = 0; i < on->n; i++)
		y[i] = on->item[i].label;
	struct estimate slope = stat_softmax_slope(z, y, on->n, on->nclass, .95);
	free(z);
	free(y);
	return (struct calibration){0, slope.value};
}

struct calibration calibrate_fit(const struct choice *c, const struct scores *s)
{
	struct scores on;
	size_t both;

	other_scores(c, s, c->calibrate_on, &on, &both);
	struct calibration k = on.nclass == 2 ? fit_two(c, &on) : fit_many(&on);
	if (!(k.slope > 0))
		die("%s: cannot be calibrated on: one class only, or classes that the scores part or turn round",
		    c->calibrate_on);
	if (both)
		warn("calibrated on %zu of the images that are measured on", both);
	if (c->platt)
		warn("probability = 1 / (1 + exp(-(%.9g + %.9g z)))", k.intercept, k.slope);
	else
		warn("temperature %.9g (cxr-model set --temperature %.9g)", 1 / k.slope, 1 / k.slope);
	scores_free(&on);
	return k;
}

/* What is predicted is the largest before and after. */
static void use_many(const struct calibration *k, struct scores *s)
{
	double *z = outputs(s);

	for (size_t i = 0; i < s->n * s->nclass; i += s->nclass) {
		double top = -INFINITY, sum = 0;
		for (int c = 0; c < s->nclass; c++)
			top = fmax(top, z[i + c]);
		for (int c = 0; c < s->nclass; c++)
			sum += s->p[i + c] = exp(k->slope * (z[i + c] - top));
		for (int c = 0; c < s->nclass; c++)
			s->p[i + c] /= sum;
	}
	free(z);
}

void calibrate_use(const struct calibration *k, int positive, struct scores *s)
{
	double threshold = isfinite(s->threshold) ? s->threshold : .5;

	if (k->intercept == 0)
		s->temperature = 1 / k->slope;
	if (s->nclass > 2) {
		use_many(k, s);
		return;
	}
	for (size_t i = 0; i < s->n; i++) {
		double z = k->intercept + k->slope * odds(s, i, positive);
		s->p[2 * i + positive] = 1 / (1 + exp(-z));
		s->p[2 * i + 1 - positive] = 1 / (1 + exp(z));
	}
	scores_predict(s, positive, positive ? threshold : 1 - threshold, "as before, on calibrated probabilities");
}
