#include "base/rng.h"
#include "nets.h"
#include "nn/plan_build.h"
#include "nn/select.h"

/* Plans on a residual network small enough to be quick, with everything a plan can fuse, share or reuse. */
enum { SIZE = 24, BATCH = 5 };

/* How far apart numbers may be that are summed in another order (a folded batch norm, Winograd's way), as a share of
 * the largest. The longest sums, of 256 x 9 products, are off by about sqrt(256 x 9) = 48 roundings of 2^-24 each;
 * eight times that, for the layers before and the batch norm that magnifies them. Without vector instructions l4.b_bn
 * is 1.06e-5 apart; both ways are then off by less than 7e-6 from the same network in double precision. */
static const double rounding = 8 * 48 * 0x1p-24;

static struct node *conv_bn(struct graph *g, const char *name, struct node *x, int c, int kernel, int stride)
{
	char bn[32];

	snprintf(bn, sizeof bn, "%s_bn", name);
	return graph_bn(g, bn, graph_conv(g, name, x, c, window_square(kernel, stride, kernel / 2), 1, false), 1e-5f);
}

static struct node *block(struct graph *g, const char *name, struct node *in, int c, int stride)
{
	char a[24], b[24], d[24], r[24], s[24];
	struct node *n, *shortcut = in;

	snprintf(a, sizeof a, "%s.a", name);
	snprintf(b, sizeof b, "%s.b", name);
	snprintf(d, sizeof d, "%s.d", name);
	snprintf(r, sizeof r, "%s.r", name);
	snprintf(s, sizeof s, "%s.s", name);
	n = graph_act(g, r, conv_bn(g, a, in, c, 3, stride), ACT_RELU);
	n = conv_bn(g, b, n, c, 3, 1);
	if (stride != 1 || in->c != c)
		shortcut = conv_bn(g, d, in, c, 1, stride);
	return graph_act(g, name, graph_add(g, s, n, shortcut), ACT_RELU);
}

static struct net *residual_net(void)
{
	struct graph *g = graph_new();
	struct node *n = graph_act(g, "relu", conv_bn(g, "stem", graph_input(g, SIZE, SIZE, 3), 16, 7, 2), ACT_RELU);

	n = graph_maxpool(g, "pool", n, window_square(3, 2, 1));
	n = block(g, "l1", n, 16, 1);
	n = block(g, "l2", n, 32, 2);
	n = block(g, "l3", n, 256, 1);
	n = block(g, "l4", n, 256, 1);
	n = graph_dropout(g, "drop", graph_flatten(g, "flat", graph_gap(g, "gap", n)), .5f);
	return net_of(g, graph_dense(g, "fc", n, 3, true));
}

/* Images that differ; running statistics that fit them. */
static void images(float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = noise(i, 1) + (float)sin((double)i * .003);
}

static struct net *settled_net(void)
{
	struct net *n = residual_net();
	struct pool *pool = pool_new(2);
	struct plan *p;

	for (int i = 0; i < n->g->nnode; i++)
		n->g->node[i]->momentum = 1;
	p = plan_of(n, BATCH, KEEP_NONE, true, false, pool);
	images(plan_input(p), BATCH * input_size(n));
	plan_forward(p, BATCH, 0);
	plan_free(p);
	pool_free(pool);
	return n;
}

static void run(struct plan *p, const struct net *n, int first, int batch, bool backward)
{
	float *all = xmalloc((size_t)(first + batch) * input_size(n) * sizeof *all);

	images(all, (size_t)(first + batch) * input_size(n));
	memcpy(plan_input(p), all + (size_t)first * input_size(n), (size_t)batch * input_size(n) * sizeof *all);
	plan_forward(p, batch, 9);
	if (backward) {
		fill_noise(plan_output_grad(p), (size_t)batch * output_size(n), 2);
		for (int i = 0; i < batch; i++)
			for (size_t k = 0; k < output_size(n); k++)
				plan_output_grad(p)[(size_t)i * output_size(n) + k] = noise((size_t)(first + i) * output_size(n) + k, 2);
		plan_backward(p);
	}
	free(all);
}

static struct plan *keeping(struct net *n, const char *name, int batch, bool backward, struct pool *pool)
{
	bool *keep = xcalloc((size_t)n->g->nnode, 1);
	struct plan_options o = {.batch = batch, .keep = keep, .backward = backward};
	struct err e = {""};
	struct plan *p;

	keep[graph_find(n->g, name)->index] = true;
	p = plan_new(n, &o, pool, &e);
	assert_non_null(p);
	free(keep);
	return p;
}

/* What is fused or reused gives what a plan gives that keeps every value and gradient to itself. */
static void fusing_changes_nothing(void **state)
{
	struct net *n = settled_net();
	struct pool *pool = pool_new(2);
	struct plan *all = plan_of(n, BATCH, KEEP_ALL, false, true, pool);

	(void)state;
	run(all, n, 0, BATCH, true);
	for (int i = 0; i < n->g->nnode; i++) {
		const struct node *node = n->g->node[i];
		struct plan *one = keeping(n, node->name, BATCH, true, pool);
		size_t size = BATCH * node_size(node);

		run(one, n, 0, BATCH, true);
		assert_true(plan_bytes(one) < plan_bytes(all));
		if (!(apart_floats(plan_value(one, n->g->output), plan_value(all, n->g->output), BATCH * 3) < rounding) ||
		    !(apart_floats(plan_value(one, node), plan_value(all, node), size) < rounding))
			fail_msg("keeping %s alone changes values", node->name);
		if (node != n->g->output && !(apart_floats(plan_grad(one, node), plan_grad(all, node), size) < rounding))
			fail_msg("keeping %s alone changes its gradient", node->name);
		for (int k = 0; k < n->g->nnode; k++)
			if (plan_value(one, n->g->node[k]) && k != i)
				assert_true(n->g->node[k]->op == OP_input || n->g->node[k] == n->g->output ||
				            n->g->node[k]->op == OP_flatten || n->g->node[k]->op == OP_dropout ||
				            n->g->node[k]->op == OP_gap);
		plan_free(one);
	}
	plan_free(all);
	pool_free(pool);
	net_free(n);
}

/* The same for training: parameter gradients and running statistics. */
static void reuse_changes_no_step(void **state)
{
	struct pool *pool = pool_new(2);
	struct net *a = settled_net(), *b = settled_net();
	struct plan *all = plan_of(a, BATCH, KEEP_ALL, true, false, pool), *none = plan_of(b, BATCH, KEEP_NONE, true, false, pool);

	(void)state;
	run(all, a, 0, BATCH, true);
	run(none, b, 0, BATCH, true);
	assert_true(plan_bytes(none) < plan_bytes(all));
	assert_true(apart_floats(plan_value(none, b->g->output), plan_value(all, a->g->output), BATCH * 3) < rounding);
	for (int i = 0; i < a->g->nparam; i++) {
		const struct param *p = a->g->param[i];

		if (!(apart_floats(plan_param_grad(none) + p->offset, plan_param_grad(all) + p->offset, p->count) < 1e-4))
			fail_msg("%s has another gradient when all is kept", p->name);
		assert_true(apart_floats(b->value + p->offset, a->value + p->offset, p->count) < rounding);
	}
	plan_free(all);
	plan_free(none);
	net_free(a);
	net_free(b);
	pool_free(pool);
}

/* Garbage left by other images, or by a larger batch, is never read. */
static void nothing_is_left_over(void **state)
{
	struct net *n = settled_net();
	struct pool *pool = pool_new(1);
	struct plan *p = keeping(n, "l3", BATCH, true, pool);
	const struct node *l3 = graph_find(n->g, "l3");
	size_t size = 2 * node_size(l3);

	(void)state;
	run(p, n, 0, 2, true);
	float *y = copy_floats(plan_value(p, n->g->output), 2 * 3), *v = copy_floats(plan_value(p, l3), size);
	float *g = copy_floats(plan_grad(p, l3), size);
	for (size_t i = 0; i < BATCH * input_size(n); i++)
		plan_input(p)[i] = NAN;
	plan_forward(p, BATCH, 1);
	for (size_t i = 0; i < BATCH * 3; i++)
		plan_output_grad(p)[i] = NAN;
	plan_backward(p);
	run(p, n, 0, 2, true);
	assert_bits(plan_value(p, n->g->output), y, 6, "output after NaN");
	assert_bits(plan_value(p, l3), v, size, "value after NaN");
	assert_bits(plan_grad(p, l3), g, size, "gradient after NaN");
	free(y);
	free(v);
	free(g);
	plan_free(p);
	pool_free(pool);
	net_free(n);
}

/* Inference and explanation: the bits of an image in any batch, any place, any number of threads. */
static void a_image_is_alone(void **state)
{
	struct net *n = settled_net();
	const struct node *l4 = graph_find(n->g, "l4.b_bn");
	size_t size = node_size(l4);
	struct pool *one = pool_new(1);
	struct plan *all = keeping(n, "l4.b_bn", BATCH, true, one);
	double spread;

	(void)state;
	run(all, n, 0, BATCH, true);
	spread = apart_floats(plan_value(all, n->g->output), plan_value(all, n->g->output) + 3, 3);
	assert_true(spread > .01); /* images must differ for this to mean anything */
	for (int threads = 1; threads <= 3; threads++) {
		struct pool *pool = pool_new(threads);

		for (int batch = 1; batch <= BATCH; batch++)
			for (int first = 0; first + batch <= BATCH; first++) {
				struct plan *p = keeping(n, "l4.b_bn", batch + threads - 1, true, pool);

				run(p, n, first, batch, true);
				assert_bits(plan_value(p, n->g->output), plan_value(all, n->g->output) + first * 3, (size_t)batch * 3, "output");
				assert_bits(plan_value(p, l4), plan_value(all, l4) + (size_t)first * size, (size_t)batch * size, "kept value");
				assert_bits(plan_grad(p, l4), plan_grad(all, l4) + (size_t)first * size, (size_t)batch * size, "gradient");
				plan_free(p);
			}
		pool_free(pool);
	}
	plan_free(all);
	pool_free(one);
	net_free(n);
}

/* Large values and few weights: the first steps take an image or two at a time. */
static struct net *large_net(void)
{
	struct graph *g = graph_new();
	struct node *x = graph_input(g, 120, 130, 3), *a, *b;

	a = graph_act(g, "a_relu", graph_conv(g, "a", x, 32, window_square(3, 1, 1), 1, true), ACT_RELU);
	b = graph_act(g, "b_relu", graph_conv(g, "b", a, 32, window_square(3, 1, 1), 1, true), ACT_RELU);
	b = graph_act(g, "sum_relu", graph_add(g, "sum", graph_conv(g, "c", b, 32, window_square(1, 1, 0), 1, true), a), ACT_RELU);
	b = graph_conv(g, "d", graph_maxpool(g, "pool", b, window_square(3, 4, 1)), 272, window_square(3, 3, 1), 1, true);
	return net_of(g, graph_dense(g, "fc", graph_gap(g, "gap", b), 3, true));
}

static void parts_of_a_batch_change_nothing(void **state)
{
	struct net *n = large_net();
	struct pool *one = pool_new(1), *many = pool_new(6);
	struct plan *alone = keeping(n, "sum_relu", 1, false, one);
	const struct node *kept = graph_find(n->g, "sum_relu");

	(void)state;
	for (int k = 0; k < 4; k++) {
		struct plan *p = keeping(n, k % 2 ? "pool" : "sum_relu", 7, k > 1, k % 2 ? many : one);

		assert_true(p->front > 2 && p->part < 7);
		run(p, n, 0, 7, false);
		for (int i = 0; i < 7; i++) {
			run(alone, n, i, 1, false);
			assert_bits(plan_value(p, n->g->output) + i * 3, plan_value(alone, n->g->output), 3, "output");
			if (k % 2 == 0)
				assert_bits(plan_value(p, kept) + (size_t)i * node_size(kept), plan_value(alone, kept), node_size(kept), "kept");
		}
		plan_free(p);
	}
	plan_free(alone);
	pool_free(one);
	pool_free(many);
	net_free(n);
}

static void threads_change_no_step(void **state)
{
	struct net *first = NULL;
	float *grad = NULL;

	(void)state;
	for (int threads = 1; threads <= 3; threads++) {
		struct pool *pool = pool_new(threads);
		struct net *n = settled_net();
		struct plan *p = plan_of(n, BATCH, KEEP_NONE, true, false, pool);

		run(p, n, 0, BATCH, true);
		if (first) {
			assert_bits(plan_param_grad(p), grad, n->g->count, "gradients");
			assert_bits(n->value, first->value, n->g->count, "running statistics");
			net_free(n);
		} else {
			grad = copy_floats(plan_param_grad(p), n->g->count);
			first = n;
		}
		plan_free(p);
		pool_free(pool);
	}
	net_free(first);
	free(grad);
}

/* Changed parameters count from the next forward after plan_refresh, in a folded network as in any. */
static void refresh_sees_new_parameters(void **state)
{
	struct net *n = settled_net();
	struct pool *pool = pool_new(1);
	struct plan *p = plan_of(n, 2, KEEP_NONE, false, false, pool), *fresh;

	(void)state;
	run(p, n, 0, 2, false);
	float *y = copy_floats(plan_value(p, n->g->output), 6);
	for (size_t i = 0; i < n->g->count; i++)
		n->value[i] *= 1.01f;
	plan_refresh(p);
	run(p, n, 0, 2, false);
	fresh = plan_of(n, 2, KEEP_NONE, false, false, pool);
	run(fresh, n, 0, 2, false);
	assert_bits(plan_value(p, n->g->output), plan_value(fresh, n->g->output), 6, "refreshed");
	assert_true(apart_floats(plan_value(p, n->g->output), y, 6) > 1e-4);
	free(y);
	plan_free(p);
	plan_free(fresh);
	pool_free(pool);
	net_free(n);
}

/* A frozen batch norm in a training plan keeps its statistics and acts as in eval mode. */
static void frozen_statistics_stay(void **state)
{
	struct net *n = settled_net();
	struct pool *pool = pool_new(2);
	float *before = copy_floats(n->value, n->g->count);
	bool *train = xcalloc((size_t)n->g->nparam, 1);
	struct err e = {""};
	struct plan_options o = {.batch = BATCH, .train = train};

	(void)state;
	assert_int_equal(graph_select(n->g, "l4+", train, &e), 0);
	struct plan *p = plan_new(n, &o, pool, &e);
	run(p, n, 0, BATCH, true);
	for (int i = 0; i < n->g->nparam; i++) {
		const struct param *q = n->g->param[i];
		bool statistics = q->role == ROLE_MEAN || q->role == ROLE_VAR, late = q->node->index > graph_find(n->g, "l3")->index;
		bool changed = memcmp(before + q->offset, n->value + q->offset, q->count * sizeof *before) != 0, any = false;

		assert_int_equal(train[i], late && !statistics);
		if (!late || !statistics)
			assert_false(changed);
		for (size_t k = 0; k < q->count; k++)
			any = any || plan_param_grad(p)[q->offset + k] != 0;
		assert_int_equal(any, train[i]);
	}
	plan_free(p);
	free(train);
	free(before);
	pool_free(pool);
	net_free(n);
}

static int count(const struct graph *g, const char *prefixes)
{
	bool *train = xcalloc((size_t)g->nparam, 1);
	struct err e = {""};
	int n = 0;

	if (graph_select(g, prefixes, train, &e)) {
		assert_true(*e.text);
		n = -1;
	}
	for (int i = 0; i < g->nparam && n >= 0; i++) {
		n += train[i];
		assert_false(train[i] && (g->param[i]->role == ROLE_MEAN || g->param[i]->role == ROLE_VAR));
	}
	free(train);
	return n;
}

static void prefixes_select(void **state)
{
	struct net *n = residual_net();
	const struct graph *g = n->g;

	(void)state;
	assert_int_equal(count(g, NULL), 3 + 6 + 9 + 9 + 6 + 2);
	assert_int_equal(count(g, "fc"), 2);
	assert_int_equal(count(g, "fc.bias"), 1);
	assert_int_equal(count(g, "l1,fc"), 8);
	assert_int_equal(count(g, "l1,l1.a"), 6);
	assert_int_equal(count(g, "l4+"), 8);
	assert_int_equal(count(g, "l4.b+"), 5);
	assert_int_equal(count(g, "pool+"), 6 + 9 + 9 + 6 + 2);
	assert_int_equal(count(g, "relu"), -1); /* has no parameters */
	assert_int_equal(count(g, "l"), -1);    /* a name ends at a dot */
	assert_int_equal(count(g, "l11"), -1);
	assert_int_equal(count(g, "stem_bn.running_mean"), -1);
	assert_int_equal(count(g, "fc,nothing"), -1);
	assert_int_equal(count(g, ""), -1);
	assert_int_equal(count(g, ",fc"), -1);
	assert_int_equal(count(g, "fc,"), -1);
	assert_int_equal(count(g, "+"), -1);
	assert_int_equal(count(g, "fc++"), -1);
	net_free(n);
}

static void too_much_memory_is_an_error(void **state)
{
	struct net *n = residual_net();
	struct pool *pool = pool_new(1);
	bool *train = xcalloc((size_t)n->g->nparam, 1);

	(void)state;
	for (int k = 0; k < 3; k++) {
		struct plan_options o = {.batch = 2147483647, .backward = k == 1, .train = k == 2 ? train : NULL};
		struct err e = {""};

		assert_null(plan_new(n, &o, pool, &e));
		assert_non_null(strstr(e.text, "memory"));
		assert_non_null(strstr(e.text, "2147483647"));
	}
	free(train);
	pool_free(pool);
	net_free(n);
}

/* A kept branch that does not reach the output is computed; its gradient is zero. */
static void side_branch(void **state)
{
	struct graph *g = graph_new();
	struct node *x = graph_conv(g, "a", graph_input(g, 6, 6, 3), 16, window_square(3, 1, 1), 1, true);
	struct node *side = graph_act(g, "side", graph_conv(g, "b", x, 4, window_square(3, 2, 1), 1, true), ACT_SIGMOID);
	struct net *n = net_of(g, graph_dense(g, "fc", graph_gap(g, "gap", graph_act(g, "r", x, ACT_RELU)), 1, true));
	struct pool *pool = pool_new(1);

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct plan *p = keeping(n, "side", 2, true, pool);
		struct plan *plain = plan_of(n, 2, KEEP_NONE, false, false, pool);

		run(p, n, 0, 2, true);
		run(plain, n, 0, 2, false);
		assert_near(plan_value(p, g->output)[0], plan_value(plain, g->output)[0], 1e-6);
		assert_true(plan_value(p, side)[0] > 0 && plan_value(p, side)[0] < 1);
		for (size_t i = 0; i < 2 * node_size(side); i++)
			assert_true(plan_grad(p, side)[i] == 0);
		plan_free(p);
		plan_free(plain);
	}
	pool_free(pool);
	net_free(n);
}

/* Networks drawn at random, each value read by whom it may: all that fuses, accumulates or shares memory. */
static struct node *random_node(struct graph *g, struct rng *r, const char *name, struct node **made, int n)
{
	struct node *a = made[rng_below(r, (uint64_t)n)], *b = made[rng_below(r, (uint64_t)n)];

	if (rng_below(r, 3) > 0)
		a = made[n - 1];
	switch (rng_below(r, 8)) {
	case 0:
	case 1:
		return graph_conv(g, name, a, 16, window_square(3, 1, 1), 1, rng_below(r, 2));
	case 2:
		return graph_conv(g, name, a, 16, window_square(1, 1, 0), 2, rng_below(r, 2));
	case 3:
	case 4:
		return graph_bn(g, name, a, 1e-5f);
	case 5:
		return graph_act(g, name, a, ACT_SIGMOID);
	case 6:
		return graph_dropout(g, name, a, .2f);
	default:
		return graph_add(g, name, a, b);
	}
}

static struct net *random_net(uint64_t seed)
{
	struct rng r = rng_at(seed, RNG_TEST, 0, 0);
	struct graph *g = graph_new();
	struct node *made[12] = {graph_input(g, 5, 6, 16)}, *last[3];

	for (int i = 1; i < 12; i++) {
		char name[16];

		snprintf(name, sizeof name, "n%d", i);
		made[i] = random_node(g, &r, name, made, i);
	}
	for (int i = 0; i < 3; i++)
		last[i] = made[11 - (int)rng_below(&r, 6)];
	return net_of(g, graph_dense(g, "fc", graph_gap(g, "gap", graph_concat(g, "cat", last, 3)), 2, true));
}

static void check_random(struct net *n, uint64_t seed, bool train, struct pool *pool)
{
	struct plan *all = plan_of(n, 3, KEEP_ALL, train, true, pool), *p = plan_of(n, 3, KEEP_INPUT, train, true, pool);
	float *start = copy_floats(n->value, n->g->count);

	run(all, n, 0, 3, true);
	memcpy(n->value, start, n->g->count * sizeof *start);
	run(p, n, 0, 3, true);
	if (!(apart_floats(plan_value(p, n->g->output), plan_value(all, n->g->output), 6) < 2e-5))
		fail_msg("network %d: output depends on what is kept", (int)seed);
	if (!train && !(apart_floats(plan_grad(p, n->g->input), plan_grad(all, n->g->input), 3 * input_size(n)) < 1e-4))
		fail_msg("network %d: input gradient depends on what is kept", (int)seed);
	for (int i = 0; i < n->g->nparam && train; i++) {
		const struct param *q = n->g->param[i];
		double size = 0, off = 0; /* some are zero but for rounding: a bias before a batch norm */

		for (size_t k = 0; k < q->count; k++) {
			size = fmax(size, fabs((double)plan_param_grad(all)[q->offset + k]));
			off = fmax(off, fabs((double)plan_param_grad(p)[q->offset + k] - (double)plan_param_grad(all)[q->offset + k]));
		}
		if (!(off <= 2e-4 * size + 2e-5))
			fail_msg("network %d: gradient of %s depends on what is kept: %g of %g", (int)seed, q->name, off, size);
	}
	memcpy(n->value, start, n->g->count * sizeof *start);
	free(start);
	plan_free(all);
	plan_free(p);
}

static void random_networks_agree(void **state)
{
	struct pool *pool = pool_new(2);

	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct net *n = random_net(seed);

		check_random(n, seed, false, pool);
		check_random(n, seed, true, pool);
		net_free(n);
	}
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fusing_changes_nothing),
		cmocka_unit_test(reuse_changes_no_step),
		cmocka_unit_test(nothing_is_left_over),
		cmocka_unit_test(a_image_is_alone),
		cmocka_unit_test(parts_of_a_batch_change_nothing),
		cmocka_unit_test(threads_change_no_step),
		cmocka_unit_test(refresh_sees_new_parameters),
		cmocka_unit_test(frozen_statistics_stay),
		cmocka_unit_test(prefixes_select),
		cmocka_unit_test(too_much_memory_is_an_error),
		cmocka_unit_test(side_branch),
		cmocka_unit_test(random_networks_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
