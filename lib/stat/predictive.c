/* Predictive values at a stated prevalence, from sensitivity and specificity. */
#include <math.h>

#include "stat/stat.h"

/* a / b of two independent shares with intervals, on the log scale: how far each end is from the ratio follows from how
 * far the shares' are (MOVER; Zou and Donner 2008). A share of 0 has a one-sided interval only: of the other share then
 * the end that is further off is taken. */
static struct estimate ratio(struct estimate a, struct estimate b)
{
	double x = log(a.value), y = log(b.value), at = x - y;
	double down = hypot(x - log(a.lo), log(b.hi) - y), up = hypot(log(a.hi) - x, y - log(b.lo));

	return (struct estimate){exp(at), a.value > 0 && b.value > 0 ? exp(at - down) : b.value > 0 ? 0 : a.lo / b.hi,
	                         a.value > 0 && b.value > 0 ? exp(at + up) : b.value > 0 ? a.hi / b.lo : INFINITY, a.n + b.n};
}

static struct estimate complement(struct estimate e)
{
	return (struct estimate){1 - e.value, 1 - e.hi, 1 - e.lo, e.n};
}

struct estimate stat_predictive(struct estimate right, struct estimate other, double prevalence)
{
	struct estimate e = ratio(right, complement(other));
	double odds = prevalence / (1 - prevalence);

	e.value = 1 / (1 + 1 / (odds * e.value));
	e.lo = 1 / (1 + 1 / (odds * e.lo));
	e.hi = 1 / (1 + 1 / (odds * e.hi));
	if (isnan(e.value))
		e.lo = e.hi = NAN;
	return e;
}
