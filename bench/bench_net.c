/* One side of the benchmark: the network core, driven line by line on standard input so that bench/run.py can alternate
 * it with its peers. Every command is answered by one line.
 *
 *   bench_net make ARCH MODEL INPUT               a random model and 16 images, written for everybody
 *   bench_net infer|train MODEL INPUT BATCH THREADS
 *   bench_net sgemm THREADS
 *   bench_net layers MODEL INPUT BATCH THREADS    a roofline: each step's time beside what the machine allows
 *
 *   run N      N images: milliseconds per image (sgemm: GFLOP/s)
 *   save FILE  the logits of the first images, float32
 *   check      training: losses of three steps, then gradient norms of the first step
 *   info       kernels, GFLOP per image
 *   peak       megabytes */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "bench_net.h"
#include "nn/gemm.h"
#include "nn/select.h"
#include "train/loss.h"
#include "train/optim.h"
#include "zoo/zoo.h"

enum { PICTURES = 16, SGEMM = 768 };

_Noreturn void fail(const char *text)
{
	fprintf(stderr, "bench_net: %s\n", text);
	exit(1);
}

double flops(const struct node *n)
{
	double taps = n->op == OP_conv ? (double)n->window.kh * n->window.kw * n->in[0]->c / n->groups :
	              n->op == OP_dense ? (double)node_size(n->in[0]) : 0;

	return 2 * taps * (double)node_size(n);
}

/* Making the model */

/* Running statistics are those of one batch, so that the signal reaches the end of a deep random network. */
static void settle(struct net *n, const float *x)
{
	bool *train = xcalloc((size_t)n->g->nparam, sizeof *train);
	struct plan_options o = {.batch = PICTURES, .train = train};
	struct pool *pool = pool_new(pool_cpus());
	struct plan *p;
	struct err e;

	for (int i = 0; i < n->g->nnode; i++)
		n->g->node[i]->momentum = 1;
	if (graph_select(n->g, NULL, train, &e) || !(p = plan_new(n, &o, pool, &e)))
		fail(e.text);
	memcpy(plan_input(p), x, PICTURES * node_size(n->g->input) * sizeof *x);
	plan_forward(p, PICTURES, 0);
	plan_free(p);
	pool_free(pool);
	free(train);
}

/* A smooth image with noise, as normalised ones are: mean about 0, deviation about 1. */
static void draw(float *x, const struct node *in, int image)
{
	struct rng r = rng_at(1, RNG_TEST, (uint64_t)image, 0);
	double fx = rng_between(&r, 1, 9) / in->w, fy = rng_between(&r, 1, 9) / in->h, shift = rng_between(&r, -1, 1);

	for (int i = 0; i < in->h * in->w; i++) {
		double v = shift + sin(6.28 * fx * (i % in->w)) * cos(6.28 * fy * (i / in->w)) + .2 * rng_normal(&r);

		for (int c = 0; c < in->c; c++)
			x[(size_t)i * in->c + c] = (float)v;
	}
}

static void make(const char *arch, const char *model, const char *input)
{
	struct recipe recipe;
	struct err e;
	FILE *f = fopen(input, "wb");
	struct net *n;

	recipe_default(&recipe);
	if (!(n = zoo_net(arch, &recipe, 1, &e)) || classes_parse(&n->classes, "NORMAL,PNEUMONIA", &e))
		fail(e.text);
	size_t size = node_size(n->g->input);
	float *x = xmalloc(PICTURES * size * sizeof *x);
	for (int i = 0; i < PICTURES; i++)
		draw(x + (size_t)i * size, n->g->input, i);
	net_init(n, 1, NULL);
	settle(n, x);
	if (!f || fwrite(x, sizeof *x, PICTURES * size, f) != PICTURES * size || fclose(f))
		fail("cannot write the images");
	if (net_save(n, model, &e))
		fail(e.text);
	free(x);
	net_free(n);
}

/* Running it */

static void put(struct job *j, int first, int n)
{
	size_t size = node_size(j->net->g->input);

	memcpy(plan_input(j->plan), j->x + (size_t)first % PICTURES * size, (size_t)n * size * sizeof *j->x);
}

static double train_step(struct job *j)
{
	struct loss l = {.kind = LOSS_BCE, .classes = 2};
	struct loss_sum sum = {0};
	int label[PICTURES];

	for (int i = 0; i < PICTURES; i++)
		label[i] = i % 2;
	put(j, 0, j->batch);
	plan_forward(j->plan, j->batch, 0);
	loss_batch(&l, plan_value(j->plan, j->net->g->output), label, j->batch, plan_output_grad(j->plan), &sum);
	plan_backward(j->plan);
	optim_step(j->optim, 1e-4, j->net->value, plan_param_grad(j->plan), j->pool);
	return loss_mean(&sum);
}

static double run(struct job *j, int images)
{
	double start = now();

	for (int i = 0; i < images; i += j->batch)
		if (j->optim) {
			train_step(j);
		} else {
			put(j, i, j->batch);
			plan_forward(j->plan, j->batch, 0);
		}
	return (now() - start) * 1e3 / images;
}

static void save(struct job *j, const char *path)
{
	FILE *f = fopen(path, "wb");

	for (int i = 0; f && i < PICTURES; i += j->batch) {
		put(j, i, j->batch);
		plan_forward(j->plan, j->batch, 0);
		fwrite(plan_value(j->plan, j->net->g->output), sizeof(float), (size_t)j->batch, f);
	}
	puts(f && !fclose(f) ? "saved" : "failed");
}

static double gradient_norm(const struct job *j, const char *name)
{
	double sum = 0;

	for (int i = 0; i < j->net->g->nparam; i++) {
		const struct param *p = j->net->g->param[i];
		const float *g = plan_param_grad(j->plan) + p->offset;

		for (size_t k = 0; !strcmp(p->name, name) && k < p->count; k++)
			sum += (double)g[k] * g[k];
	}
	return sqrt(sum);
}

static void check(struct job *j)
{
	double first = train_step(j), conv = gradient_norm(j, "conv1.weight"), dense = gradient_norm(j, "fc.weight");
	double second = train_step(j), third = train_step(j);

	printf("%.9g %.9g %.9g %.9g %.9g\n", first, second, third, conv, dense);
}

static void info(const struct job *j)
{
	double sum = 0;

	for (int i = 0; i < j->net->g->nnode; i++)
		sum += flops(j->net->g->node[i]);
	printf("%s %.6g\n", gemm_kernels(), sum / 1e9);
}

static void sgemm(void *ctx, size_t block, int worker)
{
	float *m = (float *)ctx + (size_t)worker * 3 * SGEMM * SGEMM;

	(void)block;
	gemm(false, false, SGEMM, SGEMM, SGEMM, m, SGEMM, m + SGEMM * SGEMM, SGEMM, 0, m + 2 * SGEMM * SGEMM, SGEMM);
}

static double sgemm_peak(struct pool *pool)
{
	int threads = pool_threads(pool);
	static float *m;
	double best = 0;

	if (!m) {
		size_t n = (size_t)threads * 3 * SGEMM * SGEMM;
		m = xmalloc(n * sizeof *m);
		for (size_t i = 0; i < n; i++)
			m[i] = (float)(i % 7) - 3;
	}
	for (int rep = 0; rep < 5; rep++) {
		double start = now();
		pool_run(pool, (size_t)threads * 2, sgemm, m);
		best = fmax(best, 4. * threads * SGEMM * SGEMM * SGEMM / (now() - start) / 1e9);
	}
	return best;
}

static double peak(void)
{
	char line[256];
	double kb = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "VmHWM: %lf", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb / 1024;
}

static void serve(struct job *j)
{
	char line[4096];

	puts("ready");
	while (fflush(stdout), fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (!strncmp(line, "run ", 4))
			printf("%.6g\n", j->net ? run(j, atoi(line + 4)) : sgemm_peak(j->pool));
		else if (!strncmp(line, "save ", 5))
			save(j, line + 5);
		else if (!strcmp(line, "check"))
			check(j);
		else if (!strcmp(line, "info"))
			info(j);
		else if (!strcmp(line, "peak"))
			printf("%.1f\n", peak());
		else
			fail(line);
	}
}

static void load(struct job *j, bool train, char **arg)
{
	struct optim_options adam;
	struct plan_options o = {.batch = atoi(arg[2])};
	struct err e;

	if (!(j->net = zoo_load(arg[0], &e)))
		fail(e.text);
	size_t n = PICTURES * node_size(j->net->g->input);
	FILE *f = fopen(arg[1], "rb");
	j->x = xmalloc(n * sizeof *j->x);
	if (!f || fread(j->x, sizeof *j->x, n, f) != n || fclose(f))
		fail("cannot read the images");
	j->batch = o.batch;
	if (train) {
		bool *which = xcalloc((size_t)j->net->g->nparam, sizeof *which);
		optim_defaults(&adam, OPTIM_ADAM);
		if (graph_select(j->net->g, NULL, which, &e) || !(j->optim = optim_new(j->net->g, which, &adam, &e)))
			fail(e.text);
		o.train = which;
	}
	if (!(j->plan = plan_new(j->net, &o, j->pool, &e)))
		fail(e.text);
	free((void *)o.train);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct job j = {0};
	struct err e;

	if (gemm_start(&e))
		fail(e.text);
	if (!strcmp(what, "make") && argc == 5) {
		make(argv[2], argv[3], argv[4]);
		return 0;
	}
	if (argc != 6 && !(argc == 3 && !strcmp(what, "sgemm")))
		fail("usage: see the top of bench/bench_net.c");
	j.pool = pool_new(atoi(argv[argc - 1]));
	if (argc == 6)
		load(&j, !strcmp(what, "train"), argv + 2);
	if (!strcmp(what, "layers")) {
		put(&j, 0, j.batch);
		layers(&j, sgemm_peak(j.pool));
	} else {
		serve(&j);
	}
	return 0;
}
