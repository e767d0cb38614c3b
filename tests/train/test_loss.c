#include "train/loss.h"
#include "train_golden.h"
#include "near.h"

static void check(enum loss_kind kind, int classes, const double *weight, const double *golden, int wave)
{
	static const int two[] = {0, 1, 1, 0, 1}, three[] = {0, 1, 2, 0, 1};
	struct loss l = {.kind = kind, .classes = classes, .weight = weight};
	struct loss_sum sum = {0};
	float z[15], dz[15];
	int logits = loss_logits(&l);

	for (int i = 0; i < 5 * logits; i++)
		z[i] = (float)(6 * sin(i * 1.3 + wave));
	double mean = loss_batch(&l, z, classes == 2 ? two : three, 5, dz, &sum);
	assert_near(mean, golden[0], 1e-6);
	assert_near(loss_mean(&sum), mean, 1e-15);
	for (int i = 0; i < 5 * logits; i++)
		assert_near(dz[i], golden[1 + i], 1e-7);
}

static void losses_are_torchs(void **state)
{
	(void)state;
	check(LOSS_BCE, 2, NULL, golden_bce, 0);
	check(LOSS_BCE, 2, (double[]){1.9448, .6730}, golden_bce_weighted, 0);
	check(LOSS_CE, 3, NULL, golden_ce, 1);
	check(LOSS_CE, 3, (double[]){.5, 2, 3.25}, golden_ce_weighted, 1);
}

static double value(const struct loss *l, const float *z, const int *label, int n)
{
	struct loss_sum sum = {0};

	return loss_batch(l, z, label, n, NULL, &sum);
}

static void gradients_are_differences(void **state)
{
	static const double w2[] = {3, .25}, w3[] = {.5, 2, 3};
	static const int two[] = {1, 0, 1}, three[] = {2, 0, 1};
	const struct loss kinds[] = {
		{.kind = LOSS_BCE, .classes = 2, .weight = w2},
		{.kind = LOSS_CE, .classes = 2, .weight = w2},
		{.kind = LOSS_CE, .classes = 3, .weight = w3},
	};

	(void)state;
	for (int k = 0; k < 3; k++) {
		const struct loss *l = &kinds[k];
		const int *label = l->classes == 2 ? two : three;
		float z[9] = {.5f, -1, 2, .25f, -3, 1, 0, 4, -2}, dz[9];
		struct loss_sum sum = {0};

		loss_batch(l, z, label, 3, dz, &sum);
		for (int i = 0; i < 3 * loss_logits(l); i++) {
			float z0 = z[i], h = 1.f / 1024;

			z[i] = z0 + h;
			double up = value(l, z, label, 3);
			z[i] = z0 - h;
			double down = value(l, z, label, 3);
			z[i] = z0;
			assert_near(dz[i], (up - down) / (2 * h), 1e-6);
		}
	}
}

static void extremes_stay_finite(void **state)
{
	struct loss bce = {.kind = LOSS_BCE, .classes = 2}, ce = {.kind = LOSS_CE, .classes = 2};
	float z[] = {500, -500}, dz[2];
	struct loss_sum sum = {0};

	(void)state;
	assert_near(loss_batch(&bce, z, (int[]){0, 1}, 2, dz, &sum), 500, 1e-9);
	assert_near(dz[0], .5, 0);
	assert_near(dz[1], -.5, 0);
	assert_near(loss_batch(&ce, z, (int[]){1}, 1, dz, &sum), 1000, 1e-9);
	z[1] = NAN;
	assert_true(isnan(loss_batch(&bce, z, (int[]){0, 1}, 2, dz, &sum)));
	assert_true(isnan(loss_batch(&ce, z, (int[]){0}, 1, dz, &sum)));
	assert_true(isnan(loss_mean(&(struct loss_sum){0})));
}

static void hits_and_sums_add_up(void **state)
{
	struct loss bce = {.kind = LOSS_BCE, .classes = 2};
	struct loss ce = {.kind = LOSS_CE, .classes = 3, .weight = (double[]){1, 2, 3}};
	struct loss_sum sum = {0}, one = {0};
	float z[] = {0, -1, 1, 2, 3, 1, 1, 1, 1};
	int label[] = {1, 1, 1};

	(void)state;
	loss_batch(&bce, z, label, 3, NULL, &sum);
	assert_int_equal(sum.hits, 2); /* z = 0 is p = .5: positive */
	sum = (struct loss_sum){0};
	label[2] = 0;
	loss_batch(&ce, z, label, 3, NULL, &one);
	for (int i = 0; i < 3; i++)
		loss_batch(&ce, z + 3 * i, label + i, 1, NULL, &sum);
	assert_int_equal(one.hits, 2); /* ties name the first */
	assert_int_equal(sum.hits, 2);
	assert_near(loss_mean(&sum), loss_mean(&one), 1e-12);
	assert_near(one.weight, 5, 0);
}

static void ranks_separate_classes(void **state)
{
	float z[] = {1, 2, 4};

	(void)state;
	assert_near(loss_rank(z, 1, 1), 1, 0);
	assert_near(loss_rank(z, 1, 0), -1, 0);
	assert_near(loss_rank(z, 2, 1), 1, 1e-12);
	assert_near(loss_rank(z, 3, 2), 4 - log(exp(1) + exp(2)), 1e-12);
}

static void names(void **state)
{
	enum loss_kind k;
	struct err e;

	(void)state;
	assert_int_equal(loss_parse("ce", &k, &e), 0);
	assert_int_equal(k, LOSS_CE);
	assert_string_equal(loss_name(LOSS_BCE), "bce");
	assert_int_equal(loss_parse("mse", &k, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_are_torchs), cmocka_unit_test(gradients_are_differences),
		cmocka_unit_test(extremes_stay_finite), cmocka_unit_test(hits_and_sums_add_up),
		cmocka_unit_test(ranks_separate_classes), cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
