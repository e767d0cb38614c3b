#include "pictures.h"
#include "resnet_golden.h"

/* A whole ResNet-18 against PyTorch in float64 (tests/ref/nn_resnet.py golden): training pass, backward, then eval mode
 * with the statistics of that pass. */
enum { N = 4, SIZE = 64 };

static struct net *formula_net(void)
{
	struct recipe r;
	struct err e = {""};
	struct net *n;

	recipe_default(&r);
	r.width = r.height = SIZE;
	n = zoo_net("resnet18", &r, 2, &e);
	assert_non_null(n);
	formula_params(n);
	keep_statistics(n, 1);
	return n;
}

/* Norm and noise-weighted sum of a parameter's gradient, in the order of the file. The limits leave room for a value or
 * two that some kernels round to the other side of a ReLU; those of every operator alone are tight (nn/test_ops.c). */
static void check_gradient(const struct param *p, const float *v, const double want[2])
{
	size_t taps = p->ndim == 4 ? (size_t)p->shape[2] * (size_t)p->shape[3] : 1, c = p->ndim > 1 ? (size_t)p->shape[1] : 1;
	double squares = 0, sum = 0;

	for (size_t i = 0; i < p->count; i++) {
		double g = v[p->ndim == 4 ? (i / taps / c * taps + i % taps) * c + i / taps % c : i];

		squares += g * g;
		sum += g * (double)noise(i, 4);
	}
	if (!(fabs(sqrt(squares) - want[0]) <= 3e-3 * want[0]) || !(fabs(sum - want[1]) <= 2e-2 * want[0]))
		fail_msg("%s: norm %.9g, not %.9g; sum %.9g, not %.9g", p->name, sqrt(squares), want[0], sum, want[1]);
}

static void check_statistics(const struct net *n)
{
	int k = 0;

	for (int i = 0; i < n->g->nparam; i++) {
		const struct param *p = n->g->param[i];
		double squares = 0;

		if (p->role != ROLE_MEAN && p->role != ROLE_VAR)
			continue;
		for (size_t j = 0; j < p->count; j++)
			squares += (double)n->value[p->offset + j] * n->value[p->offset + j];
		assert_near(sqrt(squares), golden_statistics[k], 1e-5 * golden_statistics[k]);
		k++;
	}
	assert_int_equal(k, sizeof golden_statistics / sizeof *golden_statistics);
}

static void a_resnet_is_torchs(void **state)
{
	struct net *n = formula_net();
	struct pool *pool = pool_new(2);
	struct plan *p = plan_of(n, N, KEEP_NONE, true, false, pool);
	int k = 0;

	(void)state;
	formula_pictures(plan_input(p), N * input_size(n));
	plan_forward(p, N, 0);
	assert_true(apart(plan_value(p, n->g->output), golden_train_logits, N * 2) < 1e-4);
	fill_noise(plan_output_grad(p), N * 2, 3);
	plan_backward(p);
	for (int i = 0; i < n->g->nparam; i++)
		if (n->g->param[i]->role != ROLE_MEAN && n->g->param[i]->role != ROLE_VAR)
			check_gradient(n->g->param[i], plan_param_grad(p) + n->g->param[i]->offset, golden_gradients + 2 * k++);
	assert_int_equal(k * 2, sizeof golden_gradients / sizeof *golden_gradients);
	check_statistics(n);
	plan_free(p);
	for (int keep = KEEP_NONE; keep <= KEEP_ALL; keep++) {
		p = plan_of(n, N, keep, false, false, pool);
		formula_pictures(plan_input(p), N * input_size(n));
		plan_forward(p, N, 0);
		assert_true(apart(plan_value(p, n->g->output), golden_eval_logits, N * 2) < 1e-4);
		plan_free(p);
	}
	pool_free(pool);
	net_free(n);
}

/* Logits and gradients at layer4 have the same bits for any batch and any number of threads. */
static void a_picture_is_alone(void **state)
{
	struct net *n = formula_net();
	struct node *layer = graph_find(n->g, "layer4.1");
	size_t size = node_size(layer);
	bool *keep = xcalloc((size_t)n->g->nnode, 1);
	struct pool *pools[3] = {pool_new(1), pool_new(2), pool_new(3)};
	struct plan *p = plan_of(n, N, KEEP_NONE, true, false, pools[1]);
	float *x = xmalloc(N * input_size(n) * sizeof *x), *z = NULL, *g = NULL;
	struct err e;

	(void)state;
	formula_pictures(x, N * input_size(n));
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
		cmocka_unit_test(a_resnet_is_torchs),
		cmocka_unit_test(a_picture_is_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
