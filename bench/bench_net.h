#ifndef BENCH_NET_H
#define BENCH_NET_H

#include <time.h>

#include "nn/op.h"
#include "nn/plan.h"

struct job {
	struct net *net;
	struct plan *plan;
	struct optim *optim; /* NULL: inference */
	struct pool *pool;
	float *x;            /* images */
	int batch;
};

static inline double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

_Noreturn void fail(const char *text);
double flops(const struct node *n); /* of one image, forward; two for a multiplication and its addition */
/* Prints the roofline of an inference plan whose input is filled. peak: GFLOP/s of sgemm. */
void layers(struct job *j, double peak);

#endif
