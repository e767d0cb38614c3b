/* One convolution alone: GFLOP/s on one core, by the processor time it takes, so that others at work disturb little.
 *
 *   conv H W C OUTPUTS KERNEL STRIDE GROUPS BATCH infer|pack|train
 *
 * pack: the weights are packed anew for every call; train: forward and backward. Caches are emptied between calls. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "nn/gemm.h"
#include "nn/plan.h"

enum { FLUSH = 1 << 25, LEAST = 4, MOST = 60 }; /* floats; calls */
static const double ENOUGH = .3;                /* seconds */

static double processor_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void flush(void)
{
	static float other[FLUSH];

	for (size_t i = 0; i < FLUSH; i += 16)
		other[i] += 1;
}

/* The fastest of some calls. */
static double least_time(struct plan *p, int batch, bool pack, bool train)
{
	double best = 1e30, spent = 0;

	for (int k = 0; k < MOST && (k < LEAST || spent < ENOUGH); k++) {
		flush();
		double start = processor_time(), t;

		if (pack)
			plan_refresh(p);
		plan_forward(p, batch, 0);
		if (train)
			plan_backward(p);
		t = processor_time() - start;
		best = t < best ? t : best;
		spent += t;
	}
	return best;
}

int main(int argc, char **argv)
{
	int a[8], h, w, c, batch;
	struct err e;

	if (argc != 10 || gemm_start(&e))
		return 2;
	for (int i = 0; i < 8; i++)
		a[i] = atoi(argv[i + 1]);
	h = a[0], w = a[1], c = a[2], batch = a[7];
	bool train = !strcmp(argv[9], "train");
	struct graph *g = graph_new();
	struct node *n = graph_input(g, h, w, c);

	if (train) /* so that the gradient of the convolution's input is wanted, too */
		n = graph_conv(g, "before", n, c, window_square(1, 1, 0), 1, false);
	n = graph_conv(g, "conv", n, a[3], window_square(a[4], a[5], a[4] / 2), a[6], false);
	struct net *net = graph_end(g, n, &e) ? NULL : net_new(g, "bench", &e);

	if (!net) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	bool all[] = {true, true};
	struct pool *pool = pool_new(1);
	struct plan *p = plan_new(net, &(struct plan_options){.batch = batch, .train = train ? all : NULL}, pool, &e);
	double work = 2. * n->h * n->w * n->c * (c / a[6]) * a[4] * a[4] * batch;

	net_init(net, 1, NULL);
	for (size_t i = 0; p && i < (size_t)h * (size_t)w * (size_t)c * (size_t)batch; i++)
		plan_input(p)[i] = (float)(i * 2654435761u >> 8 & 1023) / 1024 - .5f;
	for (size_t i = 0; p && train && i < (size_t)n->h * (size_t)n->w * (size_t)n->c * (size_t)batch; i++)
		plan_output_grad(p)[i] = (float)(i % 7) / 7 - .4f;
	if (train)
		work = 3 * (work + 2. * h * w * c * c * batch);
	printf("%.1f\n", p ? work / least_time(p, batch, !strcmp(argv[9], "pack"), train) / 1e9 : 0);
	plan_free(p);
	pool_free(pool);
	net_free(net);
}
