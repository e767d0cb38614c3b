/* Values that lie in a concat's (lib/nn/plan_slices.c), and batch norms that convolutions compute: the same bits as
 * where every value is whole. */
#include "base/rng.h"
#include "nets.h"
#include "nn/plan_build.h"

enum { BATCH = 3 };

static struct node *bn_relu_conv(struct graph *g, const char *name, struct node *x, int c, int kernel)
{
	char bn[48], relu[48];

	snprintf(bn, sizeof bn, "%s.bn", name);
	snprintf(relu, sizeof relu, "%s.relu", name);
	x = graph_act(g, relu, graph_bn(g, bn, x, 1e-5f), ACT_RELU);
	return graph_conv(g, name, x, c, window_square(kernel, 1, kernel / 2), 1, false);
}

/* A block of a DenseNet. */
static struct node *dense_block(struct graph *g, const char *name, struct node *x, int layers)
{
	char a[32], b[32], cat[32];

	for (int i = 0; i < layers; i++) {
		struct node *fresh;

		snprintf(a, sizeof a, "%s.%d.a", name, i);
		snprintf(b, sizeof b, "%s.%d.b", name, i);
		snprintf(cat, sizeof cat, "%s.%d.cat", name, i);
		fresh = bn_relu_conv(g, b, bn_relu_conv(g, a, x, 48, 1), 16, 3);
		x = graph_concat(g, cat, (struct node *[]){x, fresh}, 2);
	}
	return x;
}

/* One of an Inception, with an input that is joined twice, and one that an add reads, too. */
static struct node *branches(struct graph *g, struct node *x)
{
	struct node *in[6], *twice;

	in[0] = graph_act(g, "b0", graph_conv(g, "b0.conv", x, 20, window_square(1, 1, 0), 1, true), ACT_RELU);
	in[1] = graph_act(g, "b1", graph_conv(g, "b1.conv", x, 16, window_square(3, 1, 1), 1, true), ACT_RELU6);
	in[2] = graph_maxpool(g, "b2", x, window_square(3, 1, 1));
	in[3] = graph_avgpool(g, "b3", x, window_square(3, 1, 1), false);
	in[4] = graph_bn(g, "b4", in[0], 1e-5f);
	in[5] = in[2];
	twice = graph_add(g, "sum", in[0], in[4]);
	return graph_concat(g, "branches", (struct node *[]){in[0], in[1], in[2], in[3], twice, in[5]}, 6);
}

static struct net *joining_net(void)
{
	struct graph *g = graph_new();
	struct node *x = graph_conv(g, "stem", graph_input(g, 26, 28, 3), 16, window_square(3, 1, 1), 1, true);

	x = dense_block(g, "one", graph_maxpool(g, "pool", x, window_square(3, 2, 1)), 3);
	x = graph_avgpool(g, "half", bn_relu_conv(g, "transition", x, 32, 1), window_square(2, 2, 0), true);
	x = graph_act(g, "end", graph_bn(g, "norm", dense_block(g, "two", x, 2), 1e-5f), ACT_RELU);
	return net_of(g, graph_dense(g, "fc", graph_gap(g, "gap", branches(g, x)), 2, true));
}

/* A plan for as many images; whole: every input of a concat is kept, so that none is a slice. */
static struct plan *plan_for(struct net *n, int batch, bool whole, bool train, struct pool *pool)
{
	bool *keep = xcalloc((size_t)n->g->nnode, 1), *trained = xcalloc((size_t)n->g->nparam, 1);
	struct plan_options o = {.batch = batch, .keep = keep, .train = train ? trained : NULL};
	struct err e = {""};
	struct plan *p;

	for (int i = 0; i < n->g->nnode && whole; i++)
		for (int k = 0; n->g->node[i]->op == OP_concat && k < n->g->node[i]->nin; k++)
			keep[n->g->node[i]->in[k]->index] = true;
	assert_int_equal(graph_select(n->g, NULL, trained, &e), 0);
	if (!(p = plan_new(n, &o, pool, &e)))
		fail_msg("%s", e.text);
	free(keep);
	free(trained);
	return p;
}

static int slices(const struct plan *p)
{
	int count = 0;

	for (int i = 0; i < p->net->g->nnode; i++)
		count += p->slice[i].of != i;
	return count;
}

/* Images first and the next. */
static void run(struct plan *p, const struct net *n, int first, int batch)
{
	for (size_t i = 0; i < (size_t)batch * input_size(n); i++)
		plan_input(p)[i] = noise((size_t)first * input_size(n) + i, 1);
	plan_forward(p, batch, 9);
}

static void slices_change_nothing(void **state)
{
	struct net *n = joining_net();
	struct pool *one = pool_new(1);
	struct plan *whole = plan_for(n, BATCH, true, false, one);

	(void)state;
	assert_int_equal(slices(whole), 0);
	run(whole, n, 0, BATCH);
	for (int threads = 1; threads <= 3; threads++) {
		struct pool *pool = pool_new(threads);

		for (int batch = 1; batch <= BATCH; batch++) {
			struct plan *p = plan_for(n, batch, false, false, pool);

			assert_int_equal(slices(p), 6 + 4 + 2); /* the blocks', with joins in joins; of the branches two */
			for (int first = 0; first + batch <= BATCH; first++) {
				run(p, n, first, batch);
				assert_bits(plan_value(p, n->g->output), plan_value(whole, n->g->output) + 2 * first, 2 * (size_t)batch,
				            "output");
			}
			plan_free(p);
		}
		pool_free(pool);
	}
	plan_free(whole);
	pool_free(one);
	net_free(n);
}

static void slices_change_no_gradient(void **state)
{
	struct net *n = joining_net();
	struct pool *pool = pool_new(2);
	float *start = copy_floats(n->value, n->g->count), *after = NULL;
	struct plan *p[2];

	(void)state;
	for (int whole = 0; whole < 2; whole++) {
		memcpy(n->value, start, n->g->count * sizeof *start);
		p[whole] = plan_for(n, BATCH, whole, true, pool);
		run(p[whole], n, 0, BATCH);
		fill_noise(plan_output_grad(p[whole]), BATCH * output_size(n), 2);
		plan_backward(p[whole]);
		after = after ? after : copy_floats(n->value, n->g->count);
	}
	assert_int_equal(slices(p[1]), 0);
	assert_true(slices(p[0]) > 5 && plan_bytes(p[0]) < plan_bytes(p[1]));
	assert_bits(plan_value(p[0], n->g->output), plan_value(p[1], n->g->output), BATCH * 2, "output");
	assert_bits(plan_param_grad(p[0]), plan_param_grad(p[1]), n->g->count, "gradient");
	assert_bits(after, n->value, n->g->count, "running statistics");
	for (int i = 0; i < 2; i++)
		plan_free(p[i]);
	free(start);
	free(after);
	pool_free(pool);
	net_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_change_nothing),
		cmocka_unit_test(slices_change_no_gradient),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
