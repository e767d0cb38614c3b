/* Which layers and methods a network has, whose gradient is known, and maps of small networks from their definition. */
#include "explain/head.h"
#include "explain/map.h"
#include "resnet.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

enum head { HEAD_ONE, HEAD_DROPOUT, HEAD_MLP, HEAD_PROB, HEAD_FLAT, HEAD_NONE };

/* conv relu conv act, 4x5x6, and what is behind. */
static struct node *body(struct graph *g, struct node *n)
{
	n = graph_act(g, "body.relu", graph_conv(g, "body.conv1", n, 8, window_square(3, 1, 1), 1, true), ACT_RELU);
	return graph_act(g, "body.last", graph_conv(g, "body.conv2", n, 6, window_square(3, 1, 1), 1, true), ACT_RELU);
}

static struct node *behind(struct graph *g, struct node *n, enum head head, int logits)
{
	if (head == HEAD_FLAT || head == HEAD_NONE)
		n = graph_flatten(g, "flatten", n);
	else
		n = graph_gap(g, "pool", n);
	if (head == HEAD_NONE)
		return n;
	if (head == HEAD_DROPOUT)
		n = graph_flatten(g, "fc.1", graph_dropout(g, "fc.0", n, .5f));
	if (head == HEAD_MLP)
		n = graph_act(g, "fc.1", graph_dense(g, "fc.0", n, 7, true), ACT_SIGMOID);
	n = graph_dense(g, "fc.2", n, logits, true);
	return head == HEAD_PROB ? graph_act(g, "fc.3", n, ACT_SIGMOID) : n;
}

static struct net *small(enum head head, int logits)
{
	struct graph *g = graph_new();
	struct net *n = net_of(g, behind(g, body(g, graph_input(g, 4, 5, 3)), head, logits));

	name_classes(n);
	return n;
}

static void heads_are_known(void **state)
{
	(void)state;
	for (enum head head = HEAD_ONE; head <= HEAD_NONE; head++) {
		struct net *n = small(head, 2);
		const struct node *dense = NULL, *feature = graph_feature(n->g, &dense), *want = graph_find(n->g, "body.last");

		if (head <= HEAD_DROPOUT) {
			assert_ptr_equal(feature, want);
			assert_ptr_equal(dense, n->g->output);
			assert_ptr_equal(graph_feature(n->g, NULL), want);
		} else {
			assert_null(dense);
		}
		assert_ptr_equal(layer_default(n->g), want);
		net_free(n);
	}
}

static void flat_networks_have_no_layer(void **state)
{
	struct graph *g = graph_new();
	struct net *n = net_of(g, graph_dense(g, "fc", graph_input(g, 1, 1, 9), 1, true));
	struct pool *pool = pool_new(1);
	struct explain x;
	struct err e;

	(void)state;
	assert_null(layer_default(g));
	assert_null(graph_feature(g, NULL));
	assert_int_equal(explain_open(&x, n, "gradcam", NULL, 1, pool, &e), -1);
	assert_string_equal(e.text, "the network has no layer with places to map");
	assert_int_equal(explain_open(&x, n, "gradcam", "fc", 1, pool, &e), -1);
	assert_string_equal(e.text, "layer fc has no places to map: choose one of none");
	pool_free(pool);
	net_free(n);
}

static void layers_are_found(void **state)
{
	static const char *const cases[][2] = {
		{"layer4", "layer4.1"}, {"layer4.0", "layer4.0"}, {"layer4.1.conv1", "layer4.1.conv1"}, {"conv1", "conv1"},
		{"layer2.0.downsample", "layer2.0.downsample.1"}, {"layer1", "layer1.1"}, {"input", "input"}, {"relu", "relu"},
	};
	static const char *const bad[][2] = {
		{"layer5", "no layer layer5: the layers are layer4.1, layer4.1.add, layer4.1.bn2"},
		{"layer", "no layer layer: "}, {"layer4.", "no layer layer4.: "}, {"layer4.1.conv", "no layer layer4.1.conv: "},
		{"", "no layer : "}, {"LAYER4", "no layer LAYER4: "}, {" layer4", "no layer  layer4: "},
		{"fc", "layer fc has no places to map: choose one of layer4.1, layer4.1.add"},
		{"avgpool", "layer avgpool has no places to map: choose one of layer4.1"},
	};
	struct net *n = resnet(64, 64, 1);
	const struct graph *g = n->g;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(layer_find(g, cases[i][0], &e)->name, cases[i][1]);
	for (size_t i = 0; i < COUNT(bad); i++) {
		e.text[0] = '\0';
		assert_null(layer_find(g, bad[i][0], &e));
		if (strncmp(e.text, bad[i][1], strlen(bad[i][1])))
			fail_msg("'%s': %s", bad[i][0], e.text);
		assert_null(strstr(e.text, "fc,"));
		assert_non_null(strstr(e.text, "..."));
	}
	net_free(n);
}

/* At 32x32 the last feature map has one place: still what Grad-CAM is made from, and flat by its nature. */
static void one_place_is_a_layer(void **state)
{
	struct net *n = resnet(32, 32, 1);
	const struct graph *g = n->g;
	struct err e;

	(void)state;
	assert_string_equal(layer_default(g)->name, "layer4.1");
	assert_ptr_equal(layer_find(g, "layer4", &e), layer_default(g));
	assert_null(layer_find(g, "layer4.1.conv1", &e));
	net_free(n);
}

static void what_is_asked_for_wrongly(void **state)
{
	static const struct {
		enum head head;
		const char *methods, *layers, *text;
	} cases[] = {
		{HEAD_ONE, "gradkam", NULL,
		 "no method 'gradkam': choose one of cam, gradcam, gradcampp, hirescam, xgradcam, layercam"},
		{HEAD_ONE, "", NULL, "no method '': choose one of"},
		{HEAD_ONE, "gradcam,", NULL, "no method '': choose one of"},
		{HEAD_ONE, "gradcam,GradCAM", "body.last", "no method 'GradCAM': choose one of"},
		{HEAD_ONE, "gradcam,cam,gradcam", NULL, "gradcam at body.last is asked for twice"},
		{HEAD_ONE, "gradcam", "body,body.last", "gradcam at body.last is asked for twice"},
		{HEAD_ONE, "gradcam", "body,,body.relu",
		 "no layer : the layers are body.last, body.conv2, body.relu, body.conv1, input"},
		{HEAD_ONE, "gradcam", "", "no layer : the layers are"},
		{HEAD_ONE, "gradcam,cam", "body.last,body.relu", "CAM is not defined at body.relu: it needs"},
		{HEAD_ONE, "gradcam", "body.last,pool", "layer pool has no places to map: choose one of body.last, body.conv2"},
		{HEAD_ONE, "gradcam", "fc.2", "layer fc.2 has no places"},
		{HEAD_ONE, "gradcam", "fc", "layer fc has no places"},
		{HEAD_FLAT, "gradcam", "flatten", "layer flatten has no places"},
		{HEAD_MLP, "cam", NULL,
		 "CAM is not defined at body.last: it needs a layer that is averaged over all places and goes through one "
		 "dense layer to the output"},
		{HEAD_FLAT, "cam", NULL, "CAM is not defined at body.last"},
		{HEAD_PROB, "cam", NULL, "CAM is not defined at body.last"},
	};
	struct pool *pool = pool_new(2);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct net *n = small(cases[i].head, 2);
		struct explain x;
		struct err e = {""};

		assert_int_equal(explain_open(&x, n, cases[i].methods, cases[i].layers, 2, pool, &e), -1);
		if (strncmp(e.text, cases[i].text, strlen(cases[i].text)))
			fail_msg("case %zu: %s", i, e.text);
		explain_close(&x); /* does no harm */
		net_free(n);
	}
	pool_free(pool);
}

static void targets_are_methods_first(void **state)
{
	struct net *n = small(HEAD_DROPOUT, 1);
	struct pool *pool = pool_new(1);
	struct explain x;

	(void)state;
	open_maps(&x, n, "layercam,gradcam", "body.relu,body", 3, pool);
	assert_int_equal(x.ntarget, 4);
	assert_true(x.backward);
	assert_string_equal(x.target[1].layer->name, "body.relu");
	assert_string_equal(x.target[2].layer->name, "body.last");
	assert_int_equal(x.target[2].method, METHOD_layercam);
	assert_true(x.target[3].head && !x.target[1].head);
	explain_close(&x);
	pool_free(pool);
	net_free(n);
}

static void scores_have_a_side(void **state)
{
	struct net *one = small(HEAD_ONE, 1), *two = small(HEAD_ONE, 2);
	float g[2] = {9, 9}, p[20 * 6];

	(void)state;
	score_grad(one, 1, g);
	assert_true(g[0] == 1 && g[1] == 9);
	score_grad(one, 0, g);
	assert_true(g[0] == -1 && g[1] == 9);
	score_grad(two, 1, g);
	assert_true(g[0] == 0 && g[1] == 1);
	score_grad(two, 0, g);
	assert_true(g[0] == 1 && g[1] == 0);
	for (int k = 0; k < 2; k++) {
		const float *w = two->value + two->g->output->offset[0] + 6 * k;

		head_grad(two, graph_find(two->g, "body.last"), k, p);
		for (int i = 0; i < 120; i++)
			assert_true(p[i] == w[i % 6] / 20);
		head_grad(one, graph_find(one->g, "body.last"), k, p);
		for (int i = 0; i < 120; i++)
			assert_true(p[i] == (k ? 1 : -1) * one->value[one->g->output->offset[0] + (size_t)(i % 6)] / 20);
	}
	net_free(one);
	net_free(two);
}

/* The part behind body.last as a network of its own, same parameters: its score when one place of a is made (1 + t) of
 * what it was. */
static double score_with(struct net *n, struct plan *p, const float *a, int place, double t, int class)
{
	float *in = plan_input(p), g[2];
	double sum = 0;

	memcpy(in, a, 120 * sizeof *in);
	for (int k = 0; k < 6; k++)
		in[place * 6 + k] *= (float)(1 + t);
	plan_forward(p, 1, 0);
	score_grad(n, class, g);
	for (int k = 0; k < net_logits(n); k++)
		sum += (double)g[k] * (double)plan_value(p, n->g->output)[k];
	return sum;
}

/* HiResCAM at a place is by definition how fast the score grows when the features there do. */
static void maps_are_slopes(void **state)
{
	struct pool *pool = pool_new(2);

	(void)state;
	for (enum head head = HEAD_ONE; head < HEAD_NONE; head++)
		for (int logits = 1; logits <= 2; logits++) {
			struct net *n = small(head, logits), *rest;
			struct graph *g = graph_new();
			struct plan *p;
			struct explain x;
			float *images = xmalloc(2 * input_size(n) * sizeof *images);
			double want[2][20];

			rest = net_of(g, behind(g, graph_input(g, 4, 5, 6), head, logits));
			name_classes(rest);
			p = plan_of(rest, 1, KEEP_NONE, false, false, pool);
			fill_noise(images, 2 * input_size(n), 8);
			open_maps(&x, n, "hirescam,gradcam", "body", 2, pool);
			run_maps(&x, images, 2, (int[]){0, 1});
			for (int i = 0; i < 2; i++) {
				const float *a = plan_value(x.plan, x.target[0].layer) + 120 * i;

				for (int at = 0; at < 20; at++)
					want[i][at] = (score_with(rest, p, a, at, .01, i) - score_with(rest, p, a, at, -.01, i)) / .02;
				assert_near(apart(explain_raw(&x, i, 0), want[i], 20), 0, 1e-3);
				if (head <= HEAD_PROB) /* fact 5: behind an average the gradient is the same at every place */
					assert_near(apart_floats(explain_raw(&x, i, 1), explain_raw(&x, i, 0), 20), 0, 1e-5);
				else
					assert_true(apart_floats(explain_raw(&x, i, 1), explain_raw(&x, i, 0), 20) > 1e-2);
			}
			explain_close(&x);
			plan_free(p);
			free(images);
			net_free(n);
			net_free(rest);
		}
	pool_free(pool);
}

/* Two branches with places of their own, whose averages one dense layer reads. */
static struct net *two_branches(int logits)
{
	struct graph *g = graph_new();
	struct node *in = graph_input(g, 4, 6, 3), *a, *b, *pooled[2];
	struct net *n;

	a = graph_act(g, "a.last", graph_conv(g, "a.conv", in, 6, window_square(3, 1, 1), 1, true), ACT_RELU);
	b = graph_maxpool(g, "b.pool", in, window_square(2, 2, 0));
	b = graph_conv(g, "b.conv", b, 5, window_square(3, 1, 1), 1, true);
	pooled[0] = graph_gap(g, "a.avgpool", a);
	pooled[1] = graph_gap(g, "b.avgpool", graph_act(g, "b.last", b, ACT_RELU));
	n = net_of(g, graph_dense(g, "head.1", graph_dropout(g, "head.0", graph_concat(g, "concat", pooled, 2), .5f), logits,
	                          true));
	name_classes(n);
	return n;
}

/* What each branch says, place by place, adds up to the score; a backward pass finds the same gradients. */
static void branches_share_the_score(void **state)
{
	struct pool *pool = pool_new(2);

	(void)state;
	for (int logits = 1; logits <= 2; logits++) {
		struct net *n = two_branches(logits);
		float *images = xmalloc(2 * input_size(n) * sizeof *images), made[24];
		struct explain x;

		fill_noise(images, 2 * input_size(n), 8);
		open_maps(&x, n, "cam,gradcam", NULL, 2, pool);
		assert_int_equal(x.ntarget, 4);
		assert_false(x.backward);
		for (int class = 0; class < 2; class++) {
			run_maps(&x, images, 2, (int[]){class, class});
			for (int i = 0; i < 2; i++) {
				float bias[2] = {n->value[n->g->output->offset[1]], n->value[n->g->output->offset[1] + (size_t)logits - 1]};
				double sum = class_score(n, class, bias) + sum_of(&x, i, 0) / 24 + sum_of(&x, i, 2) / 6;

				assert_near(sum, score(n, images + (size_t)i * input_size(n), class, pool), 1e-5);
			}
		}
		explain_close(&x);
		open_maps(&x, n, "gradcam", "a,b,a.conv", 2, pool);
		assert_true(x.backward && x.target[0].head && x.target[1].head && !x.target[2].head);
		run_maps(&x, images, 2, (int[]){1, 0});
		for (int t = 0; t < 2; t++)
			for (int i = 0; i < 2; i++) {
				const struct node *layer = x.target[t].layer;
				size_t at = (size_t)i * node_floats(layer), size = map_size(&x, t);

				map_of(METHOD_gradcam, plan_value(x.plan, layer) + at, plan_grad(x.plan, layer) + at, (int)size, layer->c,
				       made);
				assert_near(apart_floats(made, explain_raw(&x, i, t), size), 0, 2e-6);
			}
		explain_close(&x);
		free(images);
		net_free(n);
	}
	pool_free(pool);
}

/* Two places, three channels: a plain one, one with a negative gradient, and one whose sum is zero. */
static void methods_by_hand(void **state)
{
	static const float a[] = {1, 2, 1, 3, 0, -1}, g[] = {.5f, -1, 2, 1.5f, 1, 4};
	static const double want[][2] = {
		[METHOD_cam] = {1 * 2 + 2 * 0 + 1 * 6, 3 * 2 + 0 * 0 - 1 * 6},
		[METHOD_gradcam] = {1 + 0 + 3, 3 + 0 - 3},
		[METHOD_gradcampp] = {.5 / 4 + 1.5 / 8 + 2 * (1. / 4) + 2. / 2 + 4. / 2, 3 * (.5 / 4 + 1.5 / 8) + 0 - 3},
		[METHOD_hirescam] = {.5 - 2 + 2, 4.5 + 0 - 4},
		[METHOD_xgradcam] = {5. / 4 + 2 * (-2. / 2), 3 * 5. / 4},
		[METHOD_layercam] = {.5 + 0 + 2, 4.5 + 0 - 4},
	};
	float map[2];

	(void)state;
	for (int m = 0; m <= METHOD_layercam; m++) {
		enum method parsed;
		struct err e;

		map_of(m, a, g, 2, 3, map);
		for (int i = 0; i < 2; i++)
			assert_near((double)map[i], want[m][i], 1e-6);
		assert_int_equal(method_parse(method_name(m), &parsed, &e), 0);
		assert_int_equal(parsed, m);
		assert_int_equal((maker_of(m)->needs & NEED_HEAD) != 0, m == METHOD_cam);
	}
	assert_string_equal(method_title(METHOD_gradcampp), "Grad-CAM++");
}

/* Nothing in, nothing out: never a division by zero; a pole of Grad-CAM++ is stepped around. */
static void methods_stay_finite(void **state)
{
	static const float zero[4], one[4] = {1, 1, 1, 1}, pole[4] = {-1, -1.5f, -1, -.5f};
	float map[2];

	(void)state;
	for (int m = 0; m <= METHOD_layercam; m++) {
		map_of(m, zero, one, 2, 2, map);
		assert_true(map[0] == 0 && map[1] == 0);
		map_of(m, one, zero, 2, 2, map);
		assert_true(map[0] == 0 && map[1] == 0);
		map_of(m, pole, one, 2, 2, map);
		assert_true(isfinite(map[0]) && isfinite(map[1]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_are_known),
		cmocka_unit_test(flat_networks_have_no_layer),
		cmocka_unit_test(layers_are_found),
		cmocka_unit_test(one_place_is_a_layer),
		cmocka_unit_test(what_is_asked_for_wrongly),
		cmocka_unit_test(targets_are_methods_first),
		cmocka_unit_test(scores_have_a_side),
		cmocka_unit_test(maps_are_slopes),
		cmocka_unit_test(branches_share_the_score),
		cmocka_unit_test(methods_by_hand),
		cmocka_unit_test(methods_stay_finite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
