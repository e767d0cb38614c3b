#include "nets.h"
#include "nn/conv.h"

/* Convolutions against the definition in double, and every fast way against plain im2col. Where Winograd's method fits,
 * that is what runs; small and large numbers of channels take different ways, and so do their borders. */
struct shape {
	int h, w, c, oc, batch;
	struct window window;
	int groups;
};
#define SAME3 {3, 3, 1, 1, 1, 1, 1, 1}, 1

/* act(conv(x) + bias [+ x]) and its gradients from dy, all in double. */
struct truth {
	double *y, *dx, *dw, *db;
	size_t ny, nx, nw;
};

/* Calls f for every pixel pair of a convolution: where in x, in y, and which tap. */
static void each_tap(const struct node *n, int image, struct truth *t, const float *x, const float *w, const float *dz)
{
	const struct node *in = n->in[0];
	const struct window *k = &n->window;
	int cin = in->c / n->groups, cout = n->c / n->groups;

	for (int oy = 0; oy < n->h; oy++)
		for (int ox = 0; ox < n->w; ox++)
			for (int tap = 0; tap < k->kh * k->kw; tap++) {
				int iy = oy * k->stride_h - k->top + tap / k->kw, ix = ox * k->stride_w - k->left + tap % k->kw;
				size_t from = (((size_t)image * (size_t)in->h + (size_t)iy) * (size_t)in->w + (size_t)ix) * (size_t)in->c;
				size_t to = (((size_t)image * (size_t)n->h + (size_t)oy) * (size_t)n->w + (size_t)ox) * (size_t)n->c;

				if (iy < 0 || iy >= in->h || ix < 0 || ix >= in->w)
					continue;
				for (int o = 0; o < n->c; o++) {
					size_t at = ((size_t)o * (size_t)(k->kh * k->kw) + (size_t)tap) * (size_t)cin;
					size_t first = from + (size_t)(o / cout * cin);
					double sum = 0, d = dz ? dz[to + (size_t)o] : 0;

					for (int i = 0; i < cin && !dz; i++)
						sum += (double)x[first + (size_t)i] * w[at + (size_t)i];
					for (int i = 0; i < cin && dz; i++) {
						t->dx[first + (size_t)i] += d * w[at + (size_t)i];
						t->dw[at + (size_t)i] += d * x[first + (size_t)i];
					}
					t->y[to + (size_t)o] += sum;
				}
			}
}

static struct truth truth_new(const struct net *n, const struct node *conv, int batch)
{
	struct truth t = {.ny = (size_t)batch * output_size(n), .nx = (size_t)batch * input_size(n),
	                  .nw = n->g->param[0]->count};

	t.y = xcalloc(t.ny, sizeof *t.y);
	t.dx = xcalloc(t.nx, sizeof *t.dx);
	t.dw = xcalloc(t.nw, sizeof *t.dw);
	t.db = xcalloc((size_t)conv->c, sizeof *t.db);
	return t;
}

static void truth_free(struct truth *t)
{
	free(t->y);
	free(t->dx);
	free(t->dw);
	free(t->db);
}

static double activate(double z, enum act act)
{
	return act == ACT_NONE || z > 0 ? act == ACT_RELU6 && z > 6 ? 6 : z : 0;
}

/* The kinks are taken where the float network has them (its y), so that rounding cannot flip one. */
static void truth_fill(struct truth *t, const struct net *n, const struct node *conv, enum act act, bool residual,
                       const float *x, const float *y, const float *dy, int batch)
{
	const float *w = n->value + conv->offset[0], *bias = n->value + conv->offset[1];
	float *dz = copy_floats(dy, t->ny);

	for (int b = 0; b < batch; b++)
		each_tap(conv, b, t, x, w, NULL);
	for (size_t i = 0; i < t->ny; i++) {
		t->y[i] = activate(t->y[i] + bias[i % (size_t)conv->c] + (residual ? x[i] : 0), act);
		if ((act != ACT_NONE && y[i] <= 0) || (act == ACT_RELU6 && y[i] >= 6))
			dz[i] = 0;
		t->db[i % (size_t)conv->c] += dz[i];
		if (residual)
			t->dx[i] += dz[i];
	}
	for (int b = 0; b < batch; b++)
		each_tap(conv, b, t, x, w, dz);
	free(dz);
}

static struct net *conv_net(const struct shape *s, enum act act, bool residual)
{
	struct graph *g = graph_new();
	struct node *x = graph_input(g, s->h, s->w, s->c);
	struct node *n = graph_conv(g, "conv", x, s->oc, s->window, s->groups, true);

	if (residual)
		n = graph_add(g, "add", n, x);
	return net_of(g, act == ACT_NONE ? n : graph_act(g, "act", n, act));
}

/* What one plan makes of the first n images. */
struct result {
	float *y, *dx, *grad;
};

static struct result run_with(struct net *n, struct plan_options o, int batch, int first, bool train, struct pool *pool)
{
	struct plan *p = plan_with(n, o, KEEP_INPUT, train, pool);
	size_t in = input_size(n), out = output_size(n);
	struct result r = {NULL, NULL, NULL};

	for (size_t i = 0; i < (size_t)batch * in; i++)
		plan_input(p)[i] = noise((size_t)first * in + i, 3);
	plan_forward(p, batch, 0);
	r.y = copy_floats(plan_value(p, n->g->output), (size_t)batch * out);
	for (size_t i = 0; i < (size_t)batch * out; i++)
		plan_output_grad(p)[i] = noise((size_t)first * out + i, 4);
	plan_backward(p);
	if (train)
		r.grad = copy_floats(plan_param_grad(p), n->g->count);
	else
		r.dx = copy_floats(plan_grad(p, n->g->input), (size_t)batch * in);
	plan_free(p);
	return r;
}

static struct result run(struct net *n, int plan_batch, int batch, int first, bool train, struct pool *pool)
{
	return run_with(n, (struct plan_options){.batch = plan_batch, .backward = true}, batch, first, train, pool);
}

static void result_free(struct result *r)
{
	free(r->y);
	free(r->dx);
	free(r->grad);
}

static void check_near(const float *got, const double *want, size_t n, const struct shape *s, const char *what)
{
	double d = apart(got, want, n);

	if (!(d < 2e-5))
		fail_msg("%dx%dx%d to %d, batch %d: %s is %.2g off", s->h, s->w, s->c, s->oc, s->batch, what, d);
}

static void check_truth(const struct shape *s, enum act act, bool residual, struct pool *pool)
{
	struct net *n = conv_net(s, act, residual);
	const struct node *conv = graph_find(n->g, "conv");
	struct truth t = truth_new(n, conv, s->batch);
	struct result explained = run(n, s->batch, s->batch, 0, false, pool), trained = run(n, s->batch, s->batch, 0, true, pool);
	struct plan_options reference = {.batch = s->batch, .backward = true, .reference = true};
	struct result plain = run_with(n, reference, s->batch, 0, false, pool);
	struct result plain_trained = run_with(n, reference, s->batch, 0, true, pool);
	float *x = xmalloc(t.nx * sizeof *x), *dy = xmalloc(t.ny * sizeof *dy);

	fill_noise(x, t.nx, 3);
	fill_noise(dy, t.ny, 4);
	truth_fill(&t, n, conv, act, residual, x, explained.y, dy, s->batch);
	check_near(explained.y, t.y, t.ny, s, "output");
	check_near(explained.dx, t.dx, t.nx, s, "input gradient");
	assert_bits(trained.y, explained.y, t.ny, "output in training");
	check_near(trained.grad + conv->offset[0], t.dw, t.nw, s, "weight gradient");
	check_near(trained.grad + conv->offset[1], t.db, (size_t)s->oc, s, "bias gradient");
	check_near(plain.y, t.y, t.ny, s, "plain output");
	check_near(plain.dx, t.dx, t.nx, s, "plain input gradient");
	check_near(plain_trained.grad + conv->offset[0], t.dw, t.nw, s, "plain weight gradient");
	result_free(&explained);
	result_free(&trained);
	result_free(&plain);
	result_free(&plain_trained);
	free(x);
	free(dy);
	truth_free(&t);
	net_free(n);
}

static const struct shape shapes[] = {
	{1, 1, 16, 16, 1, SAME3}, {2, 3, 16, 32, 5, SAME3}, {5, 7, 48, 16, 3, SAME3}, {4, 4, 32, 32, 17, SAME3},
	{13, 13, 64, 64, 2, SAME3}, {56, 56, 16, 16, 1, SAME3}, {17, 31, 64, 64, 2, SAME3},
	/* from 65536 channels in times out on, all tiles are transformed before the products */
	{1, 1, 256, 256, 3, SAME3}, {2, 3, 256, 272, 17, SAME3}, {7, 7, 512, 128, 2, SAME3}, {13, 13, 256, 256, 3, SAME3},
	{5, 7, 272, 256, 1, SAME3}, {52, 48, 256, 256, 1, SAME3}, {8, 8, 1024, 64, 2, SAME3},
	/* no Winograd */
	{13, 13, 24, 40, 3, SAME3}, {28, 29, 64, 96, 2, {3, 3, 2, 2, 1, 1, 1, 1}, 1},
	{33, 31, 3, 64, 2, {7, 7, 2, 2, 3, 3, 3, 3}, 1}, {10, 254, 1, 16, 2, {7, 7, 2, 2, 3, 3, 3, 3}, 1},
	{8, 14, 4, 48, 3, {7, 7, 2, 2, 3, 3, 2, 2}, 1}, {14, 9, 256, 64, 3, {1, 1, 1, 1, 0, 0, 0, 0}, 1},
	{14, 15, 64, 128, 2, {1, 1, 2, 2, 0, 0, 0, 0}, 1}, {9, 9, 32, 64, 2, {3, 3, 1, 1, 1, 1, 1, 1}, 4},
	{11, 10, 32, 32, 2, {5, 3, 1, 2, 0, 2, 3, 1}, 32}, {40, 40, 16, 16, 3, {3, 3, 1, 1, 0, 0, 0, 0}, 1},
	{6, 6, 16, 16, 2, {3, 3, 1, 1, 2, 2, 2, 2}, 1},
	/* depthwise */
	{9, 11, 24, 24, 2, {3, 3, 1, 1, 1, 1, 1, 1}, 24}, {12, 7, 40, 40, 3, {3, 3, 2, 2, 1, 1, 1, 1}, 40},
	{1, 1, 16, 16, 1, {3, 3, 1, 1, 1, 1, 1, 1}, 16}, {8, 13, 17, 17, 2, {5, 7, 3, 1, 2, 3, 1, 0}, 17},
	{6, 6, 3, 6, 2, {3, 3, 1, 1, 1, 1, 1, 1}, 3},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void convolutions_are_right(void **state)
{
	struct pool *pool = pool_new(2);

	(void)state;
	for (int i = 0; i < SHAPES; i++) {
		const struct shape *s = &shapes[i];
		bool same = s->c == s->oc && s->window.stride_h == 1 && s->window.stride_w == 1 &&
		            s->window.top + s->window.bottom == s->window.kh - 1 &&
		            s->window.left + s->window.right == s->window.kw - 1;

		check_truth(s, (enum act)(i % 3), same, pool);
		if (same && s->h < 20)
			check_truth(s, ACT_NONE, false, pool);
	}
	pool_free(pool);
}

/* Both of Winograd's ways are among the shapes, and others besides. */
static void all_ways_are_taken(void **state)
{
	int small = 0, large = 0, other = 0;

	(void)state;
	assert_int_equal(gemm_start(NULL), 0);
	for (int i = 0; i < SHAPES; i++) {
		struct net *n = conv_net(&shapes[i], ACT_NONE, false);
		bool fits = winograd_fits(graph_find(n->g, "conv"));

		*(!fits ? &other : shapes[i].c * shapes[i].oc >= 65536 ? &large : &small) += 1;
		net_free(n);
	}
	assert_true(small >= 1 && large >= 1 && other >= 8);
}

/* An image's bits are the same alone, in any place of any batch, and from any number of threads. */
static void check_bits(const struct shape *s, enum act act, bool residual, struct pool *pools[3])
{
	struct net *n = conv_net(s, act, residual);
	int batch = s->batch < 3 ? 3 : s->batch;
	struct result all = run(n, batch, batch, 0, false, pools[0]), grads = run(n, batch, batch, 0, true, pools[0]);
	size_t in = input_size(n), out = output_size(n);

	for (int k = 1; k < 3; k++) {
		struct result more = run(n, batch + k, batch, 0, false, pools[k]), train = run(n, batch, batch, 0, true, pools[k]);

		assert_bits(more.y, all.y, (size_t)batch * out, "output, threads");
		assert_bits(more.dx, all.dx, (size_t)batch * in, "input gradient, threads");
		assert_bits(train.grad, grads.grad, n->g->count, "weight gradient, threads");
		result_free(&more);
		result_free(&train);
	}
	for (int first = 0; first < batch; first++) {
		struct result one = run(n, 1, 1, first, false, pools[0]);

		assert_bits(one.y, all.y + (size_t)first * out, out, "output alone");
		assert_bits(one.dx, all.dx + (size_t)first * in, in, "input gradient alone");
		result_free(&one);
	}
	result_free(&all);
	result_free(&grads);
	net_free(n);
}

static void a_image_is_alone(void **state)
{
	struct pool *pools[3] = {pool_new(1), pool_new(2), pool_new(3)};

	(void)state;
	for (int i = 0; i < SHAPES; i++)
		if (shapes[i].h < 40)
			check_bits(&shapes[i], (enum act)(i % 3), false, pools);
	for (int k = 0; k < 3; k++)
		pool_free(pools[k]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convolutions_are_right),
		cmocka_unit_test(all_ways_are_taken),
		cmocka_unit_test(a_image_is_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
