/* Maps of several models, layers and mirrored images; branches of a stack. */
#include "explain/blend.h"
#include "nn/augment.h"
#include "resnet.h"

enum { H = 6, W = 7, PLACES = H * W };

/* conv relu -> average, of so many channels. */
static struct node *branch(struct graph *g, const char *prefix, struct node *n, int channels)
{
	g->prefix = prefix;
	n = graph_act(g, "relu", graph_conv(g, "conv", n, channels, window_square(3, 1, 1), 1, true), ACT_RELU);
	n = graph_act(g, "last", graph_conv(g, "tail", n, channels, window_square(3, 1, 1), 1, true), ACT_RELU);
	n = graph_gap(g, "pool", n);
	g->prefix = NULL;
	return n;
}

static struct net *stack(void)
{
	struct graph *g = graph_new();
	struct node *input = graph_input(g, H, W, 3), *pooled[2];

	pooled[0] = branch(g, "a.", input, 5);
	pooled[1] = branch(g, "b.", input, 4);
	struct net *n = net_of(g, graph_dense(g, "fc", graph_concat(g, "concat", pooled, 2), 1, true));
	name_classes(n);
	return n;
}

static struct net *single(const char *prefix, int logits)
{
	struct graph *g = graph_new();
	struct net *n = net_of(g, graph_dense(g, "fc", branch(g, prefix, graph_input(g, H, W, 3), 6), logits, true));

	name_classes(n);
	return n;
}

/* A convolution's parameters of one branch, made others. */
static void change(struct net *n, const char *prefix)
{
	for (int p = 0; p < n->g->nparam; p++) {
		const struct param *q = n->g->param[p];

		for (size_t i = 0; i < q->count && strncmp(q->name, prefix, strlen(prefix)) == 0; i++)
			n->value[q->offset + i] *= 1 + .3f * noise((uint32_t)i, 77);
	}
}

static void raw_maps(struct net *n, const float *image, struct pool *pool, float raw[2][PLACES])
{
	struct explain x;

	open_maps(&x, n, "gradcam", NULL, 1, pool);
	assert_int_equal(x.ntarget, 2);
	assert_string_equal(x.target[0].layer->name, "a.last");
	assert_string_equal(x.target[1].layer->name, "b.last");
	run_maps(&x, image, 1, (int[]){1});
	for (int t = 0; t < 2; t++)
		memcpy(raw[t], explain_raw(&x, 0, t), sizeof raw[t]);
	explain_close(&x);
}

/* Behind the averages the head is linear: a branch's map is then its own business. */
static void a_branch_is_explained_by_itself(void **state)
{
	float image[PLACES * 3], was[2][PLACES], is[2][PLACES];
	struct pool *pool = pool_new(2);

	(void)state;
	formula_images(image, PLACES * 3);
	for (int b = 0; b < 2; b++) {
		struct net *n = stack();
		struct explain x;

		raw_maps(n, image, pool, was);
		change(n, b ? "b." : "a.");
		raw_maps(n, image, pool, is);
		assert_bits(is[!b], was[!b], PLACES, "the other branch");
		assert_true(memcmp(is[b], was[b], sizeof *is) != 0);
		open_maps(&x, n, "gradcam", b ? "b.last" : "a", 1, pool);
		assert_int_equal(x.ntarget, 1);
		run_maps(&x, image, 1, (int[]){1});
		assert_bits(explain_raw(&x, 0, 0), is[b], PLACES, "named alone");
		explain_close(&x);
		net_free(n);
	}
	pool_free(pool);
}

/* One model's map of an image at one layer, finished, brought back; added to sum. */
static void add_posed(struct net *n, const char *layer, const float *image, const struct pose *pose, struct pool *pool,
                      double *sum)
{
	float turned[PLACES * 3], map[PLACES], scratch[PLACES * 3];
	struct explain x;

	memcpy(turned, image, sizeof turned);
	pose_image(pose, n, turned, scratch);
	open_maps(&x, n, "layercam", layer, 1, pool);
	run_maps(&x, turned, 1, (int[]){1});
	map_finish(NORMALISE_minmax, explain_raw(&x, 0, 0), H, W, map, H, W);
	pose_back(pose, map, scratch, H, W);
	for (int i = 0; i < PLACES; i++)
		sum[i] += (double)map[i];
	explain_close(&x);
}

static void add_map(struct net *n, const char *layer, const float *image, bool mirrored, struct pool *pool,
                    double *sum)
{
	add_posed(n, layer, image, &(struct pose){mirrored, 1}, pool, sum);
}

static void run_blend(struct blend *b, const float *images, int n, struct maps *const *out)
{
	struct view view[2] = {{.slot = 0, .class = 1}, {.slot = 1, .class = 1}};
	struct err e = {""};

	if (!blend_input(b, &e))
		fail_msg("%s", e.text);
	memcpy(b->input, images, (size_t)n * PLACES * 3 * sizeof *images);
	blend_forward(b, n);
	blend_maps(b, view, n, out);
	assert_memory_equal(b->input, images, (size_t)n * PLACES * 3 * sizeof *images);
}

/* Two models, two layers, two sides: eight maps in one, against each made alone. */
static void all_is_the_mean(void **state)
{
	struct net *net[2] = {single("a.", 1), single("a.", 2)};
	struct pool *pool = pool_new(2);
	struct blend b = {.net = net, .n = 2, .batch = 2, .pool = pool, .fuse = FUSE_MEAN, .flip = true,
	                  .normalise = NORMALISE_minmax};
	float images[2 * PLACES * 3], got[2][PLACES], logit[2], prob[2], alone[2];
	bool flat[2];
	struct maps maps[2] = {{.map = got[0], .flat = flat}, {.map = got[1], .flat = flat + 1}}, *out[2] = {&maps[0], &maps[1]};
	struct err e = {""};

	(void)state;
	change(net[1], "a.");
	formula_images(images, 2 * PLACES * 3);
	if (blend_open(&b, "layercam", "a.relu,a.last", &e))
		fail_msg("%s", e.text);
	assert_int_equal(b.nmap, 1);
	assert_int_equal(b.map[0].parts, 8);
	assert_string_equal(b.map[0].name, "layercam.a.relu+a.last");
	assert_null(blend_feature(&b));
	run_blend(&b, images, 2, out);
	for (int i = 0; i < 2; i++) {
		double sum[PLACES] = {0}, most = 0;

		for (int k = 0; k < 8; k++)
			add_map(net[k & 1], k & 2 ? "a.relu" : "a.last", images + i * PLACES * 3, k & 4, pool, sum);
		for (int p = 0; p < PLACES; p++) {
			assert_near(fabs((double)got[i][p] - sum[p] / 8), 0, 1e-6);
			most = fmax(most, sum[p] / 8);
		}
		assert_true(most > .3 && !flat[i] && !maps[i].broken);
	}
	for (int m = 0; m < 2; m++)
		net_probs(net[m], explain_logits(&b.x[m]), prob), alone[m] = prob[1];
	blend_scores(&b, 0, logit, prob);
	assert_near((double)prob[1], ((double)alone[0] + (double)alone[1]) / 2, 1e-6);
	blend_close(&b);
	pool_free(pool);
	net_free(net[0]);
	net_free(net[1]);
}

/* The same of products of two layers: four of them. */
static void layers_are_multiplied(void **state)
{
	struct net *net[2] = {single("a.", 1), single("a.", 2)};
	struct pool *pool = pool_new(2);
	struct blend b = {.net = net, .n = 2, .batch = 1, .pool = pool, .fuse = FUSE_PRODUCT, .flip = true,
	                  .normalise = NORMALISE_minmax};
	float image[PLACES * 3], got[PLACES];
	double want[PLACES] = {0}, most = 0, peak = 0;
	bool flat;
	struct maps maps = {.map = got, .flat = &flat, .peak = &peak}, *out = &maps;
	struct err e = {""};

	(void)state;
	change(net[1], "a.");
	formula_images(image, PLACES * 3);
	if (blend_open(&b, "layercam", "a.relu,a.last", &e))
		fail_msg("%s", e.text);
	run_blend(&b, image, 1, &out);
	for (int k = 0; k < 4; k++) {
		double layer[2][PLACES] = {{0}};

		for (int l = 0; l < 2; l++)
			add_map(net[k & 1], l ? "a.relu" : "a.last", image, k & 2, pool, layer[l]);
		for (int p = 0; p < PLACES; p++)
			want[p] += layer[0][p] * layer[1][p] / 4;
	}
	for (int p = 0; p < PLACES; p++) {
		assert_near((double)got[p] - want[p], 0, 1e-6);
		most = fmax(most, want[p]);
	}
	assert_true(most > .1 && !flat && !maps.broken);
	assert_int_equal(b.map[0].parts, 8);
	blend_close(&b);
	pool_free(pool);
	net_free(net[0]);
	net_free(net[1]);
}

/* Smaller, larger and as it is, each mirrored, too: six maps, of which four show the border. What looks at no image
 * stays where it is. */
static void poses_are_brought_back(void **state)
{
	struct net *net = single("a.", 1);
	struct pool *pool = pool_new(2);
	struct blend b = {.net = &net, .n = 1, .batch = 1, .pool = pool, .flip = true, .zoom = (const double[]){.75, 1.6},
	                  .nzoom = 2, .normalise = NORMALISE_minmax, .normalise_given = true};
	float image[PLACES * 3], got[2][PLACES], gaussian[PLACES];
	double want[PLACES] = {0}, most = 0;
	bool flat[2];
	struct maps maps = {.map = got[0], .flat = flat}, *out = &maps;
	struct err e = {""};

	(void)state;
	formula_images(image, PLACES * 3);
	if (blend_open(&b, "layercam,gaussian", "a.relu", &e))
		fail_msg("%s", e.text);
	assert_int_equal(b.map[0].parts, 6);
	run_blend(&b, image, 1, &out);
	for (int k = 0; k < 6; k++)
		add_posed(net, "a.relu", image, &(struct pose){k & 1, (const double[]){1, .75, 1.6}[k / 2]}, pool, want);
	for (int p = 0; p < PLACES; p++) {
		bool shown = pose_shows(&(struct pose){false, 1.6}, (p % W + .5) / W, (p / W + .5) / H);

		want[p] /= shown ? 6 : 4;
		assert_near((double)got[0][p] - want[p], 0, 1e-6);
		most = fmax(most, want[p]);
	}
	assert_true(most > .3 && !flat[0] && !maps.broken);
	map_finish(NORMALISE_minmax, explain_raw(&b.x[0], 0, 1), H, W, gaussian, H, W);
	for (int p = 0; p < PLACES; p++)
		assert_near((double)got[1][p] - (double)gaussian[p], 0, 1e-6);
	blend_close(&b);
	pool_free(pool);
	net_free(net);
}

/* The breadth of a plateau is the whole map's: its parts are scaled by their maxima. */
static void a_plateau_is_of_the_whole(void **state)
{
	struct net *net = single("a.", 1);
	struct pool *pool = pool_new(1);
	struct blend b = {.net = &net, .n = 1, .batch = 1, .pool = pool, .fuse = FUSE_MEAN, .normalise_given = true};
	float image[PLACES * 3], mean[PLACES], got[PLACES];
	bool flat;
	struct maps maps = {.flat = &flat}, *out = &maps;
	struct err e = {""};

	(void)state;
	formula_images(image, PLACES * 3);
	for (int k = 0; k < 2; k++) {
		struct blend one = b;

		one.normalise = k ? NORMALISE_plateau : NORMALISE_max;
		maps.map = k ? got : mean;
		if (blend_open(&one, "layercam", "a.relu,a.last", &e))
			fail_msg("%s", e.text);
		run_blend(&one, image, 1, &out);
		blend_close(&one);
	}
	map_saturate(mean, PLACES);
	assert_memory_equal(got, mean, sizeof got);
	pool_free(pool);
	net_free(net);
}

static void what_does_not_go_together(void **state)
{
	struct net *pair[2] = {stack(), single("c.", 1)};
	struct pool *pool = pool_new(1);
	struct blend b = {.net = pair, .n = 2, .batch = 1, .pool = pool};
	struct err e = {""};

	(void)state;
	assert_int_equal(blend_open(&b, "gradcam", NULL, &e), -1);
	assert_non_null(strstr(e.text, "has 2 maps and"));
	b = (struct blend){.net = pair, .n = 2, .batch = 1, .pool = pool, .fuse = FUSE_MEAN};
	assert_int_equal(blend_open(&b, "gradcam,edges", NULL, &e), 0);
	assert_int_equal(b.nmap, 2);
	assert_string_equal(b.map[0].name, "gradcam.a.last+b.last+c.last");
	assert_int_equal(b.map[0].parts, 3);
	assert_string_equal(b.map[1].name, "edges");
	blend_close(&b);
	b = (struct blend){.net = pair, .n = 2, .batch = 1, .pool = pool};
	assert_int_equal(blend_open(&b, "gradcam", "b.last", &e), -1);
	assert_non_null(strstr(e.text, "no layer b.last: the layers are c.last, "));
	b = (struct blend){.net = pair, .n = 2, .batch = 1, .pool = pool};
	pair[1]->classes.name[0][0] = 'A';
	assert_int_equal(blend_open(&b, "gradcam", NULL, &e), -1);
	assert_non_null(strstr(e.text, "models of different classes: NORMAL and AORMAL"));
	pool_free(pool);
	net_free(pair[0]);
	net_free(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_branch_is_explained_by_itself),
		cmocka_unit_test(all_is_the_mean),
		cmocka_unit_test(layers_are_multiplied),
		cmocka_unit_test(poses_are_brought_back),
		cmocka_unit_test(a_plateau_is_of_the_whole),
		cmocka_unit_test(what_does_not_go_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
