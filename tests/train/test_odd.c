/* Odd images: the distribution that a model stores is that of its training images' features, others are far from it. */
#include "train_data.h"

#include <string.h>

#include "nn/odd.h"
#include "train/batch.h"
#include "train/fit_odd.h"

enum { IMAGES = 120 };

static struct dataset set;

/* The value of each image of d, to v. */
static void values(struct net *n, const struct dataset *d, int threads, double *v)
{
	struct pool *pool = pool_new(threads);
	bool keep[16] = {false};
	struct odd o;
	struct err e;

	assert_int_equal(odd_get(&o, n, &e), 1);
	odd_keep(&o, keep);
	struct plan *p = plan_new(n, &(struct plan_options){.batch = 1, .keep = keep}, pool, &e);
	float *feature = xcalloc((size_t)o.n, sizeof *feature);

	for (size_t i = 0; i < d->n; i++) {
		struct batch b = {.set = d, .first = i, .n = 1};
		double fact[ODD_FACTS];

		batch_load(&b, plan_input(p), pool);
		odd_facts(&d->recipe, plan_input(p), NAN, fact);
		plan_forward(p, 1, 0);
		odd_features(&o, p, 0, feature);
		v[i] = odd_value(&o, feature, fact);
	}
	free(feature);
	plan_free(p);
	odd_free(&o);
	pool_free(pool);
}

static struct net *fitted(int threads)
{
	struct pool *pool = pool_new(threads);
	struct net *n = small_net(1);
	struct err e;

	assert_int_equal(fit_odd(n, &set, &set, 7, pool, &e), 0);
	pool_free(pool);
	return n;
}

static void own_images_are_usual(void **state)
{
	struct net *n = fitted(2);
	double v[IMAGES];
	int odd = 0;

	(void)state;
	values(n, &set, 1, v);
	for (int i = 0; i < IMAGES; i++)
		odd += v[i] > 1 + 1e-6;
	assert_true(odd <= 2);
	assert_string_equal(record_get(&n->meta, "odd.rate"), "0.01");
	assert_string_equal(record_get(&n->meta, "odd.images"), "120,120");
	net_free(n);
}

static void others_are_odd(void **state)
{
	struct net *n = fitted(1);
	struct dataset other;
	double v[2];

	(void)state;
	small_set(&other, 2, true);
	memset((void *)(uintptr_t)other.image[0], 200, PIXELS); /* flat */
	for (int i = 0; i < PIXELS; i++)                        /* coloured noise */
		((unsigned char *)(uintptr_t)other.image[1])[i] = (unsigned char)(i * 2654435761u >> 13);
	values(n, &other, 1, v);
	assert_true(v[0] > 1 && v[1] > 1);
	dataset_free(&other);
	net_free(n);
}

static void threads_change_nothing(void **state)
{
	struct net *one = fitted(1), *three = fitted(3);

	(void)state;
	assert_string_equal(record_get(&one->meta, "odd"), record_get(&three->meta, "odd"));
	net_free(one);
	net_free(three);
}

/* Two features without correlation, of standard deviations 1 and 2: distances by hand. */
static void distance_is_mahalanobis(void **state)
{
	float mean[] = {1, -1}, scale[] = {1, .5f}, axis[] = {1, 0}, variance[] = {4};
	struct odd o = {.n = 2, .axes = 1, .mean = mean, .scale = scale, .axis = axis, .variance = variance, .rest = .25f};

	(void)state;
	assert_near(odd_distance(&o, (float[]){1, -1}), 0, 1e-9);
	assert_near(odd_distance(&o, (float[]){5, -1}), 2, 1e-6);
	assert_near(odd_distance(&o, (float[]){1, 3}), 4, 1e-6);
	assert_near(odd_distance(&o, (float[]){5, 3}), sqrt(20), 1e-6);
}

static void too_few_and_damaged(void **state)
{
	struct net *n = small_net(1);
	struct pool *pool = pool_new(1);
	struct dataset few;
	struct odd o;
	struct err e;

	(void)state;
	small_set(&few, 9, true);
	assert_int_equal(fit_odd(n, &set, &few, 4, pool, &e), 0);
	assert_null(record_get(&n->meta, "odd"));
	assert_int_equal(odd_get(&o, n, &e), 0);
	assert_int_equal(fit_odd(n, &set, NULL, 4, pool, &e), 0);
	assert_null(record_get(&n->meta, "odd"));
	record_set(&n->meta, "odd", "0011");
	assert_int_equal(odd_get(&o, n, &e), -1);
	odd_free(&o);
	assert_int_equal(fit_odd(n, &set, &set, 4, pool, &e), 0);
	char *text = xstrdup(record_get(&n->meta, "odd"));

	text[3] = 'x';
	record_set(&n->meta, "odd", text);
	assert_int_equal(odd_get(&o, n, &e), -1);
	odd_free(&o);
	free(text);
	dataset_free(&few);
	pool_free(pool);
	net_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_images_are_usual), cmocka_unit_test(others_are_odd),
		cmocka_unit_test(threads_change_nothing), cmocka_unit_test(distance_is_mahalanobis),
		cmocka_unit_test(too_few_and_damaged),
	};

	small_set(&set, IMAGES, true);
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	dataset_free(&set);
	return rc;
}
