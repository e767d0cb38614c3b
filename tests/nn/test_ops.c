#include "nn/select.h"
#include "nets.h"
#include "ops_golden.h"

/* Every operator against PyTorch (tests/ref/nn_ops.py has the same table), the small input and what is built on it. */
struct golden {
	const char *name;
	int h, w, c;
	struct node *(*build)(struct graph *g, struct node *x);
	const double *want;
	size_t n;
	bool eval;
};

enum { BATCH = 3 };

static struct node *conv_of(struct graph *g, struct node *x, int channels, struct window w, int groups, bool bias)
{
	return graph_conv(g, "op", x, channels, w, groups, bias);
}

#define CONV(name, channels, window, groups, bias) \
	static struct node *name(struct graph *g, struct node *x) \
	{ \
		return conv_of(g, x, channels, window, groups, bias); \
	}
CONV(conv3, 5, window_square(3, 1, 1), 1, true)
CONV(conv_even, 6, window_square(2, 1, 0), 1, false)
CONV(conv_rect, 4, ((struct window){1, 5, 2, 1, 0, 2, 0, 2}), 1, false)
CONV(conv3_wino, 32, window_square(3, 1, 1), 1, true)
CONV(conv3_wide, 24, window_square(3, 1, 1), 1, false)
CONV(conv7, 8, window_square(7, 2, 3), 1, false)
CONV(conv3_strided, 18, window_square(3, 2, 1), 1, false)
CONV(conv1, 33, window_square(1, 1, 0), 1, true)
CONV(conv1_strided, 16, window_square(1, 2, 0), 1, false)
CONV(conv_padded, 3, window_square(3, 1, 3), 1, false)
CONV(conv_groups, 12, window_square(3, 1, 1), 4, true)
CONV(depthwise, 20, window_square(3, 1, 1), 20, false)
CONV(depthwise_strided, 5, window_square(3, 2, 1), 5, false)
CONV(conv_keras, 6, ((struct window){3, 3, 2, 2, 0, 0, 1, 1}), 1, false)

#define NODE(name, expression) \
	static struct node *name(struct graph *g, struct node *x) \
	{ \
		return expression; \
	}
NODE(bn, graph_bn(g, "op", x, 1e-5f))
NODE(relu, graph_act(g, "op", x, ACT_RELU))
NODE(relu6, graph_act(g, "op", x, ACT_RELU6))
NODE(sigmoid, graph_act(g, "op", x, ACT_SIGMOID))
NODE(maxpool, graph_maxpool(g, "op", x, window_square(3, 2, 1)))
NODE(maxpool2, graph_maxpool(g, "op", x, window_square(2, 2, 0)))
NODE(avgpool, graph_avgpool(g, "op", x, window_square(3, 2, 1), false))
NODE(avgpool_padded, graph_avgpool(g, "op", x, window_square(3, 2, 1), true))
NODE(adaptive, graph_adaptive(g, "op", x, 3, 4))
NODE(adaptive_wide, graph_adaptive(g, "op", x, 7, 7))
NODE(enlarge, graph_enlarge(g, "op", x, 13, 9))
NODE(enlarge_wide, graph_enlarge(g, "op", x, 8, 6))
NODE(gap, graph_gap(g, "op", x))
NODE(dense, graph_dense(g, "op", x, 5, true))
NODE(flatten, graph_dense(g, "op", graph_flatten(g, "flat", x), 3, true))

/* relu(conv), a batch norm of it, and both joined in three ways: values with several readers. */
static struct node *joined(struct graph *g, struct node *x)
{
	struct node *a = graph_act(g, "a.relu", graph_conv(g, "a", x, 16, window_square(3, 1, 1), 1, true), ACT_RELU);
	struct node *b = graph_bn(g, "b", a, 1e-5f);
	struct node *parts[] = {a, graph_act(g, "s", b, ACT_SIGMOID),
	                        graph_act(g, "r", graph_add(g, "sum", b, a), ACT_RELU)};

	return graph_concat(g, "op", parts, 3);
}

#define GOLDEN(name, h, w, c) {#name, h, w, c, name, golden_##name, sizeof golden_##name / sizeof(double), false}
#define EVAL(name, h, w, c) {#name, h, w, c, name, golden_##name##_eval, sizeof golden_##name##_eval / sizeof(double), true}
#define bn_many bn
static const struct golden goldens[] = {
	GOLDEN(conv3, 5, 7, 3), GOLDEN(conv_even, 6, 5, 4), GOLDEN(conv_rect, 7, 9, 3), GOLDEN(conv3_wino, 9, 11, 16),
	GOLDEN(conv3_wide, 5, 6, 20), GOLDEN(conv7, 13, 11, 3), GOLDEN(conv3_strided, 9, 8, 35), GOLDEN(conv1, 4, 6, 18),
	GOLDEN(conv1_strided, 5, 7, 16), GOLDEN(conv_padded, 3, 4, 5), GOLDEN(conv_groups, 5, 5, 8),
	GOLDEN(depthwise, 6, 7, 20), GOLDEN(depthwise_strided, 7, 6, 5), GOLDEN(conv_keras, 8, 6, 4), GOLDEN(bn, 5, 4, 7),
	{"bn_many", 41, 33, 3, bn, golden_bn_many, sizeof golden_bn_many / sizeof(double), false},
	GOLDEN(relu, 3, 4, 5), GOLDEN(relu6, 3, 4, 5), GOLDEN(sigmoid, 3, 4, 5), GOLDEN(maxpool, 7, 8, 5),
	GOLDEN(maxpool2, 5, 6, 3), GOLDEN(avgpool, 7, 8, 5), GOLDEN(avgpool_padded, 7, 8, 5),
	GOLDEN(adaptive, 5, 8, 6), GOLDEN(adaptive_wide, 2, 3, 5), GOLDEN(enlarge, 5, 4, 3), GOLDEN(enlarge_wide, 1, 3, 2),
	GOLDEN(gap, 5, 3, 6), GOLDEN(dense, 1, 1, 37),
	GOLDEN(flatten, 3, 2, 4), GOLDEN(joined, 4, 5, 16), EVAL(bn, 5, 4, 7),
	EVAL(joined, 4, 5, 16),
};

/* Compares an array with the next golden numbers: sum, sum of squares, some of its numbers. */
struct golden_reader {
	const struct golden *golden;
	size_t at;
	const char *how;
};

static void compare(struct golden_reader *r, const float *v, size_t n, const char *what)
{
	const double *want = r->golden->want + r->at;
	double sum = 0, squares = 0, scale = sqrt(want[1] / (double)n), worst = 0;
	size_t step = n / 24 + 1, k = 2;

	for (size_t i = 0; i < n; i++) {
		sum += v[i];
		squares += (double)v[i] * v[i];
	}
	assert_true(r->at + 2 + (n + step - 1) / step <= r->golden->n);
	for (size_t i = 0; i < n; i += step, k++)
		worst = fmax(worst, fabs(v[i] - want[k]));
	if (!(worst <= 3e-5 * scale + 1e-6) || !(fabs(sum - want[0]) <= 3e-5 * scale * (double)n + 1e-6) ||
	    !(fabs(squares - want[1]) <= 3e-5 * want[1] + 1e-6))
		fail_msg("%s, %s: %s is %.2g off (of %.2g); sum %.9g, not %.9g", r->golden->name, r->how, what, worst, scale, sum,
		         want[0]);
	r->at += k;
}

/* A weight in the order of the file. */
static void compare_param(struct golden_reader *r, const struct param *p, const float *v)
{
	float *file = xmalloc(p->count * sizeof *file);
	size_t taps = (size_t)p->taps, c = p->count / (size_t)p->shape[0] / taps;

	for (size_t i = 0; i < p->count; i++)
		file[i] = v[(i / taps / c * taps + i % taps) * c + i / taps % c];
	compare(r, file, p->count, p->name);
	free(file);
}

/* x -> "first", a 1x1 convolution that changes nothing and gives the input a gradient -> what is tested. */
static struct net *golden_net(const struct golden *c)
{
	struct graph *g = graph_new();
	struct node *x = graph_input(g, c->h, c->w, c->c);
	struct node *first = graph_conv(g, "first", x, c->c, window_square(1, 1, 0), 1, false);
	struct net *n = net_of(g, c->build(g, first));

	memset(n->value + first->offset[0], 0, (size_t)c->c * (size_t)c->c * sizeof *n->value);
	for (int i = 0; i < c->c; i++)
		n->value[first->offset[0] + (size_t)(i * c->c + i)] = 1;
	return n;
}

static void golden_input(const struct golden *c, float *x, size_t n)
{
	fill_noise(x, n, name_key("x"));
	for (size_t i = 0; i < n; i++)
		x[i] = strcmp(c->name, "relu6") == 0 ? 8 * x[i] : strcmp(c->name, "maxpool") == 0 ? floorf(2 * x[i]) : x[i];
}

static bool is_bn(const struct param *p)
{
	return p->node->op == OP_bn;
}

static void check_golden(const struct golden *c, bool keep_all, struct pool *pool)
{
	struct net *n = golden_net(c);
	const struct node *first = graph_find(n->g, "first");
	struct golden_reader r = {c, 0, keep_all ? "all kept" : "fused"};
	bool *keep = xcalloc((size_t)n->g->nnode, 1), *train = xcalloc((size_t)n->g->nparam, 1);
	struct plan_options o = {.batch = BATCH, .keep = keep, .train = train};
	struct err e = {""};

	for (int i = 0; i < n->g->nnode; i++)
		keep[i] = keep_all || i == first->index;
	for (int i = 0; i < n->g->nparam; i++)
		train[i] = n->g->param[i]->role != ROLE_MEAN && n->g->param[i]->role != ROLE_VAR &&
		           !(c->eval && is_bn(n->g->param[i]));
	struct plan *p = plan_new(n, &o, pool, &e);
	assert_non_null(p);
	golden_input(c, plan_input(p), BATCH * input_size(n));
	plan_forward(p, BATCH, 0);
	compare(&r, plan_value(p, n->g->output), BATCH * output_size(n), "output");
	fill_noise(plan_output_grad(p), BATCH * output_size(n), name_key("dy"));
	plan_backward(p);
	compare(&r, plan_grad(p, first), BATCH * node_size(first), "input gradient");
	for (int i = 0; i < n->g->nparam; i++)
		if (train[i] && n->g->param[i]->node != first)
			compare_param(&r, n->g->param[i], plan_param_grad(p) + n->g->param[i]->offset);
	for (int i = 0; i < n->g->nparam && !c->eval; i++)
		if (is_bn(n->g->param[i]) && !train[i])
			compare_param(&r, n->g->param[i], n->value + n->g->param[i]->offset);
	assert_int_equal(r.at, c->n);
	plan_free(p);
	net_free(n);
	free(keep);
	free(train);
}

static void operators_are_torchs(void **state)
{
	(void)state;
	for (int threads = 1; threads <= 2; threads++) {
		struct pool *pool = pool_new(threads);

		for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
			check_golden(&goldens[i], false, pool);
			check_golden(&goldens[i], true, pool);
		}
		pool_free(pool);
	}
}

/* The same in explanation mode: value and gradient of the input itself. */
static void explanations_are_torchs(void **state)
{
	struct pool *pool = pool_new(2);

	(void)state;
	for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
		const struct golden *c = &goldens[i];

		if (!c->eval && (strncmp(c->name, "bn", 2) == 0 || c->build == joined))
			continue;
		for (int keep = KEEP_ALL; keep <= KEEP_INPUT; keep++) {
			struct graph *g = graph_new();
			struct net *n = net_of(g, c->build(g, graph_input(g, c->h, c->w, c->c)));
			struct plan *p = plan_of(n, BATCH + 2, keep, false, true, pool);
			struct golden_reader r = {c, 0, "explained"};

			golden_input(c, plan_input(p), BATCH * input_size(n));
			plan_forward(p, BATCH, 0);
			compare(&r, plan_value(p, g->output), BATCH * output_size(n), "output");
			fill_noise(plan_output_grad(p), BATCH * output_size(n), name_key("dy"));
			plan_backward(p);
			compare(&r, plan_grad(p, g->input), BATCH * input_size(n), "input gradient");
			assert_null(plan_param_grad(p));
			plan_free(p);
			net_free(n);
		}
	}
	pool_free(pool);
}

/* Finite differences on deep smooth networks, where every parameter meets every path. */

static struct node *smooth(struct graph *g, const char *name, struct node *x)
{
	return graph_act(g, name, x, ACT_SIGMOID);
}

/* A residual block, grouped and strided convolutions, a concat, pools: all in one. */
static struct node *deep(struct graph *g, bool dropout)
{
	struct node *x = graph_conv(g, "stem", graph_input(g, 9, 10, 3), 16, window_square(3, 1, 1), 1, true);
	struct node *a = smooth(g, "s1", graph_bn(g, "bn1", x, 1e-5f)), *b, *parts[4];

	b = smooth(g, "s2", graph_bn(g, "bn2", graph_conv(g, "c2", a, 16, window_square(3, 1, 1), 1, false), 1e-5f));
	b = graph_bn(g, "bn3", graph_conv(g, "c3", b, 16, window_square(1, 1, 0), 1, false), 1e-5f);
	b = smooth(g, "s3", graph_add(g, "sum", b, a));
	b = graph_add(g, "twice", b, b);
	parts[0] = graph_conv(g, "d1", b, 16, window_square(3, 2, 1), 4, true);
	parts[1] = graph_avgpool(g, "pool", b, window_square(3, 2, 1), false);
	parts[2] = parts[0];
	parts[3] = graph_enlarge(g, "large", graph_conv(g, "d2", b, 4, window_square(3, 4, 1), 1, true), 5, 5);
	x = graph_concat(g, "cat", parts, 4);
	x = smooth(g, "s4", graph_bn(g, "bn4", x, 1e-5f));
	x = smooth(g, "s5", graph_conv(g, "c5", x, 6, window_square(2, 2, 0), 1, true));
	x = graph_flatten(g, "flat", x);
	if (dropout)
		x = graph_dropout(g, "drop", x, .25f);
	x = graph_dense(g, "fc1", x, 9, true);
	return graph_dense(g, "fc2", smooth(g, "s6", x), 2, true);
}

static double loss(struct plan *p, const struct net *n, int batch)
{
	double sum = 0;

	plan_refresh(p);
	plan_forward(p, batch, 7);
	for (size_t i = 0; i < (size_t)batch * output_size(n); i++)
		sum += (double)plan_value(p, n->g->output)[i] * noise(i, 5);
	return sum;
}

/* Slope of the loss along a random direction of v, by differences and by gradient. */
static void check_slope(struct plan *p, const struct net *n, float *v, size_t count, const float *grad, const char *what)
{
	float *start = copy_floats(v, count);
	double scale = 0, slope = 0, up, down, step = 2e-3, size = 0;

	for (size_t i = 0; i < count; i++)
		scale = fmax(scale, fabs((double)v[i]));
	step *= scale > 0 ? scale : 1;
	for (size_t i = 0; i < count; i++) {
		double d = noise(i, 11) < 0 ? -1 : 1;

		d = grad[i] < 0 ? -fabs(d) : noise(i, 11) < -.8f ? -1 : 1; /* mostly uphill: a slope worth measuring */
		v[i] = (float)(start[i] + step * d);
		slope += grad[i] * (double)(v[i] - start[i]);
		size += fabs(grad[i] * (double)(v[i] - start[i]));
	}
	up = loss(p, n, BATCH);
	for (size_t i = 0; i < count; i++)
		v[i] = (float)(start[i] - (v[i] - start[i]));
	down = loss(p, n, BATCH);
	memcpy(v, start, count * sizeof *v);
	if (!(fabs((up - down) / 2 - slope) <= 4e-3 * size + 4e-6))
		fail_msg("%s: slope %.6g by differences, %.6g by gradient", what, (up - down) / 2, slope);
	free(start);
}

/* Training: batch statistics, dropout, all parameters; frozen: batch norms in eval mode, the rest trained. */
static void check_training(bool keep_all, const char *prefixes, struct pool *pool)
{
	struct graph *g = graph_new();
	struct net *n = net_of(g, deep(g, true));
	bool *keep = xcalloc((size_t)g->nnode, 1), *train = xcalloc((size_t)g->nparam, 1);
	struct plan_options o = {.batch = BATCH, .keep = keep, .train = train};
	struct err e = {""};
	struct plan *p;
	float *grad;

	for (int i = 0; i < g->nnode; i++)
		keep[i] = keep_all;
	if (graph_select(g, prefixes, train, &e) || !(p = plan_new(n, &o, pool, &e)))
		fail_msg("%s", e.text);
	fill_noise(plan_input(p), BATCH * input_size(n), 1);
	loss(p, n, BATCH);
	fill_noise(plan_output_grad(p), BATCH * output_size(n), 5);
	plan_backward(p);
	grad = copy_floats(plan_param_grad(p), g->count);
	for (int i = 0; i < g->nparam; i++) {
		const struct param *q = g->param[i];
		bool zero = true;

		if (train[i])
			check_slope(p, n, n->value + q->offset, q->count, grad + q->offset, q->name);
		for (size_t k = 0; k < q->count; k++)
			zero = zero && grad[q->offset + k] == 0;
		assert_int_equal(zero, !train[i]);
	}
	plan_free(p);
	net_free(n);
	free(keep);
	free(train);
	free(grad);
}

static void gradients_are_slopes(void **state)
{
	struct pool *pool = pool_new(2);

	(void)state;
	for (int keep = 0; keep < 2; keep++) {
		check_training(keep, NULL, pool);
		check_training(keep, "stem,c2,c3,d1,c5,fc1,fc2", pool);
		check_training(keep, "bn3+", pool);
		check_training(keep, "bn1,fc2", pool);
	}
	pool_free(pool);
}

static void explained_gradients_are_slopes(void **state)
{
	struct pool *pool = pool_new(1);

	(void)state;
	for (int keep = KEEP_ALL; keep <= KEEP_INPUT; keep++) {
		struct graph *g = graph_new();
		struct net *n = net_of(g, deep(g, true));
		struct plan *p = plan_of(n, BATCH, keep, false, true, pool);

		fill_noise(plan_input(p), BATCH * input_size(n), 1);
		loss(p, n, BATCH);
		fill_noise(plan_output_grad(p), BATCH * output_size(n), 5);
		plan_backward(p);
		float *grad = copy_floats(plan_grad(p, g->input), BATCH * input_size(n));
		check_slope(p, n, plan_input(p), BATCH * input_size(n), grad, "input");
		free(grad);
		plan_free(p);
		net_free(n);
	}
	pool_free(pool);
}

/* Dropout: a function of seed and image; on the average nothing changes; the gradient passes where the value did. */
static void dropout_is_fair(void **state)
{
	struct graph *g = graph_new();
	struct node *x = graph_conv(g, "first", graph_input(g, 20, 20, 1), 25, window_square(1, 1, 0), 1, true);
	struct net *n = net_of(g, graph_dropout(g, "drop", x, .3f));
	struct pool *pool = pool_new(2);
	struct plan *p = plan_of(n, 4, KEEP_ALL, true, false, pool);
	size_t size = output_size(n), zero = 0, agree = 0;
	double sum = 0;

	(void)state;
	for (size_t i = 0; i < n->g->count; i++)
		n->value[i] = i < g->param[1]->offset ? 0 : 1; /* all ones after first */
	plan_forward(p, 4, 5);
	float *y = copy_floats(plan_value(p, g->output), 4 * size);
	for (size_t i = 0; i < 4 * size; i++) {
		assert_true(y[i] == 0 || fabs((double)y[i] - 1 / .7) < 1e-6);
		zero += y[i] == 0;
		sum += y[i];
	}
	assert_near((double)zero / (double)(4 * size), .3, .01);
	assert_near(sum / (double)(4 * size), 1, .015);
	for (size_t i = 0; i < size; i++)
		agree += (y[i] == 0) == (y[size + i] == 0);
	assert_near((double)agree / (double)size, .58, .02); /* another image, another mask */
	for (size_t i = 0; i < 4 * size; i++)
		plan_output_grad(p)[i] = 1;
	plan_backward(p);
	assert_bits(plan_grad(p, x), y, 4 * size, "gradient of ones");
	plan_forward(p, 2, 5);
	assert_bits(plan_value(p, g->output), y, 2 * size, "in a smaller batch");
	plan_forward(p, 4, 6);
	assert_true(memcmp(plan_value(p, g->output), y, size * sizeof *y) != 0);
	free(y);
	plan_free(p);
	net_free(n);
	pool_free(pool);
}

/* A NaN is never swallowed. */
static void nan_survives(void **state)
{
	static struct node *(*const builds[])(struct graph *, struct node *) = {relu, relu6, sigmoid, maxpool, maxpool2, avgpool,
	                                                                        gap, conv3, conv3_wino, bn, joined};
	struct pool *pool = pool_new(1);

	(void)state;
	for (size_t i = 0; i < sizeof builds / sizeof *builds; i++) {
		struct graph *g = graph_new();
		struct net *n = net_of(g, builds[i](g, graph_input(g, 4, 6, 16)));
		struct plan *p = plan_of(n, 1, KEEP_NONE, false, false, pool);
		bool found = false;

		plan_input(p)[16 * 7 + 3] = NAN;
		plan_forward(p, 1, 0);
		for (size_t k = 0; k < output_size(n); k++)
			found = found || isnan(plan_value(p, g->output)[k]);
		if (!found)
			fail_msg("network %zu lost a NaN", i);
		plan_free(p);
		net_free(n);
	}
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_are_torchs),
		cmocka_unit_test(explanations_are_torchs),
		cmocka_unit_test(gradients_are_slopes),
		cmocka_unit_test(explained_gradients_are_slopes),
		cmocka_unit_test(dropout_is_fair),
		cmocka_unit_test(nan_survives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
