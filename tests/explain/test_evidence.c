/* Measures of maps: by hand, by scipy and scikit-learn, and by running the definition. */
#include "explain/fill.h"
#include "explain/witness.h"
#include "resnet.h"
#include "evidence_golden.h"

enum { H = 12, W = 20, PIXELS = H * W };

static struct pool *pool;

static int setup(void **state)
{
	(void)state;
	pool = pool_new(2);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pool_free(pool);
	return 0;
}

/* The score is a weighted sum of the pixels. */
static struct net *weighted(const float *weight, float bias)
{
	struct graph *g = graph_new();
	struct net *n = net_of(g, graph_dense(g, "fc", graph_flatten(g, "flatten", graph_input(g, H, W, 1)), 1, true));

	name_classes(n);
	memcpy(n->value + n->g->output->offset[0], weight, PIXELS * sizeof *weight);
	n->value[n->g->output->offset[1]] = bias;
	return n;
}

static double logistic(double z)
{
	return 1 / (1 + exp(-z));
}

static struct inquest open_inquest(struct net *n, const char *list)
{
	struct inquest q = {.net = n, .pool = pool, .seed = 3};
	struct err e = {""};

	if (evidence_parse(list, q.wanted, &e) || inquest_open(&q, 7, &e))
		fail_msg("%s", e.text);
	return q;
}

static void maps_alone(void **state)
{
	static const enum evidence shown[8] = {EVIDENCE_iou, EVIDENCE_inside, EVIDENCE_pixel_auc, EVIDENCE_spearman,
	                                       EVIDENCE_ssim, EVIDENCE_gini, EVIDENCE_entropy, EVIDENCE_auprc};
	float a[PIXELS], b[PIXELS], zero[PIXELS] = {0};
	unsigned char truth[PIXELS];
	struct net *n = weighted(zero, 0);
	struct inquest q = open_inquest(n, "localisation,outside_lungs,border,corners,overlap,agreement,complexity");

	(void)state;
	for (int i = 0; i < PIXELS; i++) {
		a[i] = fmaxf(noise((size_t)i, 1), 0);
		truth[i] = i % W < 7 && i / W > 3;
	}
	for (int i = 0; i < 40; i++)
		a[i] = a[40];
	for (int i = 0; i < PIXELS; i++)
		b[i] = .5f * a[i] + .5f * fmaxf(noise((size_t)i, 2), 0);
	struct exhibit x = {.map = a, .truth = truth, .lungs = truth, .first = b};
	inquest_hold(&q, &x, 1);
	for (int k = 0; k < 8; k++)
		assert_near(x.value[shown[k]], golden_evidence[k], 1e-6);
	for (int k = 0; k < 7; k++)
		assert_near(x.value[EVIDENCE_iou_top1 + k], golden_tops[k], 1e-6);
	assert_near(x.value[EVIDENCE_outside_lungs], 1 - golden_evidence[1], 1e-6);
	assert_true(isnan(x.value[EVIDENCE_deletion]));
	inquest_close(&q);
	net_free(n);
}

/* A uniform map; one hot pixel; no heat at all; no truth. */
static void maps_by_hand(void **state)
{
	float map[PIXELS], zero[PIXELS] = {0};
	unsigned char truth[PIXELS] = {0}, none[PIXELS] = {0};
	struct net *n = weighted(zero, 0);
	struct inquest q = open_inquest(n, "all");
	struct exhibit x[4] = {{.map = map, .truth = truth, .lungs = truth, .first = map, .shaken = (double)NAN}};

	(void)state;
	for (int i = 0; i < PIXELS; i++)
		map[i] = i == 5 * W + 7;
	truth[5 * W + 7] = truth[5 * W + 8] = 1;
	x[1] = x[2] = x[3] = x[0];
	x[1].map = x[1].first = zero;
	x[2].truth = x[2].lungs = none;
	x[3].truth = x[3].lungs = NULL;
	x[3].first = NULL;
	for (int i = 0; i < 4; i++)
		x[i].image = zero;
	inquest_hold(&q, x, 4);
	const double *v = x[0].value;
	assert_true(v[EVIDENCE_hit] == 1 && v[EVIDENCE_iou] == .5 && v[EVIDENCE_inside] == 1);
	assert_true(v[EVIDENCE_iou_otsu] == .5 && v[EVIDENCE_auprc] > .5);
	assert_true(v[EVIDENCE_iou_top1] == .5 && v[EVIDENCE_iou_top30] == .5); /* places without heat are not hot */
	assert_true(v[EVIDENCE_border] == 0 && v[EVIDENCE_corners] == 0 && v[EVIDENCE_outside_lungs] == 0);
	assert_near(v[EVIDENCE_gini], 1 - 1. / PIXELS, 1e-9);
	assert_near(v[EVIDENCE_entropy], 0, 1e-9);
	assert_near(v[EVIDENCE_ssim], 1, 1e-9);
	assert_near(v[EVIDENCE_spearman], 1, 1e-9);
	for (int k = 0; k < EVIDENCE_COUNT; k++) {
		bool own = k == EVIDENCE_ssim || k == EVIDENCE_baseline_p || evidence_wants_truth(k);

		if (!isnan(x[1].value[k]) && !own)
			fail_msg("%s of no heat is %g", evidence_name(k), x[1].value[k]);
		if (evidence_wants_truth(k) || evidence_wants_lungs(k))
			assert_true(isnan(x[3].value[k]) && (k == EVIDENCE_outside_lungs || isnan(x[2].value[k])));
	}
	const double *miss = x[1].value;
	assert_true(miss[EVIDENCE_hit] == 0 && miss[EVIDENCE_iou] == 0 && miss[EVIDENCE_inside] == 0);
	assert_true(miss[EVIDENCE_pixel_auc] == .5);
	assert_true(x[2].value[EVIDENCE_outside_lungs] == 1 && isnan(x[3].value[EVIDENCE_spearman]));
	for (int i = 0; i < PIXELS; i++)
		map[i] = 1;
	inquest_hold(&q, x, 1);
	assert_near(v[EVIDENCE_border], 1 - 16. * 10 / PIXELS, 1e-9); /* rows 1..10 and columns 2..17 lie within */
	assert_near(v[EVIDENCE_corners], 4. * 4 * 2 / PIXELS, 1e-9);
	assert_near(v[EVIDENCE_entropy], 1, 1e-9);
	assert_near(v[EVIDENCE_gini], 0, 1e-9);
	assert_near(v[EVIDENCE_hit], 2. / PIXELS, 1e-9);
	inquest_close(&q);
	net_free(n);
}

static int by_weight(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x < y) - (x > y);
}

/* The map is what every pixel adds: what remains after each step is known. */
static void deletion_by_definition(void **state)
{
	float weight[PIXELS], one[PIXELS], sorted[PIXELS], against[PIXELS];
	double area = 0, before = 0, left = 0;
	struct net *n;

	(void)state;
	for (int i = 0; i < PIXELS; i++) {
		weight[i] = sorted[i] = (1 + noise((size_t)i, 4)) / 100;
		against[i] = .02f - weight[i];
		one[i] = 1;
		left += (double)weight[i];
	}
	n = weighted(weight, -1.2f);
	struct inquest q = open_inquest(n, "deletion,drop,increase,sensitivity_n,road");
	struct exhibit x[3] = {{.map = weight, .image = one, .class = 1}, {.map = against, .image = one, .class = 1},
	                       {.map = weight, .image = one, .class = 0}};

	inquest_hold(&q, x, 3);
	qsort(sorted, PIXELS, sizeof *sorted, by_weight);
	for (int step = 0; step <= 20; step++) {
		double p = logistic(left - (double)1.2f);

		area += step ? (p + before) / 40 : 0;
		before = p;
		for (int i = step * 12; i < step * 12 + 12 && step < 20; i++)
			left -= (double)sorted[i];
	}
	assert_near(x[0].value[EVIDENCE_deletion], area, 1e-5);
	assert_true(x[1].value[EVIDENCE_deletion] > area + .05); /* a worse map takes the score away later */
	assert_true(x[2].value[EVIDENCE_deletion] > .5);         /* of the other class nothing is taken away */
	assert_near(x[0].value[EVIDENCE_sensitivity_n], 1, 1e-4);
	assert_true(x[1].value[EVIDENCE_sensitivity_n] < .5); /* cells are not of one size */
	double all = 0, kept = 0;
	for (int i = 0; i < PIXELS; i++) {
		all += (double)weight[i];
		kept += (double)weight[i] * (double)(weight[i] / sorted[0]);
	}
	all = logistic(all - 1.2);
	kept = logistic(kept - 1.2);
	assert_near(x[0].value[EVIDENCE_drop], (all - kept) / all, 1e-5);
	assert_true(x[0].value[EVIDENCE_increase] == 0 && x[2].value[EVIDENCE_increase] == 1);
	assert_near(x[0].value[EVIDENCE_road], 0, .02); /* a uniform image is filled in as it was */
	inquest_close(&q);
	net_free(n);
}

/* A mark in every corner, and a network that goes by it: what is left is the black around. */
static void corners_are_filled_in(void **state)
{
	float weight[PIXELS], mark[PIXELS], inner[PIXELS];
	struct exhibit in = {.h = H, .w = W};
	double z = 0;

	(void)state;
	for (int i = 0; i < PIXELS; i++) {
		weight[i] = .1f;
		mark[i] = in_corner(&in, i) && i / W % (H - 1) == 0;
		inner[i] = i == H / 2 * W + W / 2;
		z += (double)(weight[i] * mark[i]);
	}
	assert_true(z > .5);
	struct net *n = weighted(weight, -1);
	struct inquest q = open_inquest(n, "corner_drop");
	struct exhibit x[3] = {{.map = mark, .image = mark, .class = 1, .leads = true},
	                       {.map = mark, .image = inner, .class = 1, .leads = true},
	                       {.map = mark, .image = mark, .class = 1}};

	inquest_hold(&q, x, 3);
	assert_near(x[0].value[EVIDENCE_corner_drop], 1 - logistic(-1) / logistic(z - 1), .01);
	assert_near(x[1].value[EVIDENCE_corner_drop], 0, .01); /* not in a corner */
	assert_true(isnan(x[2].value[EVIDENCE_corner_drop]));  /* the image has been asked */
	inquest_close(&q);
	net_free(n);
}

/* A network that goes by a place in the lungs has nothing left without them, one that goes by a place far from them all;
 * what lies beside a lung is filled in, too. */
static void lungs_are_filled_in(void **state)
{
	const int lung = H / 2 * W + W / 2, beside = lung + 1, far = 0;
	float weight[PIXELS] = {0}, image[PIXELS] = {0};
	unsigned char lungs[PIXELS] = {0};

	(void)state;
	weight[lung] = weight[beside] = weight[far] = 1;
	lungs[lung] = 1;
	struct net *n = weighted(weight, -1);
	struct inquest q = open_inquest(n, "lungless_p");
	struct exhibit x = {.map = weight, .image = image, .class = 1, .lungs = lungs, .leads = true};

	image[lung] = 3;
	inquest_hold(&q, &x, 1);
	assert_near(x.value[EVIDENCE_lungless_p], logistic(-1), .01);
	image[lung] = 0;
	image[beside] = 3;
	inquest_hold(&q, &x, 1);
	assert_near(x.value[EVIDENCE_lungless_p], logistic(-1), .01);
	image[far] = 3;
	inquest_hold(&q, &x, 1);
	assert_near(x.value[EVIDENCE_lungless_p], logistic(2), .01);
	x.leads = false;
	inquest_hold(&q, &x, 1);
	assert_true(isnan(x.value[EVIDENCE_lungless_p])); /* the image has been asked */
	x.leads = true;
	x.lungs = NULL;
	inquest_hold(&q, &x, 1);
	assert_true(isnan(x.value[EVIDENCE_lungless_p]));
	inquest_close(&q);
	net_free(n);
}

/* As scipy's direct solver has it: a hole wider than what is left of the image, scattered pixels, and all at once. */
static void fills_solve_the_system(void **state)
{
	enum { SIDE = 40, AREA = SIDE * SIDE };
	float v[AREA * 3], want[AREA * 3];
	unsigned char part[AREA];
	const double *golden = golden_fill;

	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		fill_noise(want, AREA * 3, 11);
		for (int i = 0; i < AREA; i++) {
			bool hole = i / SIDE > 1 && i / SIDE < 38 && i % SIDE > 2 && i % SIDE < 39;

			part[i] = kind == 0 ? hole : kind == 1 ? noise((size_t)i, 12) < .8f : hole || noise((size_t)i, 12) < 0;
		}
		for (int i = 0; i < AREA * 3; i++) {
			want[i] += .1f * (float)(i / 3 % SIDE);
			v[i] = part[i / 3] ? 1e9f : want[i];
		}
		fill_part(v, part, SIDE, SIDE, 3);
		for (int i = 0; i < AREA * 3; i++)
			if (!part[i / 3])
				assert_true(v[i] == want[i]);
			else if (i % 37 == 0)
				assert_near((double)v[i], *golden++, 2e-5);
	}
	assert_int_equal(golden - golden_fill, sizeof golden_fill / sizeof *golden_fill);
	memset(part, 1, sizeof part);
	fill_part(v, part, SIDE, SIDE, 3);
	assert_true(v[0] == 0 && v[AREA] == 0);
}

/* A plane is the mean of its neighbours everywhere: what was taken out comes back, but for the noise. */
static void road_fills_in_planes(void **state)
{
	float plane[PIXELS], map[PIXELS], v[PIXELS], zero[PIXELS] = {0};
	int wrong = 0;

	(void)state;
	for (int i = 0; i < PIXELS; i++) {
		plane[i] = .3f * (float)(i % W) - .2f * (float)(i / W);
		map[i] = i / W >= 3 && i / W < 9 && i % W >= 5 && i % W < 9;
	}
	struct exhibit x = {.map = map, .image = plane, .h = H, .w = W, .c = 1, .nothing = zero, .start = zero};
	x.order = heat_order(&x);
	trial_fill(&x, TRIAL_MORF, 0, v); /* a tenth: the hot block */
	for (int i = 0; i < PIXELS; i++) {
		assert_near((double)v[i], (double)plane[i], .06);
		wrong += map[i] == 0 && v[i] != plane[i];
	}
	assert_int_equal(wrong, 0);
	trial_fill(&x, TRIAL_INSERT, 20, v);
	assert_bits(v, plane, PIXELS, "all inserted");
	trial_fill(&x, TRIAL_DELETE, 0, v);
	assert_bits(v, plane, PIXELS, "nothing deleted");
	free(x.order);
}

/* The same bits for any batch and threads. */
static void evidence_is_its_images(void **state)
{
	struct net *n = resnet(64, 64, 2);
	float *images = images_of(n), *map = xmalloc(2 * 4096 * sizeof *map);
	struct pool *one = pool_new(1);
	struct exhibit x[2], y;
	double want[2][EVIDENCE_COUNT];

	(void)state;
	fill_noise(map, 2 * 4096, 5);
	struct inquest q = open_inquest(n, "faithfulness");
	assert_int_equal(inquest_runs(&q), 21 + 21 + 9 + 9 + 2 + 65 + 2);
	for (int i = 0; i < 2; i++)
		x[i] = (struct exhibit){.map = map + 4096 * i, .image = images + 64 * 64 * 3 * i, .class = i, .item = 7};
	inquest_hold(&q, x, 2);
	for (int i = 0; i < 2; i++)
		memcpy(want[i], x[i].value, sizeof want[i]);
	inquest_close(&q);
	q.pool = one;
	struct err e;
	assert_int_equal(inquest_open(&q, 16, &e), 0);
	y = x[1];
	inquest_hold(&q, &y, 1);
	for (int v = 0; v <= EVIDENCE_sensitivity_n; v++)
		if (y.value[v] != want[1][v] || (v < EVIDENCE_drop && y.value[v] == want[0][v]))
			fail_msg("%s: %.17g, not %.17g (the other's %g)", evidence_name(v), y.value[v], want[1][v], want[0][v]);
	inquest_close(&q);
	pool_free(one);
	free(images);
	free(map);
	net_free(n);
}

static void lists_are_parsed(void **state)
{
	bool wanted[EVIDENCE_COUNT];
	struct err e;
	int n = 0;

	(void)state;
	assert_int_equal(evidence_parse("gini,localisation", wanted, &e), 0);
	for (int v = 0; v < EVIDENCE_COUNT; v++)
		n += wanted[v];
	assert_int_equal(n, 7);
	assert_true(wanted[EVIDENCE_gini] && wanted[EVIDENCE_hit] && wanted[EVIDENCE_pixel_auc]);
	assert_int_equal(evidence_parse("gini,giny", wanted, &e), -1);
	assert_non_null(strstr(e.text, "no measure 'giny': choose one of deletion, insertion"));
	assert_int_equal(evidence_parse("", wanted, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_alone),
		cmocka_unit_test(maps_by_hand),
		cmocka_unit_test(deletion_by_definition),
		cmocka_unit_test(corners_are_filled_in), cmocka_unit_test(lungs_are_filled_in),
		cmocka_unit_test(fills_solve_the_system),
		cmocka_unit_test(road_fills_in_planes),
		cmocka_unit_test(evidence_is_its_images),
		cmocka_unit_test(lists_are_parsed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
