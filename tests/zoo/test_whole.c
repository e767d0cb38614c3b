#include "pictures.h"

/* Whole networks against PyTorch in float64 (tests/ref/nn_whole.py golden): training pass, backward, then eval mode
 * with the statistics of that pass. A golden file has lines of a name and two numbers. */
enum { N = 4 };

static const struct whole {
	const char *name, *spec;
	int size, stream;
	double logits;   /* how far these may be off: small batches are normalised by noisy statistics */
	double gradient; /* and a gradient's norm: a float falls on the other side of a ReLU */
} wholes[] = {
	{"resnet18", "resnet18", 64, 12, 1e-4, 3e-3},
	{"vgg16_bn", "vgg16_bn:head=bn,64,relu,drop0.3", 64, 12, 1e-4, 6e-3},
	{"densenet121", "densenet121", 64, 4, 1e-4, 6e-3},
	{"mobilenet_v2", "mobilenet_v2", 64, 12, 1e-4, 6e-3},
	{"inception", "inception_v3:aux=1", 299, 3, 4e-4, 1e-2},
	{"xception", "xception", 71, 3, 1e-4, 6e-3},
	{"stack", "stack:mobilenet_v2+resnet18:head=64,relu,drop0.5", 64, 12, 1e-4, 6e-3},
};
#if defined __SANITIZE_THREAD__
enum { WHOLES = 1 }; /* the others take minutes under it; their operators have tests of their own */
#else
enum { WHOLES = sizeof wholes / sizeof *wholes };
#endif

static struct net *formula_net(const struct whole *w)
{
	struct recipe r;
	struct err e = {""};
	struct net *n;

	recipe_default(&r);
	r.width = r.height = w->size;
	n = zoo_net(w->spec, &r, 2, &e);
	if (!n)
		fail_msg("%s: %s", w->spec, e.text);
	formula_params(n);
	keep_statistics(n, 1);
	no_dropout(n);
	return n;
}

struct line {
	char name[128];
	double a, b;
};

static struct line *read_golden(const char *name, int *n)
{
	struct line *line = NULL;
	size_t cap = 0;
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "tests/zoo/golden/%s.step", name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("cannot open %s (run in the source directory)", path);
	for (*n = 0; ; ++*n) {
		line = grow(line, (size_t)*n, &cap, sizeof *line);
		if (fscanf(f, "%127s %lf %lf", line[*n].name, &line[*n].a, &line[*n].b) != 3)
			break;
	}
	fclose(f);
	return line;
}

static const struct param *param_named(const struct net *n, const char *name)
{
	for (int i = 0; i < n->g->nparam; i++)
		if (strcmp(n->g->param[i]->name, name) == 0)
			return n->g->param[i];
	fail_msg("no parameter %s", name);
	return NULL;
}

/* Norm and noise-weighted sum of a gradient: count numbers [rows][taps][c], in a file [rows][c][taps]. Limits as a
 * share of norm, or of all gradients' where this one is nothing beside them. */
static void check_gradient(const struct whole *w, const float *v, size_t count, size_t taps, size_t c,
                           const struct line *l, double all)
{
	double squares = 0, sum = 0, scale = fmax(l->a, 1e-4 * all);

	for (size_t i = 0; i < count; i++) {
		double g = v[(i / taps / c * taps + i % taps) * c + i / taps % c];

		squares += g * g;
		sum += g * (double)noise(i, 4);
	}
	if (!(fabs(sqrt(squares) - l->a) <= w->gradient * scale) || !(fabs(sum - l->b) <= 6 * w->gradient * scale))
		fail_msg("%s: %s: norm %.9g, not %.9g; sum %.9g, not %.9g", w->spec, l->name, sqrt(squares), l->a, sum, l->b);
}

static void check_statistics(const struct net *n, const struct param *p, const struct line *l)
{
	double squares = 0;

	for (size_t i = 0; i < p->count; i++)
		squares += (double)n->value[p->offset + i] * n->value[p->offset + i];
	assert_near(sqrt(squares), l->a, 1e-5 * l->a);
}

static void check_logits(const struct whole *w, const char *mode, const struct line *line, int lines, const float *z)
{
	double want[2 * N];
	int k = 0;

	for (int i = 0; i < lines; i++)
		if (strcmp(line[i].name, mode) == 0) {
			assert_true(k < 2 * N);
			want[k++] = line[i].b;
		}
	assert_int_equal(k, 2 * N);
	if (!(apart(z, want, 2 * N) < w->logits))
		fail_msg("%s: logits in %s mode are %.2g off", w->spec, mode, apart(z, want, 2 * N));
	assert_true(fabs(want[0] - want[2]) > 1e-2 * fabs(want[0])); /* images differ */
}

static void check_training(const struct whole *w, struct net *n, struct plan *p, const struct line *line, int lines)
{
	const float *gradient = plan_param_grad(p);
	double all = 0;
	int checked = 0;

	check_logits(w, "train", line, lines, plan_value(p, n->g->output));
	fill_noise(plan_output_grad(p), N * 2, 3);
	if (n->g->aux) {
		check_logits(w, "aux", line, lines, plan_value(p, n->g->aux));
		fill_noise(plan_aux_grad(p), N * 2, 5);
	}
	plan_backward(p);
	for (size_t i = 0; i < n->g->count; i++)
		all += (double)gradient[i] * gradient[i];
	for (int i = 0; i < lines; i++)
		if (strchr(line[i].name, '.')) {
			const struct param *q = param_named(n, line[i].name);

			if (q->role == ROLE_MEAN || q->role == ROLE_VAR)
				check_statistics(n, q, &line[i]);
			else
				check_gradient(w, gradient + q->offset, q->count, (size_t)q->taps,
				               q->count / (size_t)q->shape[0] / (size_t)q->taps, &line[i], sqrt(all));
			checked++;
		}
	assert_int_equal(checked, n->g->nparam);
}

/* The image's gradient in eval mode. */
static void check_explanation(const struct whole *w, const struct net *n, struct plan *p, const struct line *l)
{
	assert_string_equal(l->name, "input");
	fill_noise(plan_output_grad(p), N * 2, 3);
	plan_backward(p);
	check_gradient(w, plan_grad(p, n->g->input), N * input_size(n), 1, 1, l, 0);
}

static void networks_are_torchs(void **state)
{
	struct pool *pool = pool_new(2);

	(void)state;
	for (int i = 0; i < WHOLES; i++) {
		int lines;
		struct line *line = read_golden(wholes[i].name, &lines);
		struct net *n = formula_net(&wholes[i]);
		struct plan *p = plan_of(n, N, KEEP_NONE, true, false, pool);

		stream_images(plan_input(p), N * input_size(n), (uint32_t)wholes[i].stream);
		plan_forward(p, N, 0);
		check_training(&wholes[i], n, p, line, lines);
		plan_free(p);
		for (int keep = KEEP_NONE; keep <= KEEP_INPUT; keep++) {
			p = plan_of(n, N, keep, false, keep == KEEP_INPUT, pool);
			stream_images(plan_input(p), N * input_size(n), (uint32_t)wholes[i].stream);
			plan_forward(p, N, 0);
			check_logits(&wholes[i], "eval", line, lines, plan_value(p, n->g->output));
			if (keep == KEEP_INPUT)
				check_explanation(&wholes[i], n, p, &line[lines - 1]);
			plan_free(p);
		}
		net_free(n);
		free(line);
	}
	pool_free(pool);
}
/* Logits and gradients at layer4 have the same bits for any batch and any number of threads. */
static void a_image_is_alone(void **state)
{
	struct net *n = formula_net(&wholes[0]);
	struct node *layer = graph_find(n->g, "layer4.1");
	size_t size = node_size(layer);
	bool *keep = xcalloc((size_t)n->g->nnode, 1);
	struct pool *pools[3] = {pool_new(1), pool_new(2), pool_new(3)};
	struct plan *p = plan_of(n, N, KEEP_NONE, true, false, pools[1]);
	float *x = xmalloc(N * input_size(n) * sizeof *x), *z = NULL, *g = NULL;
	struct err e;

	(void)state;
	formula_images(x, N * input_size(n));
	memcpy(plan_input(p), x, N * input_size(n) * sizeof *x);
	plan_forward(p, N, 0);
	plan_free(p);
	keep[layer->index] = true;
	for (int batch = N; batch >= 1; batch--)
		for (int first = 0; first + batch <= N; first++) {
			struct plan_options o = {.batch = batch, .keep = keep, .backward = true};

			p = plan_new(n, &o, pools[(batch + first) % 3], &e);
			memcpy(plan_input(p), x + (size_t)first * input_size(n), (size_t)batch * input_size(n) * sizeof *x);
			plan_forward(p, batch, 0);
			for (int i = 0; i < 2 * batch; i++)
				plan_output_grad(p)[i] = noise((size_t)(2 * first + i), 3);
			plan_backward(p);
			if (!z) {
				z = copy_floats(plan_value(p, n->g->output), N * 2);
				g = copy_floats(plan_grad(p, layer), N * size);
			}
			assert_bits(plan_value(p, n->g->output), z + 2 * first, (size_t)batch * 2, "logits");
			assert_bits(plan_grad(p, layer), g + (size_t)first * size, (size_t)batch * size, "gradients at layer4.1");
			plan_free(p);
		}
	assert_true(fabs((double)z[0] - (double)z[2]) > 1e-2 * fabs((double)z[0]));
	for (int k = 0; k < 3; k++)
		pool_free(pools[k]);
	free(x);
	free(z);
	free(g);
	free(keep);
	net_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_are_torchs),
		cmocka_unit_test(a_image_is_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
