/* Little networks with numbers that tests/ref/nn_ops.py makes too: what tests of lib/nn and lib/zoo share. */
#ifndef TESTS_NN_NETS_H
#define TESTS_NN_NETS_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/gemm.h"
#include "nn/net.h"
#include "nn/op.h"
#include "nn/plan.h"
#include "nn/select.h"
#include "near.h"

/* Number i of stream t in [-1,1), exact in a float. */
static inline float noise(size_t i, uint32_t t)
{
	uint32_t x = (uint32_t)i * 0x9E3779B1u + t;

	x ^= x >> 16;
	x *= 0x85EBCA6Bu;
	x ^= x >> 13;
	x *= 0xC2B2AE35u;
	x ^= x >> 16;
	return (float)(x >> 8) / 8388608.f - 1;
}

static inline void fill_noise(float *v, size_t n, uint32_t t)
{
	for (size_t i = 0; i < n; i++)
		v[i] = noise(i, t);
}

static inline uint32_t name_key(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
}

/* The tensor of a parameter as a file would hold it, by formula: a function of its name. */
static inline void formula_tensor(const struct param *p, float *v)
{
	double fan = (double)p->count / p->shape[0], gain = sqrt(6 / fan);
	bool weight = p->role == ROLE_WEIGHT, one = p->role == ROLE_GAMMA || p->role == ROLE_VAR;
	float scale = weight ? (float)gain : .5f;

	for (size_t i = 0; i < p->count; i++)
		v[i] = (one ? 1 : 0) + scale * noise(i, name_key(p->name));
}

static inline void formula_params(struct net *n)
{
	struct record r = {0};
	struct text extra = {0};
	bool *loaded = xcalloc((size_t)n->g->nparam + 1, 1);
	struct err e;

	for (int i = 0; i < n->g->nparam; i++) {
		const struct param *p = n->g->param[i];
		int64_t shape[4];

		for (int d = 0; d < p->ndim; d++)
			shape[d] = p->shape[d];
		formula_tensor(p, record_add(&r, p->name, DT_F32, p->ndim, shape));
	}
	if (n->g->nparam)
		assert_int_equal(net_fill(n, &r, loaded, &extra, &e), 0);
	text_free(&extra);
	record_free(&r);
	free(loaded);
}

/* The net of a graph that must be right, with parameters by formula. */
static inline struct net *net_of(struct graph *g, struct node *output)
{
	struct err e = {""};
	struct net *n;

	if (graph_end(g, output, &e))
		fail_msg("%s", e.text);
	n = net_new(g, "test", &e);
	assert_non_null(n);
	formula_params(n);
	return n;
}

enum { KEEP_NONE, KEEP_ALL, KEEP_INPUT };

/* A plan with these options, and what to keep and train. */
static inline struct plan *plan_with(struct net *n, struct plan_options o, int keep, bool train, struct pool *pool)
{
	bool *kept = xcalloc((size_t)n->g->nnode, 1), *trained = xcalloc((size_t)n->g->nparam + 1, 1);
	struct err e = {""};
	struct plan *p;

	o.keep = kept;
	o.train = train ? trained : NULL;
	for (int i = 0; i < n->g->nnode; i++)
		kept[i] = keep == KEEP_ALL || (keep == KEEP_INPUT && i == n->g->input->index);
	assert_int_equal(graph_select(n->g, NULL, trained, &e), 0);
	p = plan_new(n, &o, pool, &e);
	if (!p)
		fail_msg("%s", e.text);
	free(kept);
	free(trained);
	return p;
}

static inline struct plan *plan_of(struct net *n, int batch, int keep, bool train, bool backward, struct pool *pool)
{
	return plan_with(n, (struct plan_options){.batch = batch, .backward = backward}, keep, train, pool);
}

static inline size_t input_size(const struct net *n)
{
	return node_size(n->g->input);
}

static inline size_t output_size(const struct net *n)
{
	return node_size(n->g->output);
}

static inline float *copy_floats(const float *v, size_t n)
{
	float *c = xmalloc(n * sizeof *c);

	memcpy(c, v, n * sizeof *c);
	return c;
}

/* Largest difference as a share of the largest number. */
static inline double apart(const float *a, const double *b, size_t n)
{
	double worst = 0, most = 0;

	for (size_t i = 0; i < n; i++) {
		double d = fabs(a[i] - b[i]);

		if (!(d <= worst))
			worst = d;
		most = fabs(b[i]) > most ? fabs(b[i]) : most;
	}
	return worst / (most > 0 ? most : 1);
}

static inline double apart_floats(const float *a, const float *b, size_t n)
{
	double *d = xmalloc(n * sizeof *d + 1), worst;

	for (size_t i = 0; i < n; i++)
		d[i] = b[i];
	worst = apart(a, d, n);
	free(d);
	return worst;
}

static inline void assert_bits(const float *a, const float *b, size_t n, const char *what)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(&a[i], &b[i], sizeof *a))
			fail_msg("%s: number %zu of %zu is %.9g here and %.9g there", what, i, n, (double)a[i], (double)b[i]);
}

#endif
