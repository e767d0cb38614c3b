#ifndef TESTS_STAT_SIMULATION_H
#define TESTS_STAT_SIMULATION_H

/* How often something holds in many simulated sets of scores. */
#include <math.h>
#include <stdlib.h>

static inline int simulations(void)
{
	const char *text = getenv("CXR_SIMULATIONS");
	return text ? atoi(text) : 150;
}

/* A count out of n is in a band of rates, but for four standard errors. */
static inline void near_rate(const char *design, const char *what, int count, int n, double lo, double hi)
{
	double rate = (double)count / n, slack = 4 * sqrt(.05 * .95 / n);

	if (rate < lo - slack || rate > hi + slack)
		fail_msg("%s: %s %.3f of %d, wanted %.2f to %.2f", design, what, rate, n, lo, hi);
	if (n >= 1000)
		print_message("# %-34s %-28s %.3f of %d\n", design, what, rate, n);
}

#endif
