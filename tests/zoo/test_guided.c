/* The evidence loss on every family and on a stack: what it comes to is what the features and weights say, and its
 * gradients are differences. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "nn/select.h"
#include "nn/start.h"
#include "train/evidence.h"
#include "zoo/zoo.h"

enum { BATCH = 2 };

struct guided {
	struct net *n;
	struct evidence_loss *v;
	struct plan *p;
	struct pool *pool;
	bool *train;
	const struct param *before; /* the last bias in front of the pooling */
};

static float wave(size_t i, double t)
{
	return (float)sin((double)i * 1.3 + t);
}

/* Sure features: the last bias is far from a kink of a rectifier. */
static void make(struct guided *g, const char *spec, int size)
{
	struct recipe r;
	struct start s;
	struct err e;
	bool *keep;

	recipe_default(&r);
	r.width = r.height = size;
	if (!(g->n = zoo_net(spec, &r, 2, &e)) || start_net(g->n, 1, NULL, &s, &e))
		fail_msg("%s: %s", spec, e.text);
	start_free(&s);
	g->pool = pool_new(2);
	if (!(g->v = evidence_new(g->n, .7, BATCH, g->pool, &e)))
		fail_msg("%s: %s", spec, e.text);
	g->train = xcalloc((size_t)g->n->g->nparam, sizeof *g->train);
	keep = xcalloc((size_t)g->n->g->nnode, sizeof *keep);
	for (int i = 0; i < g->n->g->nparam; i++) {
		const struct param *p = g->n->g->param[i];

		if (p->role == ROLE_BETA || (p->role == ROLE_BIAS && p->node->op == OP_conv))
			g->before = p;
		if (p->role == ROLE_WEIGHT && p->node->op == OP_dense)
			g->train[i] = true;
	}
	for (int i = 0; i < g->n->g->nparam; i++)
		g->train[i] |= g->n->g->param[i] == g->before;
	for (size_t i = 0; i < g->before->count; i++)
		g->n->value[g->before->offset + i] = .5f + .2f * wave(i, 2);
	for (int i = 0; i < evidence_branches(g->v); i++)
		keep[evidence_feature(g->v, i)->index] = true;
	struct plan_options o = {.batch = BATCH, .train = g->train, .keep = keep, .apart = true};

	if (!(g->p = plan_new(g->n, &o, g->pool, &e)))
		fail_msg("%s: %s", spec, e.text);
	free(keep);
}

static void done(struct guided *g)
{
	evidence_free(g->v);
	plan_free(g->p);
	net_free(g->n);
	pool_free(g->pool);
	free(g->train);
}

static double loss_of(struct guided *g)
{
	const struct node *in = g->n->g->input;

	for (size_t i = 0; i < (size_t)BATCH * (size_t)in->h * (size_t)in->w * 3; i++)
		plan_input(g->p)[i] = wave(i, 0) + wave(i / 50, 1);
	for (int b = 0; b < evidence_branches(g->v); b++) {
		const struct node *f = evidence_feature(g->v, b);

		for (int i = 0; i < BATCH * f->h * f->w; i++)
			evidence_outside(g->v, b)[i] = .5f + .5f * wave((size_t)i, 3);
	}
	plan_refresh(g->p);
	plan_forward(g->p, BATCH, 0);
	return evidence_loss(g->v, g->p, BATCH, BATCH);
}

/* The same from features and weights, in double. */
static double formula(const struct guided *g)
{
	const struct node *dense, *gap[GAPS];
	int count = graph_gaps(g->n->g, gap, &dense), width = dense->in[0]->c, at = 0;
	const float *w = g->n->value + dense->offset[0];
	double loss = 0;

	assert_int_equal(count, evidence_branches(g->v));
	for (int b = 0; b < count; at += evidence_feature(g->v, b++)->c) {
		const struct node *f = evidence_feature(g->v, b);
		const float *value = plan_value(g->p, f), *outside = evidence_outside(g->v, b);

		for (int i = 0; i < BATCH; i++) {
			double area = 0, sum = 0;

			for (int cell = i * f->h * f->w; cell < (i + 1) * f->h * f->w; cell++) {
				area += outside[cell];
				for (int k = 0; k < dense->c; k++) {
					double e = 0;

					for (int c = 0; c < f->c; c++)
						e += (double)value[cell * f->c + c] * w[k * width + at + c];
					sum += outside[cell] * fabs(e);
				}
			}
			loss += .7 * sum / area / dense->c / BATCH;
		}
	}
	return loss;
}

/* Along the gradient itself, where the slope is its norm. */
static void check_slope(struct guided *g, const struct param *p, const float *grad, const char *spec)
{
	float *v = g->n->value + p->offset, *old = xmalloc(p->count * sizeof *old);
	double square = 0, step, up, down;

	for (size_t i = 0; i < p->count; i++)
		square += (double)grad[i] * grad[i];
	assert_true(square > 0);
	memcpy(old, v, p->count * sizeof *old);
	step = 3e-4 / sqrt(square);
	for (size_t i = 0; i < p->count; i++)
		v[i] = (float)(old[i] + step * grad[i]);
	up = loss_of(g);
	for (size_t i = 0; i < p->count; i++)
		v[i] = (float)(old[i] - step * grad[i]);
	down = loss_of(g);
	memcpy(v, old, p->count * sizeof *old);
	free(old);
	if (!(fabs((up - down) / (2 * step) - square) <= .03 * square))
		fail_msg("%s, %s: slope %g by differences, %g by gradient", spec, p->name, (up - down) / (2 * step), square);
}

static void every_family_and_stacks(void **state)
{
	static const struct {
		const char *spec;
		int size, branches;
	} cases[] = {
		{"resnet18", 64, 1}, {"resnet18:last=1", 64, 1}, {"resnet50", 64, 1}, {"densenet121:last=1", 64, 1},
		{"mobilenet_v2", 64, 1}, {"vgg16:head=drop0", 64, 1}, {"inception_v3", 96, 1}, {"xception", 96, 1},
		{"stack:resnet18+mobilenet_v2:head=drop0", 64, 2},
		{"stack:resnet18+densenet121+mobilenet_v2:head=drop0:last=1", 64, 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct guided g = {0};

		make(&g, cases[i].spec, cases[i].size);
		assert_int_equal(evidence_branches(g.v), cases[i].branches);
		double loss = loss_of(&g);

		assert_near(loss, formula(&g), 1e-4 * loss);
		memset(plan_output_grad(g.p), 0, BATCH * 2 * sizeof(float));
		plan_backward(g.p);
		float *grad = xmalloc(g.n->g->count * sizeof *grad);

		memcpy(grad, plan_param_grad(g.p), g.n->g->count * sizeof *grad);
		for (int k = 0; k < g.n->g->nparam; k++)
			if (g.train[k])
				check_slope(&g, g.n->g->param[k], grad + g.n->g->param[k]->offset, cases[i].spec);
		free(grad);
		done(&g);
	}
}

static void heads_of_several_layers_are_refused(void **state)
{
	static const char *const spec[] = {"resnet18:head=64,relu", "stack:resnet18+mobilenet_v2", "resnet18:dense=layer2"};
	struct recipe r;
	struct err e;

	(void)state;
	recipe_default(&r);
	r.width = r.height = 64;
	for (int i = 0; i < 3; i++) {
		struct net *n = zoo_net(spec[i], &r, 1, &e);

		assert_null(evidence_new(n, .1, 1, NULL, &e));
		assert_non_null(strstr(e.text, "one dense layer"));
		net_free(n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_family_and_stacks), cmocka_unit_test(heads_of_several_layers_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
