/* Writes what tests/ref/nn_whole.py compares with PyTorch: make check-torch.
 *     torch ARCH DIR SEED < stream     images of a prep stream (none: by formula)
 * DIR/x images, DIR/before the model (random weights, statistics of a training pass), DIR/z its logits in eval mode,
 * DIR/after the model after one SGD step of everything, labels alternating. */
#include "base/file.h"
#include "nn/select.h"
#include "train/dataset.h"
#include "train/optim.h"
#include "pictures.h"

enum { N = 8 };

static _Noreturn void give_up(const struct err *e)
{
	fprintf(stderr, "torch: %s\n", e->text);
	exit(1);
}

static void write_floats(const char *dir, const char *name, const float *v, size_t n)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (!f || fwrite(v, sizeof *v, n, f) != n || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static void save(struct net *n, const char *dir, const char *name)
{
	char path[512];
	struct err e;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (net_save(n, path, &e))
		give_up(&e);
}

/* Every so manieth image of the stream, so that all classes come. */
static float *images(struct dataset *d, struct recipe *r, size_t *size)
{
	struct source in;
	struct err e = {""};
	float *x;
	bool real = source_file(&in, "-", &e) == 0 && dataset_read(d, &in, &e) == 0 && d->n >= N;

	recipe_default(r);
	if (real)
		*r = d->recipe;
	*size = (size_t)r->width * (size_t)r->height * (size_t)r->channels;
	x = mem_big(N * *size, sizeof *x);
	if (!real)
		formula_images(x, N * *size);
	for (size_t i = 0; i < N && real; i++) {
		unsigned char *scratch = xmalloc(d->bytes);

		dataset_get(d, i * (d->n / N), NULL, scratch, x + i * *size);
		free(scratch);
	}
	if (!real)
		fprintf(stderr, "torch: no stream, synthetic images\n");
	source_close(&in);
	return x;
}

static void run(struct net *n, const float *x, size_t size, bool train, struct pool *pool, struct plan **p)
{
	*p = plan_of(n, N, KEEP_NONE, train, false, pool);
	memcpy(plan_input(*p), x, N * size * sizeof *x);
	plan_forward(*p, N, 0);
}

/* The gradient of the mean binary cross-entropy, labels 0 1 0 1 ..., times weight. */
static void entropy_gradient(const float *z, float weight, float *grad)
{
	for (int i = 0; i < N; i++)
		grad[i] = weight * (float)((1 / (1 + exp(-(double)z[i])) - i % 2) / N);
}

/* One step of SGD at 1e-2; an auxiliary classifier's loss counts .4. */
static void sgd_step(struct net *n, struct plan *p, struct pool *pool)
{
	bool *train = xcalloc((size_t)n->g->nparam, 1);
	struct optim_options o;
	struct optim *optim;
	struct err e;

	entropy_gradient(plan_value(p, n->g->output), 1, plan_output_grad(p));
	if (n->g->aux)
		entropy_gradient(plan_value(p, n->g->aux), .4f, plan_aux_grad(p));
	plan_backward(p);
	graph_select(n->g, NULL, train, &e);
	optim_defaults(&o, OPTIM_SGD);
	optim = optim_new(n->g, train, &o, &e);
	if (!optim)
		give_up(&e);
	optim_step(optim, 1e-2, n->value, plan_param_grad(p), pool);
	optim_free(optim);
	free(train);
}

int main(int argc, char **argv)
{
	struct dataset d = {0};
	struct recipe r;
	struct err e = {""};
	struct pool *pool = pool_new(pool_cpus());
	struct plan *p;
	struct net *n;
	size_t size;
	float *x;

	if (argc != 4)
		return 2;
	x = images(&d, &r, &size);
	n = zoo_net(argv[1], &r, 1, &e);
	if (!n || classes_parse(&n->classes, "NORMAL,PNEUMONIA", &e))
		give_up(&e);
	net_init(n, strtoul(argv[3], NULL, 10), NULL);
	no_dropout(n);
	keep_statistics(n, 1);
	run(n, x, size, true, pool, &p);
	plan_free(p);
	write_floats(argv[2], "x", x, N * size);
	save(n, argv[2], "before");
	run(n, x, size, false, pool, &p);
	write_floats(argv[2], "z", plan_value(p, n->g->output), N);
	plan_free(p);
	keep_statistics(n, .1f);
	run(n, x, size, true, pool, &p);
	sgd_step(n, p, pool);
	save(n, argv[2], "after");
	plan_free(p);
	net_free(n);
	dataset_free(&d);
	free(x);
	pool_free(pool);
	return 0;
}
