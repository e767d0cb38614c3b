/* Methods that run the network on many images, by the sums they must keep to and by their definitions. */
#include "resnet.h"

#include "explain/superpixel.h"

static struct net *resnet_one;
static float *resnet_images;
static struct pool *pool;

static int setup(void **state)
{
	(void)state;
	pool = pool_new(2);
	resnet_one = resnet(64, 64, 1);
	resnet_images = images_of(resnet_one);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(resnet_images);
	net_free(resnet_one);
	pool_free(pool);
	return 0;
}

/* conv relu conv relu sigmoid'ed or not, two dense layers: all kinds of biases; 8 x 12. */
static struct net *bent(enum act act, int logits)
{
	struct graph *g = graph_new();
	struct node *n = graph_conv(g, "conv1", graph_input(g, 8, 12, 3), 8, window_square(3, 1, 1), 1, true);
	struct net *net;

	n = graph_act(g, "act1", graph_bn(g, "bn1", n, 1e-5f), act);
	n = graph_maxpool(g, "pool", n, window_square(2, 2, 0));
	n = graph_act(g, "act2", graph_conv(g, "conv2", n, 6, window_square(3, 1, 1), 1, true), act);
	n = graph_act(g, "fc.1", graph_dense(g, "fc.0", graph_gap(g, "gap", n), 7, true), act);
	net = net_of(g, graph_dense(g, "fc.2", n, logits, true));
	name_classes(net);
	return net;
}

/* A linear function of the image: convolution and average. */
static struct net *linear(void)
{
	struct graph *g = graph_new();
	struct node *n = graph_conv(g, "conv", graph_input(g, 8, 12, 3), 5, window_square(3, 1, 1), 1, true);
	struct net *net = net_of(g, graph_dense(g, "fc", graph_gap(g, "gap", n), 1, true));

	name_classes(net);
	return net;
}

static float *noise_images(const struct net *n)
{
	float *x = xmalloc(N * input_size(n) * sizeof *x);

	fill_noise(x, N * input_size(n), 8);
	return x;
}

/* Facts 6, 7, 8, 10 for every image, both classes. scale: what the parts of the score amount to. */
static void check_sums(struct net *n, const float *images, double limit)
{
	static const int class[N] = {0, 1, 1, 0};
	static const char *const names[] = {"fullgrad", "occlusion", "kernelshap", "intgrad", "xrai"};
	struct explain x;

	open_maps(&x, n, "fullgrad,occlusion,kernelshap,intgrad,xrai", NULL, N, pool);
	x.patch = 64; /* all of the image */
	run_maps(&x, images, N, class);
	for (int i = 0; i < N; i++) {
		double f = score(n, images + (size_t)i * input_size(n), class[i], pool);
		double none = score_of_nothing(n, class[i], pool);
		double size = fabs(f) + fabs(none);
		const double got[] = {sum_of(&x, i, 0), (double)explain_raw(&x, i, 1)[5], sum_of(&x, i, 2), sum_of(&x, i, 3),
		                      sum_of(&x, i, 4)};
		const double want[] = {f, f - none, f - none, f - none, f - none};

		for (int t = 0; t < 5; t++)
			if (!(fabs(got[t] - want[t]) <= (t < 3 ? 2e-4 : limit) * size))
				fail_msg("%s of image %d: %g, not %g", names[t], i, got[t], want[t]);
	}
	explain_close(&x);
}

static void maps_sum_to_the_score(void **state)
{
	static const enum act acts[] = {ACT_RELU, ACT_RELU6, ACT_SIGMOID};

	(void)state;
	for (int a = 0; a < 3; a++)
		for (int logits = 1; logits <= 2; logits++) {
			struct net *n = bent(acts[a], logits);
			float *images = noise_images(n);

			check_sums(n, images, .02);
			free(images);
			net_free(n);
		}
}

static double error_of(struct net *n, const float *image, int samples)
{
	double f = score(n, image, 1, pool), none = score_of_nothing(n, 1, pool), error;
	struct explain x;

	open_maps(&x, n, "intgrad", NULL, 16, pool);
	x.samples = samples;
	run_maps(&x, image, 1, (int[]){1});
	error = fabs(sum_of(&x, 0, 0) - (f - none)) / fabs(f - none);
	explain_close(&x);
	return error;
}

/* More steps, less error; as the steps' square where nothing has a kink. */
static void integration_converges(void **state)
{
	struct net *n = bent(ACT_SIGMOID, 1);
	float *images = noise_images(n);
	double few = error_of(n, images, 4), many = error_of(n, images, 32);

	(void)state;
	assert_true(many < few / 32 && few < .1);
	assert_true(error_of(resnet_one, resnet_images, 512) < .1);
	free(images);
	net_free(n);
}

/* No noise: the gradient itself; times the image on the whole way: integrated gradients' limit. */
static void no_noise_is_the_gradient(void **state)
{
	struct net *n = bent(ACT_SIGMOID, 1);
	float *images = noise_images(n);
	struct explain x;

	(void)state;
	open_maps(&x, n, "gradient,smoothgrad,intgrad,gradientshap", NULL, N, pool);
	x.noise = 0;
	run_maps(&x, images, N, (int[]){0, 1, 0, 1});
	for (int i = 0; i < N; i++)
		assert_near(apart_floats(explain_raw(&x, i, 1), explain_raw(&x, i, 0), 96), 0, 1e-6);
	explain_close(&x);
	open_maps(&x, n, "intgrad,gradientshap", NULL, N, pool);
	x.noise = 0;
	x.samples = 2000;
	run_maps(&x, images, 1, (int[]){1});
	assert_near(apart_floats(explain_raw(&x, 0, 1), explain_raw(&x, 0, 0), 96), 0, .05);
	explain_close(&x);
	free(images);
	net_free(n);
}

/* Of a linear function every method that shares out the score gives each part what it adds. */
static void linear_functions_are_shared_out(void **state)
{
	struct net *n = linear();
	float *images = noise_images(n), part[96 * 3];
	int label[96], count = superpixels(images, 8, 12, 3, 4, label);
	double none = score_of_nothing(n, 1, pool);
	struct explain x;

	(void)state;
	assert_int_equal(count, 6);
	open_maps(&x, n, "kernelshap,gradxinput,intgrad,lime,occlusion", NULL, 16, pool);
	x.patch = 4;
	run_maps(&x, images, 1, (int[]){1});
	for (int k = 0; k < count; k++) {
		double sum[4] = {0}, want;

		for (int i = 0; i < 96; i++)
			for (int c = 0; c < 3; c++)
				part[i * 3 + c] = label[i] == k ? images[i * 3 + c] : 0;
		want = score(n, part, 1, pool) - none;
		for (int i = 0; i < 96; i++)
			for (int t = 0; t < 4; t++)
				sum[t] += label[i] == k ? (double)explain_raw(&x, 0, t)[i] : 0;
		for (int t = 0; t < 3; t++)
			assert_near(sum[t], want, 1e-5);
		assert_true(fabs(sum[3] - want) < .1 * fabs(want) + 2e-3); /* LIME's ridge draws it to 0 */
	}
	explain_close(&x);
	free(images);
	net_free(n);
}

/* Six players: Shapley's own sum over all orders' coalitions. */
static void kernelshap_is_shapley(void **state)
{
	static const double weight[6] = {1. / 6, 1. / 30, 1. / 60, 1. / 60, 1. / 30, 1. / 6}; /* s! (5 - s)! / 6! */
	struct net *n = bent(ACT_RELU, 2);
	float *images = noise_images(n), part[96 * 3];
	double value[64], sum[6] = {0}, want[6] = {0};
	int label[96];
	struct explain x;

	(void)state;
	superpixels(images, 8, 12, 3, 4, label);
	for (int set = 0; set < 64; set++) {
		for (int i = 0; i < 96 * 3; i++)
			part[i] = set >> label[i / 3] & 1 ? images[i] : 0;
		value[set] = score(n, part, 0, pool);
	}
	for (int set = 0; set < 64; set++)
		for (int k = 0; k < 6; k++)
			if (!(set >> k & 1))
				want[k] += weight[__builtin_popcount((unsigned)set)] * (value[set | 1 << k] - value[set]);
	open_maps(&x, n, "kernelshap", NULL, 16, pool);
	x.patch = 4;
	run_maps(&x, images, 1, (int[]){0});
	assert_int_equal(explain_runs(&x), 64);
	for (int i = 0; i < 96; i++)
		sum[label[i]] += (double)explain_raw(&x, 0, 0)[i];
	for (int k = 0; k < 6; k++)
		assert_near(sum[k], want[k], 1e-5);
	explain_close(&x);
	open_maps(&x, n, "kernelshap", NULL, 16, pool); /* drawn coalitions: near */
	x.patch = 4;
	x.samples = 60;
	run_maps(&x, images, 1, (int[]){0});
	memset(sum, 0, sizeof sum);
	for (int i = 0; i < 96; i++)
		sum[label[i]] += (double)explain_raw(&x, 0, 0)[i];
	for (int k = 0; k < 6; k++)
		assert_near(sum[k], want[k], .1 * (fabs(value[63] - value[0]) + .1));
	explain_close(&x);
	free(images);
	net_free(n);
}

/* A channel of act1 is zero for conv2 when conv2's weights for it are. */
static void ablation_takes_channels_away(void **state)
{
	struct net *n = bent(ACT_RELU, 2), *without = bent(ACT_RELU, 2);
	const struct node *conv = graph_find(without->g, "conv2");
	float *images = noise_images(n);
	double w[8], all, map[24] = {0};
	struct explain x;

	(void)state;
	open_maps(&x, n, "ablationcam", "pool", 16, pool);
	run_maps(&x, images, 2, (int[]){1, 0});
	for (int image = 0; image < 2; image++) {
		const float *a = plan_value(x.plan, x.target[0].layer) + 24 * 8 * image;

		all = score(n, images + (size_t)image * 288, !image, pool);
		for (int k = 0; k < 8; k++) {
			float *v = without->value + conv->offset[0];

			memcpy(v, n->value + conv->offset[0], 6 * 9 * 8 * sizeof *v);
			for (int i = 0; i < 6 * 9; i++)
				v[i * 8 + k] = 0;
			w[k] = all - score(without, images + (size_t)image * 288, !image, pool);
		}
		for (int i = 0; i < 24; i++) {
			map[i] = 0;
			for (int k = 0; k < 8; k++)
				map[i] += w[k] * (double)a[i * 8 + k];
		}
		assert_near(apart(explain_raw(&x, image, 0), map, 24), 0, 1e-5);
	}
	explain_close(&x);
	free(images);
	net_free(n);
	net_free(without);
}

/* Behind an average a channel's loss is weight times mean; Score-CAM's weights sum to one. */
static void channels_of_the_head(void **state)
{
	const struct node *fc = resnet_one->g->output;
	const float *weight = resnet_one->value + fc->offset[0];
	int c = fc->in[0]->c;
	double map[4] = {0}, most = 0;
	struct explain x;

	(void)state;
	open_maps(&x, resnet_one, "ablationcam,scorecam", NULL, 16, pool);
	run_maps(&x, resnet_images, 1, (int[]){1});
	const float *a = plan_value(x.plan, x.target[0].layer);
	for (int k = 0; k < c; k++) {
		double mean = 0;

		for (int i = 0; i < 4; i++)
			mean += (double)a[i * c + k] / 4;
		for (int i = 0; i < 4; i++) {
			map[i] += (double)weight[k] * mean * (double)a[i * c + k];
			most = fmax(most, (double)a[i * c + k]);
		}
	}
	assert_near(apart(explain_raw(&x, 0, 0), map, 4), 0, 1e-4);
	for (int i = 0; i < 4; i++)
		assert_true(explain_raw(&x, 0, 1)[i] >= 0 && (double)explain_raw(&x, 0, 1)[i] <= most);
	assert_int_equal(explain_runs(&x), 513 + 512);
	explain_close(&x);
}

static void tails_need_one_way(void **state)
{
	struct explain x;
	struct err e = {""};

	(void)state;
	assert_int_equal(explain_open(&x, resnet_one, "ablationcam", "layer1.0.conv1", 1, pool, &e), -1);
	assert_string_equal(e.text, "Ablation-CAM: layer1.0.conv1 is not the only way to the output");
	assert_int_equal(explain_open(&x, resnet_one, "rise,gradcam,rise", "layer4,layer3", 1, pool, &e), -1);
	assert_string_equal(e.text, "rise is asked for twice");
	open_maps(&x, resnet_one, "rise,gradcam,random", "layer4,layer3", 1, pool);
	assert_int_equal(x.ntarget, 5);
	assert_null(x.target[0].layer);
	assert_int_equal(x.target[4].h, 4);
	explain_close(&x);
}

/* What makes the score is in one corner: every perturbation finds it. */
static void perturbation_finds_the_place(void **state)
{
	struct graph *g = graph_new();
	struct net *n = net_of(g, graph_dense(g, "fc", graph_flatten(g, "flatten",
	                       graph_act(g, "relu", graph_input(g, 24, 24, 1), ACT_RELU)), 1, true));
	float x1[576], *w = n->value + n->g->output->offset[0];
	struct explain x;

	(void)state;
	name_classes(n);
	for (int i = 0; i < 576; i++) {
		x1[i] = 1 + .1f * noise((size_t)i, 3);
		w[i] = i / 24 >= 16 && i % 24 < 8 ? 1 : 0;
	}
	open_maps(&x, n, "occlusion,rise,lime,kernelshap,intgrad", NULL, 32, pool);
	x.patch = 8;
	run_maps(&x, x1, 1, (int[]){1});
	for (int t = 0; t < x.ntarget; t++) {
		const float *m = explain_raw(&x, 0, t);
		double in = 0, out = 0;

		for (int i = 0; i < 576; i++)
			*(w[i] > 0 ? &in : &out) += fmax((double)m[i], 0) / (w[i] > 0 ? 64 : 512);
		if (!(in > 4 * out))
			fail_msg("%s: %g inside, %g outside", method_name(x.target[t].method), in, out);
	}
	explain_close(&x);
	net_free(n);
}

static void superpixels_follow_edges(void **state)
{
	float image[30 * 40];
	int label[30 * 40], size[12] = {0}, mixed = 0, side[12][2] = {{0}};

	(void)state;
	for (int i = 0; i < 1200; i++)
		image[i] = i % 40 >= 17 + i / 40 % 3 ? 4 : 0; /* no cell ends there */
	assert_int_equal(superpixels(image, 30, 40, 1, 10, label), 12);
	for (int i = 0; i < 1200; i++) {
		size[label[i]]++;
		side[label[i]][image[i] > 0]++;
	}
	for (int k = 0; k < 12; k++) {
		assert_true(size[k] > 20);
		mixed += side[k][0] < side[k][1] ? side[k][0] : side[k][1];
	}
	assert_true(mixed <= 6);
	assert_int_equal(superpixel_count(3, 5, 10), 1);
}

static void baselines_know_nothing(void **state)
{
	struct explain x;

	(void)state;
	open_maps(&x, resnet_one, "random,gaussian,edges", "layer2", 2, pool);
	run_maps(&x, resnet_images, 2, (int[]){1, 0});
	const float *random = explain_raw(&x, 0, 0), *gaussian = explain_raw(&x, 0, 1);
	assert_true(apart_floats(random, explain_raw(&x, 1, 0), 64) == 0); /* both are item 0 */
	assert_true(random[0] != random[1] && random[0] >= 0 && random[0] < 1);
	assert_near((double)gaussian[31 * 64 + 31], 1, 5e-3);
	assert_near((double)gaussian[0], exp(-4), 5e-3);
	assert_true(gaussian[5 * 64 + 9] == gaussian[58 * 64 + 54]);
	for (enum method m = 0; m < METHOD_COUNT; m++)
		assert_int_equal(method_is_baseline(m), m >= METHOD_random);
	explain_close(&x);
}

static void one_by_hand(void **state)
{
	struct graph *g = graph_new();
	struct net *n = net_of(g, graph_dense(g, "fc", graph_gap(g, "gap", graph_input(g, 3, 3, 1)), 1, true));
	const float x1[] = {0, 0, 0, 0, 1, 0, 0, 0, 0};
	struct explain x;

	(void)state;
	name_classes(n);
	open_maps(&x, n, "edges,gradient", NULL, 1, pool);
	run_maps(&x, x1, 1, (int[]){0});
	assert_near((double)explain_raw(&x, 0, 0)[0], sqrt(2), 1e-6);
	assert_near((double)explain_raw(&x, 0, 0)[1], 2, 1e-6);
	assert_near((double)explain_raw(&x, 0, 0)[4], 0, 1e-6);
	assert_near((double)explain_raw(&x, 0, 1)[7], fabs((double)n->value[n->g->output->offset[0]]) / 9, 1e-6);
	explain_close(&x);
	net_free(n);
}

/* The same bits for any batch and any number of threads; others for another seed or item. */
static void maps_depend_on_seed_and_item_alone(void **state)
{
	static const char every[] = "eigencam,scorecam,ablationcam,fullgrad,gradient,gradxinput,intgrad,smoothgrad,"
	                            "gradientshap,xrai,occlusion,rise,lime,kernelshap,random,gaussian,edges,gradcam";
	struct net *n = bent(ACT_RELU, 1);
	float *images = noise_images(n), *want = NULL;
	struct pool *one = pool_new(1);
	struct err e;

	(void)state;
	for (int run = 0; run < 5; run++) {
		int batch = run == 0 ? 4 : run == 1 ? 1 : run == 2 ? 3 : 2, differ = 0;
		struct view view[N];
		struct explain x;

		open_maps(&x, n, every, "pool,act2", batch, run == 1 ? one : pool);
		x.samples = 11;
		x.seed = run == 3;
		for (int first = 0; first < 4; first += batch) {
			int now = first + batch > 4 ? 4 - first : batch;

			assert_int_equal(explain_ready(&x, &e), 0);
			explain_forward(&x, images + (size_t)first * 288, now);
			for (int i = 0; i < now; i++)
				view[i] = (struct view){.slot = i, .class = 1, .item = (uint64_t)(first + i + (run == 4))};
			explain_maps(&x, view, now);
			if (!want)
				want = xmalloc(4 * (size_t)x.ntarget * 96 * sizeof *want);
			for (int i = 0; i < now; i++)
				for (int t = 0; t < x.ntarget; t++) {
					float *m = want + ((size_t)(first + i) * (size_t)x.ntarget + (size_t)t) * 96;

					if (run == 0)
						memcpy(m, explain_raw(&x, i, t), map_size(&x, t) * sizeof *m);
					else if (run < 3)
						assert_bits(explain_raw(&x, i, t), m, map_size(&x, t), method_name(x.target[t].method));
					else
						differ += memcmp(explain_raw(&x, i, t), m, map_size(&x, t) * sizeof *m) != 0;
				}
		}
		if (run >= 3) /* smoothgrad, gradientshap, rise, lime, kernelshap, random twice */
			assert_int_equal(differ, 4 * 7);
		explain_close(&x);
	}
	free(want);
	free(images);
	pool_free(one);
	net_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_sum_to_the_score),
		cmocka_unit_test(integration_converges),
		cmocka_unit_test(no_noise_is_the_gradient),
		cmocka_unit_test(linear_functions_are_shared_out),
		cmocka_unit_test(kernelshap_is_shapley),
		cmocka_unit_test(ablation_takes_channels_away),
		cmocka_unit_test(channels_of_the_head),
		cmocka_unit_test(tails_need_one_way),
		cmocka_unit_test(perturbation_finds_the_place),
		cmocka_unit_test(superpixels_follow_edges),
		cmocka_unit_test(baselines_know_nothing),
		cmocka_unit_test(one_by_hand),
		cmocka_unit_test(maps_depend_on_seed_and_item_alone),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
