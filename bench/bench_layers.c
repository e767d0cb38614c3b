/* A roofline: what each step of an inference plan takes, beside the least time that the machine's sgemm rate and memory
 * bandwidth allow (Williams, Waterman and Patterson 2009). Winograd needs fewer operations than are counted here, so
 * its share can be over 1. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "bench_net.h"
#include "nn/plan_build.h"

enum { TRIAD = 1 << 24, REPEATS = 7 };

static void triad(void *ctx, size_t block, int worker)
{
	float *a = (float *)ctx + block * (TRIAD / 64), *b = a + TRIAD, *c = b + TRIAD;

	(void)worker;
	for (size_t i = 0; i < TRIAD / 64; i++)
		a[i] = b[i] + 3 * c[i];
}

/* GB/s that all threads together read and write. */
static double bandwidth(struct pool *pool)
{
	float *m = xcalloc(3 * (size_t)TRIAD, sizeof *m);
	double best = INFINITY;

	for (size_t i = 0; i < 3 * (size_t)TRIAD; i++)
		m[i] = (float)i;
	for (int rep = 0; rep < REPEATS; rep++) {
		double start = now();
		pool_run(pool, 64, triad, m);
		best = fmin(best, now() - start);
	}
	free(m);
	return 3. * TRIAD * sizeof *m / best / 1e9;
}

/* Seconds for an image. A step of the plan's front takes a few at a time. */
static double least_time(struct plan *p, int step)
{
	double best = INFINITY;

	for (int rep = 0; rep < REPEATS; rep++) {
		double start = now();
		operator_of(p->step[step].node)->forward(&p->step[step]);
		best = fmin(best, now() - start);
	}
	return best / p->step[step].n;
}

/* Inputs, residual, output and parameters, each moved once. */
static double bytes(const struct step *s, int n)
{
	double floats = (double)node_size(s->out) * (s->residual ? 2 : 1), weights = 0;

	for (int i = 0; i < s->node->nin; i++)
		floats += (double)node_size(s->node->in[i]);
	if (s->node->op == OP_conv || s->node->op == OP_dense)
		weights = flops(s->node) / 2 / s->node->h / s->node->w;
	return 4 * (floats + weights / n);
}

void layers(struct job *j, double peak)
{
	struct plan *p = j->plan;
	double gbs = bandwidth(j->pool), total = 0, roof_total = 0;

	printf("sgemm %.0f GFLOP/s, memory %.1f GB/s, batch %d; times per image\n", peak, gbs, j->batch);
	printf("%-28s %-8s %-16s %8s %8s %9s %8s %6s\n", "step", "op", "out", "ms", "GFLOP", "GFLOP/s", "roof ms", "share");
	plan_forward(p, j->batch, 0);
	for (int i = 0; i < p->nstep; i++) {
		const struct step *s = &p->step[i];
		double t = least_time(p, i), work = flops(s->node) / 1e9;
		double roof = fmax(work / peak, bytes(s, j->batch) / 1e9 / gbs);
		char shape[64];

		snprintf(shape, sizeof shape, "%dx%dx%d", s->out->h, s->out->w, s->out->c);
		printf("%-28s %-8s %-16s %8.3f %8.3f %9.1f %8.3f %6.2f\n", s->node->name, operator_of(s->node)->name, shape,
		       t * 1e3, work, work / t, roof * 1e3, roof / t);
		total += t;
		roof_total += roof;
	}
	printf("%-54s %8.3f %27.3f %6.2f\n", "all", total * 1e3, roof_total * 1e3, roof_total / total);
}
