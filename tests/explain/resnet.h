/* Networks by formula for tests of maps, as tests/ref/explain_gradcam.py has its ResNet-18: batch-norm statistics are
 * those of a training pass (without that a random network loses its signal). */
#ifndef TESTS_EXPLAIN_RESNET_H
#define TESTS_EXPLAIN_RESNET_H

#include "explain/head.h"
#include "explain/maker.h"
#include "explain/map.h"
#include "zoo/pictures.h"

enum { N = 4 };

static inline void name_classes(struct net *n)
{
	struct err e;

	assert_int_equal(classes_parse(&n->classes, "NORMAL,PNEUMONIA", &e), 0);
}

/* A network of the zoo for images of that size. */
static inline struct net *zoo_of(const char *spec, int h, int w, int logits)
{
	struct recipe r;
	struct err e = {""};
	struct net *n;
	struct pool *pool = pool_new(2);
	struct plan *p;

	recipe_default(&r);
	r.height = h;
	r.width = w;
	n = zoo_net(spec, &r, logits, &e);
	if (!n)
		fail_msg("%s", e.text);
	formula_params(n);
	name_classes(n);
	no_dropout(n);
	keep_statistics(n, 1);
	p = plan_of(n, N, KEEP_NONE, true, false, pool);
	formula_images(plan_input(p), N * input_size(n));
	plan_forward(p, N, 0);
	plan_free(p);
	pool_free(pool);
	return n;
}

static inline struct net *resnet(int h, int w, int logits)
{
	return zoo_of("resnet18", h, w, logits);
}

/* Images that keep a ReLU's input of the last seven blocks 9e-5 away from zero at 64x64, where a float that falls on
 * the other side would change the gradient of all below. */
static inline float *images_of(const struct net *n)
{
	static const uint32_t stream[N] = {169, 353, 315, 183};
	size_t size = input_size(n);
	float *x = xmalloc(N * size * sizeof *x);

	for (size_t i = 0; i < N * size; i++)
		x[i] = .5f * noise(i % size, stream[i / size]) + noise(i % size / 200, stream[i / size]);
	return x;
}

static inline void open_maps(struct explain *x, struct net *n, const char *methods, const char *layers, int batch,
                             struct pool *pool)
{
	struct err e = {""};

	if (explain_open(x, n, methods, layers, batch, pool, &e))
		fail_msg("%s", e.text);
}

/* Forward of n images, then the maps of image i for class[i]. */
static inline void run_maps(struct explain *x, const float *images, int n, const int *class)
{
	struct view view[N];
	struct err e = {""};

	if (explain_ready(x, &e))
		fail_msg("%s", e.text);
	explain_forward(x, images, n);
	for (int i = 0; i < n; i++)
		view[i] = (struct view){.slot = i, .class = class[i]};
	explain_maps(x, view, n);
}

/* A method of a layer's value a [hw, c] and gradient g, by itself. */
static inline void map_of(enum method m, const float *a, const float *g, int hw, int c, float *map)
{
	struct node layer = {.h = 1, .w = hw, .c = c};
	struct target t = {.method = m, .layer = &layer, .h = 1, .w = hw};
	struct subject s = {.t = &t, .a = a, .g = g};

	maker_of(m)->map(&s, map);
}

static inline size_t map_size(const struct explain *x, int target)
{
	return (size_t)x->target[target].h * (size_t)x->target[target].w;
}

/* The score of class k of one image, from a plain inference. */
static inline double score(struct net *n, const float *image, int k, struct pool *pool)
{
	struct plan *p = plan_of(n, 1, KEEP_NONE, false, false, pool);
	double s;

	memcpy(plan_input(p), image, input_size(n) * sizeof *image);
	plan_forward(p, 1, 0);
	s = class_score(n, k, plan_value(p, n->g->output));
	plan_free(p);
	return s;
}

static inline double score_of_nothing(struct net *n, int k, struct pool *pool)
{
	float *zero = xcalloc(input_size(n), sizeof *zero);
	double s = score(n, zero, k, pool);

	free(zero);
	return s;
}

static inline double sum_of(const struct explain *x, int image, int target)
{
	double sum = 0;

	for (size_t i = 0; i < map_size(x, target); i++)
		sum += (double)explain_raw(x, image, target)[i];
	return sum;
}

#endif
