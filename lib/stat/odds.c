/* Log odds of stated probabilities, also where these are rounded to 0 or 1. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "stat/scores.h"

/* Probabilities in single precision keep some digits of their odds within `least`, none below `saturated`. */
static const double least = .01, saturated = 1e-6, tolerance = 1e-3;

static bool is_middling(const struct scores *s, size_t i, int class)
{
	return s->p[2 * i + class] > least && s->p[2 * i + class] < 1 - least;
}

/* What calibration made log odds of raw outputs, by least squares: intercept + slope z. False where the probabilities
 * do not follow one. */
static bool find_line(const struct scores *s, int class, const double *odds, double *intercept, double *slope)
{
	double n = 0, x = 0, y = 0, xx = 0, xy = 0;

	for (size_t i = 0; s->nlogit && i < s->n; i++)
		if (is_middling(s, i, class)) {
			x += scores_rank(s, i, class);
			y += odds[i];
			n++;
		}
	for (size_t i = 0; n > 0 && i < s->n; i++)
		if (is_middling(s, i, class)) {
			double off = scores_rank(s, i, class) - x / n;
			xx += off * off;
			xy += off * odds[i];
		}
	if (!(xx > 0))
		return false;
	*slope = xy / xx;
	*intercept = (y - *slope * x) / n;
	for (size_t i = 0; i < s->n; i++)
		if (is_middling(s, i, class) &&
		    fabs(*intercept + *slope * scores_rank(s, i, class) - odds[i]) > tolerance)
			return false;
	return true;
}

double *scores_odds(const struct scores *s, int class)
{
	double *odds = xreallocarray(NULL, s->n + 1, sizeof *odds), intercept, slope;

	for (size_t i = 0; i < s->n; i++)
		odds[i] = log(fmax(s->p[2 * i + class], DBL_EPSILON) / fmax(s->p[2 * i + 1 - class], DBL_EPSILON));
	if (find_line(s, class, odds, &intercept, &slope))
		for (size_t i = 0; i < s->n; i++)
			if (fmin(s->p[2 * i], s->p[2 * i + 1]) < saturated)
				odds[i] = intercept + slope * scores_rank(s, i, class);
	return odds;
}
