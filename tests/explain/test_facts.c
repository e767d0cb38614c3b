/* What must hold for maps of any network: on four of the zoo, two of them under sanitizers, for which these take five
 * minutes; each with one output and with two. */
#include "base/sanitized.h"
#include "resnet.h"

enum { NETS = SANITIZED ? 2 : 4, TWO = 1 };
static const struct {
	const char *spec;
	bool one_dense; /* CAM is defined */
	int branches;
} zoo[] = {
	{"resnet18", true, 1},
	{"stack:mobilenet_v2+densenet121:head=16,relu", false, 2},
	{"densenet121", true, 1},
	{"vgg19:head=drop0.4,16,relu,drop0.3", false, 1},
};
static struct net *net[NETS][2];
static float *images;
static struct pool *pool;

/* The one output is made what the second of two is above the first. */
static void make_difference(const struct net *two, struct net *one)
{
	const struct node *a = two->g->output, *b = one->g->output;
	const float *w = two->value + a->offset[0], *bias = two->value + a->offset[1];
	int c = a->in[0]->c;

	for (int k = 0; k < c; k++)
		one->value[b->offset[0] + (size_t)k] = w[c + k] - w[k];
	one->value[b->offset[1]] = bias[1] - bias[0];
}

static int setup(void **state)
{
	(void)state;
	pool = pool_new(1);
	for (int i = 0; i < NETS; i++) {
		for (int k = 0; k < 2; k++)
			net[i][k] = zoo_of(zoo[i].spec, 64, 64, 1 + k);
		make_difference(net[i][TWO], net[i][0]);
	}
	images = images_of(net[0][0]);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (int i = 0; i < NETS; i++)
		for (int k = 0; k < 2; k++)
			net_free(net[i][k]);
	free(images);
	pool_free(pool);
	return 0;
}

/* Facts 1 and 5: behind an average the gradient is the same at every place, whatever the head. */
static void behind_an_average_three_are_one(void **state)
{
	(void)state;
	for (int i = 0; i < 2 * NETS; i++) {
		struct explain x;

		open_maps(&x, net[i / 2][i % 2], "gradcam,hirescam,xgradcam", NULL, N, pool);
		assert_int_equal(x.ntarget, 3 * zoo[i / 2].branches);
		run_maps(&x, images, N, (int[]){0, 1, 1, 0});
		for (int image = 0; image < N; image++)
			for (int t = 0; t < x.ntarget; t++) {
				const float *m = explain_raw(&x, image, t), *gradcam = explain_raw(&x, image, t - t % 3);

				assert_true(m[0] != m[1] && m[0] != 0);
				assert_near(apart_floats(m, gradcam, map_size(&x, t)), 0, 1e-5);
			}
		explain_close(&x);
	}
}

static void cam_is_refused_elsewhere(void **state)
{
	(void)state;
	for (int i = 0; i < NETS; i++) {
		struct explain x;
		struct err e = {""};
		int rc = explain_open(&x, net[i][TWO], "cam", NULL, 1, pool, &e);

		assert_int_equal(rc, zoo[i].one_dense ? 0 : -1);
		if (rc == 0)
			explain_close(&x);
		else
			assert_non_null(strstr(e.text, "CAM is not defined at"));
	}
}

/* The score of a class for each of the inputs. */
static void scores(struct net *n, const float *input, int count, int class, double *f)
{
	struct plan *p = plan_of(n, count, KEEP_NONE, false, false, pool);

	memcpy(plan_input(p), input, (size_t)count * input_size(n) * sizeof *input);
	plan_forward(p, count, 0);
	for (int i = 0; i < count; i++)
		f[i] = class_score(n, class, plan_value(p, n->g->output) + i * net_logits(n));
	plan_free(p);
}

/* Inputs on the way from nothing to an image, at equal steps. Fresh. */
static float *way_to(const float *image, size_t size, int steps)
{
	float *way = xmalloc((size_t)(steps + 1) * size * sizeof *way);

	for (size_t i = 0; i < (size_t)(steps + 1) * size; i++)
		way[i] = (float)(i / size) / (float)steps * image[i % size];
	return way;
}

/* Facts 7, 8 and 10, with superpixels of half a side; and with a square of the whole image. */
static void maps_sum_to_the_score(void **state)
{
	(void)state;
	for (int i = 0; i < NETS; i++) {
		struct net *n = net[i][TWO];
		float *way = way_to(images, input_size(n), 1);
		struct explain x;
		double f[2], size;

		scores(n, way, 2, 1, f);
		size = 2e-4 * (fabs(f[0]) + fabs(f[1]));
		open_maps(&x, n, "fullgrad,kernelshap,occlusion", NULL, 4, pool);
		x.patch = 32;
		run_maps(&x, images, 1, (int[]){1});
		assert_near(sum_of(&x, 0, 0), f[1], size);
		assert_near(sum_of(&x, 0, 1), f[1] - f[0], size);
		x.patch = 64;
		run_maps(&x, images, 1, (int[]){1});
		for (size_t at = 0; at < map_size(&x, 2); at++)
			assert_near((double)explain_raw(&x, 0, 2)[at], f[1] - f[0], size);
		explain_close(&x);
		free(way);
	}
}

/* Fact 6, as near as a sum over steps can be: what it misses is small beside the ups and downs of the score. */
static void integrated_gradients_sum_up(void **state)
{
	enum { STEPS = 32 };

	(void)state;
	for (int i = 0; i < NETS; i++) {
		struct net *n = net[i][TWO];
		float *way = way_to(images, input_size(n), STEPS);
		double f[STEPS + 1], ups = 0;
		struct explain x;

		scores(n, way, STEPS + 1, 1, f);
		for (int k = 0; k < STEPS; k++)
			ups += fabs(f[k + 1] - f[k]);
		open_maps(&x, n, "intgrad", NULL, 16, pool);
		x.samples = 2 * STEPS;
		run_maps(&x, images, 1, (int[]){1});
		assert_near(sum_of(&x, 0, 0), f[STEPS] - f[0], .1 * ups);
		explain_close(&x);
		free(way);
	}
}

/* Fact 9: with one output z the map of the first class is that of -z; and a score z = z1 - z0 of two has the difference
 * of their maps. */
static void one_output_is_the_difference_of_two(void **state)
{
	static const char methods[] = "gradcam,hirescam,xgradcam,gradxinput";

	(void)state;
	for (int i = 0; i < NETS; i++) {
		struct explain x[4];

		for (int k = 0; k < 4; k++) {
			open_maps(&x[k], net[i][k / 2], methods, NULL, 1, pool);
			run_maps(&x[k], images, 1, (int[]){k % 2});
		}
		for (int t = 0; t < x[0].ntarget; t++) {
			size_t size = map_size(&x[0], t);
			double *want = xmalloc(size * sizeof *want);

			for (size_t at = 0; at < size; at++)
				want[at] = (double)explain_raw(&x[3], 0, t)[at] - (double)explain_raw(&x[2], 0, t)[at];
			assert_near(apart(explain_raw(&x[1], 0, t), want, size), 0, 2e-4);
			for (size_t at = 0; at < size; at++)
				want[at] *= -1;
			assert_near(apart(explain_raw(&x[0], 0, t), want, size), 0, 2e-4);
			free(want);
		}
		for (int k = 0; k < 4; k++)
			explain_close(&x[k]);
	}
}

/* A direction: half of it along the gradient, so that there is a slope to speak of. */
static double along(const float *g, size_t k, int direction)
{
	return (double)noise(k, 70 + (uint32_t)direction) + (g[k] > 0 ? 1 : -1);
}

/* How the score changes along some directions, in eval mode, against what the gradient says; as shares of its size. */
static void check_slopes(struct net *n, const float *image, const float *g, int class)
{
	enum { DIRECTIONS = 3 };
	size_t size = input_size(n);
	float *moved = xmalloc(2 * DIRECTIONS * size * sizeof *moved);
	double f[2 * DIRECTIONS], want[DIRECTIONS] = {0}, total = 0, step;

	for (size_t k = 0; k < size; k++)
		total += fabs((double)g[k]);
	step = fmin(.015 / total, 5e-5); /* few kinks on the way */
	for (size_t k = 0; k < size; k++)
		for (int d = 0; d < DIRECTIONS; d++) {
			want[d] += along(g, k, d) * (double)g[k];
			moved[(size_t)(2 * d) * size + k] = image[k] + (float)(step * along(g, k, d));
			moved[(size_t)(2 * d + 1) * size + k] = image[k] - (float)(step * along(g, k, d));
		}
	scores(n, moved, 2 * DIRECTIONS, class, f);
	for (int d = 0; d < DIRECTIONS; d++)
		assert_near((f[2 * d] - f[2 * d + 1]) / (2 * step), want[d], 3e-2 * total);
	free(moved);
}

static void the_gradient_is_a_slope(void **state)
{
	(void)state;
	for (int i = 0; i < NETS; i++) {
		struct net *n = net[i][TWO];
		struct explain x;

		open_maps(&x, n, "gradient", NULL, 2, pool);
		run_maps(&x, images, 2, (int[]){0, 1});
		for (size_t k = 0; k < 2; k++)
			check_slopes(n, images + k * input_size(n),
			             plan_grad(x.runner[RUN_SLOPES].plan, n->g->input) + k * input_size(n), (int)k);
		explain_close(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(behind_an_average_three_are_one),
		cmocka_unit_test(cam_is_refused_elsewhere),
		cmocka_unit_test(maps_sum_to_the_score),
		cmocka_unit_test(integrated_gradients_sum_up),
		cmocka_unit_test(one_output_is_the_difference_of_two),
		cmocka_unit_test(the_gradient_is_a_slope),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
