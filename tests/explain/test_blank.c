/* What stands for nothing: methods and measures that start from it, beside PyTorch's, and what must hold for each. */
#include "explain/witness.h"
#include "little.h"
#include "blank_golden.h"

static const char *const kinds[] = {"gray", "blur", "black", "white", "mean", "other.png"};

static struct pool *pool;
static struct net *net;
static float image[FLOATS], other[FLOATS], heat[PIXELS];

static int setup(void **state)
{
	(void)state;
	net = little_net();
	pool = pool_new(2);
	fill_noise(image, FLOATS, 8);
	fill_noise(other, FLOATS, 21);
	for (int i = 0; i < PIXELS; i++)
		heat[i] = fmaxf(noise((size_t)i, 5), 0) + 1e-3f * (1 + noise((size_t)i, 6));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	net_free(net);
	pool_free(pool);
	return 0;
}

static struct blank blank_of(int kind)
{
	return (struct blank){.kind = blank_kind(kinds[kind]), .given = true, .file = other};
}

static void check_maps(const struct blank *b, const double **golden)
{
	struct explain x;

	open_maps(&x, net, "intgrad,occlusion", NULL, 4, pool);
	x.blank = *b;
	x.patch = 4;
	run_maps(&x, image, 1, (int[]){1});
	check_digest(explain_raw(&x, 0, 0), PIXELS, golden, 1e-5, "integrated gradients");
	check_digest(explain_raw(&x, 0, 1), PIXELS, golden, 1e-5, "occlusion");
	explain_close(&x);
}

static struct exhibit hold(const struct blank *b, const float *map, const double *sum)
{
	struct inquest q = {.net = net, .pool = pool, .seed = 1, .blank = *b};
	struct exhibit x = {.map = map, .image = image, .class = 1, .sum = sum};
	struct err e;

	assert_int_equal(evidence_parse("deletion,insertion,deletion_logit,insertion_logit,baseline_p,completeness_gap",
	                                q.wanted, &e), 0);
	assert_int_equal(inquest_open(&q, 16, &e), 0);
	inquest_hold(&q, &x, 1);
	inquest_close(&q);
	return x;
}

/* deletion, insertion, p of nothing, and the gap of a map that sums to 0. */
static void check_measures(const struct blank *b, const double *golden)
{
	static const enum evidence shown[] = {EVIDENCE_deletion, EVIDENCE_deletion_logit, EVIDENCE_insertion,
	                                      EVIDENCE_insertion_logit, EVIDENCE_baseline_p};
	double f = score(net, image, 1, pool), none = 0;
	struct exhibit x = hold(b, heat, &none);

	for (int i = 0; i < 5; i++)
		if (!(fabs(x.value[shown[i]] - golden[i]) < 1e-6))
			fail_msg("%s: %.9g, not %.9g", evidence_name(shown[i]), x.value[shown[i]], golden[i]);
	assert_near(x.value[EVIDENCE_completeness_gap], fabs(f - golden[5]), 1e-6);
	x = hold(b, heat, NULL);
	assert_true(isnan(x.value[EVIDENCE_completeness_gap]));
}

static void every_kind_as_pytorch_has_it(void **state)
{
	const double *golden = golden_blank;
	float v[FLOATS];

	(void)state;
	for (int kind = 0; kind < 6; kind++) {
		struct blank b = blank_of(kind);

		assert_int_equal(b.kind, kind);
		blank_fill(&b, net, image, v);
		check_digest(v, FLOATS, &golden, 2e-6, kinds[kind]);
		check_maps(&b, &golden);
		check_measures(&b, golden);
		golden += 6;
	}
	assert_int_equal(golden - golden_blank, sizeof golden_blank / sizeof *golden_blank);
}

/* Nothing that is the image itself leaves nothing to share out, whatever shares it. */
static void from_the_image_to_itself(void **state)
{
	static const char names[] = "intgrad,gradientshap,occlusion,rise,lime,kernelshap";
	struct explain x;

	(void)state;
	open_maps(&x, net, names, NULL, 16, pool);
	x.blank = (struct blank){.kind = BLANK_file, .file = image};
	x.patch = 4;
	x.samples = 40;
	run_maps(&x, image, 1, (int[]){1});
	for (int t = 0; t < x.ntarget; t++) {
		assert_true(method_has_blank(x.target[t].method));
		for (int i = 0; i < PIXELS; i++)
			assert_near((double)explain_raw(&x, 0, t)[i], 0, 1e-6);
	}
	explain_close(&x);
}

/* Methods that promise a sum keep it for every kind: KernelSHAP to rounding, the others as samples grow. */
static void sums_are_kept(void **state)
{
	static const double limit[] = {1e-5, .02, .15};
	struct explain x;

	(void)state;
	for (int kind = 0; kind < 6; kind++) {
		float nothing[FLOATS];
		double want;

		open_maps(&x, net, "kernelshap,intgrad,gradientshap", NULL, 16, pool);
		x.blank = blank_of(kind);
		x.patch = 4;
		x.samples = 500;
		run_maps(&x, image, 1, (int[]){0});
		blank_fill(&x.blank, net, image, nothing);
		want = score(net, image, 0, pool) - score(net, nothing, 0, pool);
		for (int t = 0; t < 3; t++) {
			assert_true(method_sums(x.target[t].method));
			assert_near(sum_of(&x, 0, t), want, limit[t] * (fabs(want) + .1));
		}
		explain_close(&x);
	}
}

/* The file's image turns with the image it stands for. */
static void files_are_mirrored(void **state)
{
	struct blank b = blank_of(5);
	float v[FLOATS];

	(void)state;
	b.pose = &(struct pose){.mirrored = true, .zoom = 1};
	blank_fill(&b, net, image, v);
	for (int i = 0; i < FLOATS; i++)
		assert_true(v[i] == other[i / C / W * W * C + (W - 1 - i / C % W) * C + i % C]);
}

/* norm=image: the image's own ends. */
static void ends_of_an_image_of_its_own_scale(void **state)
{
	struct blank black = {.kind = BLANK_black}, white = {.kind = BLANK_white};
	float dark[FLOATS], bright[FLOATS], lo = image[0], hi = lo;

	(void)state;
	for (int i = 1; i < FLOATS; i++) {
		lo = fminf(lo, image[i]);
		hi = fmaxf(hi, image[i]);
	}
	net->recipe.per_image = true;
	blank_fill(&black, net, image, dark);
	blank_fill(&white, net, image, bright);
	net->recipe.per_image = false;
	for (int i = 0; i < FLOATS; i++)
		assert_true(dark[i] == lo && bright[i] == hi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_as_pytorch_has_it),
		cmocka_unit_test(from_the_image_to_itself),
		cmocka_unit_test(sums_are_kept),
		cmocka_unit_test(files_are_mirrored),
		cmocka_unit_test(ends_of_an_image_of_its_own_scale),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
