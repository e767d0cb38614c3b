/* Temperature and Platt scaling, fitted on one set of scores and used on another. */
#include "metrics.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

/* The log odds of the positive class before any scaling: the raw output, else of the probability. */
static double raw(const struct scores *s, size_t i, int positive)
{
	const double *p = s->p + 2 * i;

	if (s->nlogit)
		return scores_rank(s, i, positive);
	return log(fmax(p[positive], DBL_EPSILON) / fmax(p[1 - positive], DBL_EPSILON));
}

struct calibration calibrate_fit(const struct choice *c, const struct scores *s)
{
	struct estimate intercept, slope;
	struct scores on;
	size_t both;

	other_scores(c, s, c->calibrate_on, &on, &both);
	double *x = xreallocarray(NULL, on.n, sizeof *x);
	unsigned char *y = xmalloc(on.n);
	for (size_t i = 0; i < on.n; i++) {
		x[i] = raw(&on, i, c->how.positive);
		y[i] = on.item[i].label == c->how.positive;
	}
	stat_logistic(x, y, on.n, c->platt ? FIT_BOTH : FIT_SLOPE, .95, &intercept, &slope);
	if (!(slope.value > 0))
		die("%s: cannot be calibrated on: one class only, or classes that the scores part or turn round",
		    c->calibrate_on);
	if (both)
		warn("calibrated on %zu of the pictures that are measured on", both);
	if (c->platt)
		warn("probability = 1 / (1 + exp(-(%.9g + %.9g z)))", intercept.value, slope.value);
	else
		warn("temperature %.9g (cxr-model set temperature=%.9g)", 1 / slope.value, 1 / slope.value);
	free(x);
	free(y);
	scores_free(&on);
	return (struct calibration){intercept.value, slope.value};
}

void calibrate_use(const struct calibration *k, int positive, struct scores *s)
{
	double threshold = isfinite(s->threshold) ? s->threshold : .5;

	for (size_t i = 0; i < s->n; i++) {
		double z = k->intercept + k->slope * raw(s, i, positive);
		s->p[2 * i + positive] = 1 / (1 + exp(-z));
		s->p[2 * i + 1 - positive] = 1 / (1 + exp(z));
	}
	scores_predict(s, positive, positive ? threshold : 1 - threshold, "as before, on calibrated probabilities");
}
