/* Methods beside their formulas in PyTorch, numpy and scikit-learn, with the same random numbers. */
#include "little.h"
#include "method_golden.h"

static void maps_are_their_formulas(void **state)
{
	enum { SAMPLES = 12, MAPS = 10, LIME = 9 };
	static const struct {
		const char *method, *layer;
		double noise; /* below 0: the method's own */
	} cases[MAPS] = {
		{"gradient", NULL, -1}, {"gradxinput", NULL, -1}, {"smoothgrad", NULL, -1}, {"gradientshap", NULL, .1},
		{"fullgrad", NULL, -1}, {"scorecam", "pool", -1}, {"ablationcam", "pool", -1}, {"eigencam", "pool", -1},
		{"rise", NULL, -1}, [LIME] = {"lime", NULL, -1},
	};
	struct pool *pool = pool_new(2);
	struct net *net = little_net();
	const double *golden = golden_methods;
	float image[FLOATS], faint[FLOATS];

	(void)state;
	fill_noise(image, FLOATS, 8);
	for (int i = 0; i < FLOATS; i++)
		faint[i] = image[i] / 16; /* its superpixels are cells */
	for (int k = 0; k < MAPS; k++) {
		struct explain x;

		open_maps(&x, net, cases[k].method, cases[k].layer, 4, pool);
		x.patch = 4;
		x.samples = k == LIME ? 40 * SAMPLES : SAMPLES;
		x.noise = cases[k].noise;
		run_maps(&x, k == LIME ? faint : image, 1, (int[]){1});
		check_digest(explain_raw(&x, 0, 0), (int)map_size(&x, 0), &golden, 1e-5, cases[k].method);
		explain_close(&x);
	}
	assert_int_equal(golden - golden_methods, sizeof golden_methods / sizeof *golden_methods);
	net_free(net);
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_are_their_formulas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
