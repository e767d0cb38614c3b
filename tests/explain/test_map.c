/* Maps of a ResNet-18: identities that hold exactly, PyTorch's numbers, and the same bits however they are run. */
#include "resnet.h"
#include "map_golden.h"

#define EVERY "gradcam,gradcampp,hirescam,xgradcam,layercam"

/* Weights, bias and logit of the score of class k, for one logit as for two. */
struct score {
	const float *w;
	double sign, bias, value;
};

static struct score score_of(const struct net *n, const struct explain *x, int image, int k)
{
	const struct node *fc = n->g->output;
	int logits = net_logits(n), row = logits == 1 ? 0 : k;
	struct score s = {.sign = logits == 1 && k == 0 ? -1 : 1};

	s.w = n->value + fc->offset[0] + (size_t)row * (size_t)fc->in[0]->c;
	s.bias = s.sign * (double)n->value[fc->offset[1] + (size_t)row];
	s.value = s.sign * (double)explain_logits(x)[image * logits + row];
	return s;
}

/* CAM, LayerCAM and Grad-CAM++ behind an average, from features and weights alone. */
struct expected {
	double cam[16], layercam[16], gradcampp[16];
};

static void expect(struct expected *e, const struct score *s, const float *a, int hw, int c)
{
	memset(e, 0, sizeof *e);
	for (int k = 0; k < c; k++) {
		double w = s->sign * (double)s->w[k], g = w / hw, total = 0;

		for (int i = 0; i < hw; i++)
			total += (double)a[i * c + k];
		for (int i = 0; i < hw; i++) {
			double v = (double)a[i * c + k];

			e->cam[i] += w * v;
			e->layercam[i] += w > 0 ? g * v : 0;
			e->gradcampp[i] += w > 0 ? hw * g / (2 + g * total) * v : 0;
		}
	}
}

static void check_identities(const struct explain *x, int image, int class)
{
	const struct node *layer = x->target[0].layer;
	int hw = layer->h * layer->w;
	struct score s = score_of(x->net, x, image, class);
	struct expected want;
	double mean[16], sum = s.bias, size = fabs(s.bias);

	expect(&want, &s, plan_value(x->plan, layer) + (size_t)image * node_size(layer), hw, layer->c);
	for (int i = 0; i < hw; i++)
		mean[i] = want.cam[i] / hw;
	for (int t = 0; t < x->ntarget; t++) {
		const double *w = mean;

		switch (x->target[t].method) {
		case METHOD_cam: w = want.cam; break;
		case METHOD_layercam: w = want.layercam; break;
		case METHOD_gradcampp: w = want.gradcampp; break;
		default: break;
		}
		assert_near(apart(explain_raw(x, image, t), w, (size_t)hw), 0, 2e-6);
	}
	for (int i = 0; i < hw; i++) {
		sum += (double)explain_raw(x, image, METHOD_hirescam)[i];
		size += fabs(mean[i]);
	}
	assert_near(sum, s.value, 1e-5 * size);
}

/* Facts 1 to 4: everything follows from the features and the weights of the one dense layer behind the average. */
static void maps_behind_an_average(void **state)
{
	static const struct {
		const char *spec, *layer;
	} cases[] = {{"resnet18", "layer4.1"}, {"densenet121", "relu"}, {"vgg19:head=drop0.5", "features.36"}};
	struct pool *pool = pool_new(2);

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct net *n = zoo_of(cases[i / 2].spec, 64, 96, 1 + i % 2); /* the layer is 2x3 */
		float *images = images_of(n);
		struct explain x;

		open_maps(&x, n, "cam," EVERY, NULL, N, pool);
		assert_false(x.backward);
		assert_string_equal(x.target[0].layer->name, cases[i / 2].layer);
		for (int k = 0; k < 2; k++) {
			run_maps(&x, images, N, (int[]){k, k, 1 - k, 1 - k});
			for (int at = 0; at < N; at++)
				check_identities(&x, at, at < 2 ? k : 1 - k);
		}
		explain_close(&x);
		free(images);
		net_free(n);
	}
	pool_free(pool);
}

/* What a backward pass finds at layer4 is what the weights say; and HiResCAM just below the last ReLU is the same map,
 * as a ReLU's gradient times its input is its gradient times its output. */
static void the_backward_pass_agrees(void **state)
{
	struct net *n = resnet(64, 96, 2);
	struct pool *pool = pool_new(2);
	float *images = images_of(n), made[16];
	struct explain x;

	(void)state;
	open_maps(&x, n, EVERY, "layer4,layer4.1.add", N, pool);
	assert_true(x.backward);
	run_maps(&x, images, N, (int[]){0, 1, 0, 1});
	for (int i = 0; i < N; i++)
		for (int t = 0; t < 5; t++) {
			const struct node *layer = x.target[t].layer;
			size_t at = (size_t)i * node_size(layer);

			assert_true(x.target[t].head && !x.target[t + 5].head);
			map_of(x.target[t].method, plan_value(x.plan, layer) + at, plan_grad(x.plan, layer) + at, 6, layer->c,
			           made);
			assert_near(apart_floats(made, explain_raw(&x, i, t), 6), 0, 2e-6);
			if (x.target[t].method == METHOD_hirescam)
				assert_near(apart_floats(explain_raw(&x, i, t + 5), explain_raw(&x, i, t), 6), 0, 1e-5);
		}
	explain_close(&x);
	free(images);
	pool_free(pool);
	net_free(n);
}

static bool linear(enum method m)
{
	return m != METHOD_gradcampp && m != METHOD_layercam;
}

/* Fact 9. One logit z: the map of NORMAL is that of -z. Two logits that are -z and z have the same maps. */
static void one_logit_is_two(void **state)
{
	struct net *one = resnet(64, 64, 1), *two = resnet(64, 64, 2);
	const struct node *a = one->g->output, *b = two->g->output;
	float *images = images_of(one);
	struct pool *pool = pool_new(1);
	struct explain x[3];
	size_t c = (size_t)a->in[0]->c;

	(void)state;
	for (size_t i = 0; i < c; i++) {
		two->value[b->offset[0] + c + i] = one->value[a->offset[0] + i];
		two->value[b->offset[0] + i] = -one->value[a->offset[0] + i];
	}
	for (int k = 0; k < 3; k++) {
		open_maps(&x[k], k < 2 ? one : two, EVERY, "layer4,layer3", 1, pool);
		run_maps(&x[k], images, 1, (int[]){k == 1});
	}
	for (int t = 0; t < 10; t++) {
		const float *normal = explain_raw(&x[0], 0, t), *pneumonia = explain_raw(&x[1], 0, t);
		size_t size = map_size(&x[0], t);

		assert_near(apart_floats(explain_raw(&x[2], 0, t), normal, size), 0, 1e-6);
		if (linear(x[0].target[t].method))
			for (size_t i = 0; i < size; i++)
				assert_true(normal[i] == -pneumonia[i] && normal[i] != 0);
		else
			assert_true(apart_floats(normal, pneumonia, size) > 1e-2);
	}
	for (int k = 0; k < 3; k++)
		explain_close(&x[k]);
	pool_free(pool);
	free(images);
	net_free(one);
	net_free(two);
}

static int target_of(const struct explain *x, enum method m)
{
	int t = 0;

	while (x->target[t].method != m)
		t++;
	return t;
}

static void check_golden(const struct explain *x, size_t k)
{
	int t = target_of(x, golden_maps[k].method);
	size_t size = map_size(x, t), step = size / 16 ? size / 16 : 1;
	const double *want = golden_values + golden_maps[k].at, eps = golden_maps[k].limit * want[2];
	const float *got = explain_raw(x, golden_maps[k].image, t);
	double sum = 0, squares = 0;

	for (size_t i = 0; i < size; i++) {
		sum += (double)got[i];
		squares += (double)got[i] * (double)got[i];
		if (i % step == 0 && !(fabs((double)got[i] - want[3 + i / step]) <= eps))
			fail_msg("%s at %s, place %zu: %.9g, not %.9g", method_name(golden_maps[k].method), golden_maps[k].layer,
			         i, (double)got[i], want[3 + i / step]);
	}
	assert_near(sum, want[0], eps * (double)size);
	assert_near(sqrt(squares), sqrt(want[1]), eps * sqrt((double)size));
}

/* Above and below, after and before ReLU and batch norm: tests/ref/explain_gradcam.py. */
static void maps_are_pytorchs(void **state)
{
	struct net *net[3] = {NULL, resnet(64, 64, 1), resnet(64, 64, 2)};
	struct pool *pool = pool_new(2);
	float *images = images_of(net[1]);

	(void)state;
	for (size_t k = 0, n = sizeof golden_maps / sizeof *golden_maps; k < n; ) {
		const char *layer = golden_maps[k].layer;
		int class = golden_maps[k].class;
		struct explain x;

		open_maps(&x, net[golden_maps[k].logits], strcmp(layer, "layer4") ? EVERY : "cam," EVERY, layer, N, pool);
		run_maps(&x, images, N, (int[]){class, class, class, class});
		do
			check_golden(&x, k);
		while (++k < n && golden_maps[k].class == class && strcmp(golden_maps[k].layer, layer) == 0);
		explain_close(&x);
	}
	free(images);
	pool_free(pool);
	net_free(net[1]);
	net_free(net[2]);
}

/* Every image's maps, one after another. */
static void gather_maps(const struct explain *x, int n, float *to)
{
	for (int i = 0; i < n; i++)
		for (int t = 0; t < x->ntarget; t++) {
			memcpy(to, explain_raw(x, i, t), map_size(x, t) * sizeof *to);
			to += map_size(x, t);
		}
}

static void same_bits(struct net *n, const char *methods, const char *layers)
{
	static const int class[N] = {1, 0, 0, 1};
	struct pool *pools[3] = {pool_new(1), pool_new(2), pool_new(3)};
	float *images = images_of(n), *want = NULL, *got;
	size_t size = 0;
	struct explain x;

	for (int batch = N; batch >= 1; batch--) {
		open_maps(&x, n, methods, layers, batch, pools[batch % 3]);
		if (!want) {
			for (int t = 0; t < x.ntarget; t++)
				size += map_size(&x, t);
			want = xmalloc(N * size * sizeof *want);
			run_maps(&x, images, N, class);
			gather_maps(&x, N, want);
		}
		got = xmalloc((size_t)batch * size * sizeof *got);
		for (int first = N - 1; first >= 0; first--) { /* the last batches are full, the first ones are not */
			int now = first + batch > N ? N - first : batch;

			run_maps(&x, images + (size_t)first * input_size(n), now, class + first);
			gather_maps(&x, now, got);
			assert_bits(got, want + (size_t)first * size, (size_t)now * size, "maps");
		}
		free(got);
		explain_close(&x);
	}
	assert_true(apart_floats(want, want + size, size) > 1e-2);
	free(images);
	free(want);
	for (int i = 0; i < 3; i++)
		pool_free(pools[i]);
}

static void a_map_is_its_images(void **state)
{
	struct net *n = resnet(64, 64, 2);

	(void)state;
	same_bits(n, "cam," EVERY, NULL);
	same_bits(n, EVERY, "layer3,layer1,input,layer2.0.conv1,layer4");
	net_free(n);
}

/* A feature map that was kept elsewhere gives the same bits as a forward here; views come in any order. */
static void kept_features_do(void **state)
{
	struct net *n = resnet(64, 64, 1);
	struct pool *pool = pool_new(2);
	struct plan *kept;
	const struct node *layer = graph_find(n->g, "layer4.1");
	bool *keep = xcalloc((size_t)n->g->nnode, 1);
	struct plan_options o = {.batch = N, .keep = keep};
	float *images = images_of(n), want[N][6][4];
	struct explain x, y;
	struct view view[N];
	struct err e;

	(void)state;
	keep[layer->index] = true;
	kept = plan_new(n, &o, pool, &e);
	memcpy(plan_input(kept), images, N * input_size(n) * sizeof *images);
	plan_forward(kept, N, 0);
	open_maps(&x, n, "cam," EVERY, "layer4", N, pool);
	open_maps(&y, n, "cam," EVERY, "layer4", N, pool);
	run_maps(&x, images, N, (int[]){1, 1, 0, 1});
	gather_maps(&x, N, want[0][0]);
	for (int i = 0; i < N; i++)
		view[i] = (struct view){.feat = plan_value(kept, layer) + (size_t)(3 - i) * node_size(layer), .class = i != 1};
	explain_maps(&y, view, N);
	assert_null(y.plan);
	for (int i = 0; i < N; i++)
		for (int t = 0; t < 6; t++)
			assert_bits(explain_raw(&y, i, t), want[3 - i][t], 4, "maps of kept features");
	view[0] = (struct view){.slot = 2, .class = 0};
	explain_maps(&x, view, 2);
	assert_bits(explain_raw(&x, 0, 3), want[2][3], 4, "map of a slot");
	assert_bits(explain_raw(&x, 1, 3), want[2][3], 4, "map of kept features beside it");
	explain_close(&x);
	explain_close(&y);
	plan_free(kept);
	pool_free(pool);
	free(keep);
	free(images);
	net_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_behind_an_average),
		cmocka_unit_test(the_backward_pass_agrees),
		cmocka_unit_test(one_logit_is_two),
		cmocka_unit_test(maps_are_pytorchs),
		cmocka_unit_test(a_map_is_its_images),
		cmocka_unit_test(kept_features_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
