/* The loss on evidence outside the lungs, and its gradients. */
#include "train/evidence.h"

#include <math.h>
#include <stdlib.h>

#include "base/clones.h"
#include "base/mem.h"
#include "nn/select.h"

struct evidence {
	const struct node *feature, *dense;
	double weight;
	struct pool *pool;
	const struct net *net;
	float *outside; /* [batch][cells] */
	float *slope;   /* [batch][cells][outputs] of the loss, by e */
	double *loss;   /* [batch] */
	double total;
	struct plan *plan;
	int n;
};

enum { CHANNELS = 64 }; /* of the dense layer's gradient that one thread takes at a time: 4 KB of features a cell row */

struct evidence *evidence_new(const struct net *n, double weight, int batch, struct pool *pool, struct err *e)
{
	const struct node *dense, *f = graph_feature(n->g, &dense);
	struct evidence *v;

	if (!f || !dense) {
		err_set(e, "%s: the evidence loss is for networks that end in global average pooling and one dense layer (as "
		        "resnet18 does, or head=drop0 makes one)", n->arch);
		return NULL;
	}
	size_t cells = (size_t)(f->h * f->w) * (size_t)batch;

	v = xcalloc(1, sizeof *v);
	*v = (struct evidence){.feature = f, .dense = dense, .weight = weight, .pool = pool, .net = n};
	v->outside = xcalloc(cells, sizeof *v->outside);
	v->slope = xcalloc(cells * (size_t)dense->c, sizeof *v->slope);
	v->loss = xcalloc((size_t)batch, sizeof *v->loss);
	return v;
}

void evidence_free(struct evidence *v)
{
	if (!v)
		return;
	free(v->outside);
	free(v->slope);
	free(v->loss);
	free(v);
}

const struct node *evidence_feature(const struct evidence *v)
{
	return v->feature;
}

float *evidence_outside(struct evidence *v)
{
	return v->outside;
}

static const float *weights_of(const struct evidence *v)
{
	return v->net->value + v->net->g->param[v->dense->param[0]]->offset;
}

static CLONES float dot(const float *restrict a, const float *restrict b, int n)
{
	enum { LANES = 16 };
	float part[LANES] = {0}, sum = 0;
	int i = 0;

	for (; i + LANES <= n; i += LANES)
		for (int k = 0; k < LANES; k++)
			part[k] += a[i + k] * b[i + k];
	for (; i < n; i++)
		sum += a[i] * b[i];
	for (int k = 0; k < LANES; k++)
		sum += part[k];
	return sum;
}

static CLONES void add_scaled(float *restrict to, const float *restrict from, float scale, int n)
{
	for (int i = 0; i < n; i++)
		to[i] += scale * from[i];
}

/* One image: its loss, and the slope of each e. */
static void measure_image(void *ctx, size_t image, int worker)
{
	struct evidence *v = ctx;
	int cells = v->feature->h * v->feature->w, c = v->feature->c, outputs = v->dense->c;
	const float *f = plan_value(v->plan, v->feature) + image * (size_t)(cells * c), *w = weights_of(v);
	const float *outside = v->outside + image * (size_t)cells;
	float *slope = v->slope + image * (size_t)(cells * outputs);
	double area = 0, sum = 0, scale;

	(void)worker;
	for (int i = 0; i < cells; i++)
		area += outside[i];
	scale = area > 0 ? v->weight / (v->total * outputs * area) : 0;
	for (int i = 0; i < cells; i++)
		for (int k = 0; k < outputs; k++) {
			float e = outside[i] > 0 ? dot(f + (size_t)i * (size_t)c, w + (size_t)k * (size_t)c, c) : 0;

			sum += outside[i] * fabs((double)e);
			slope[i * outputs + k] = (float)(scale * outside[i]) * (float)((e > 0) - (e < 0));
		}
	v->loss[image] = sum * scale;
}

/* A range of the dense layer's weights; images and cells in order. */
static void add_weights(void *ctx, size_t block, int worker)
{
	const struct evidence *v = ctx;
	int cells = v->feature->h * v->feature->w, c = v->feature->c, outputs = v->dense->c;
	int from = (int)block * CHANNELS, count = c - from < CHANNELS ? c - from : CHANNELS;
	const float *f = plan_value(v->plan, v->feature) + from;
	float *grad = plan_param_grad(v->plan) + v->net->g->param[v->dense->param[0]]->offset + from;

	(void)worker;
	for (int i = 0; i < v->n * cells; i++)
		for (int k = 0; k < outputs; k++) {
			float s = v->slope[i * outputs + k];

			if (s != 0)
				add_scaled(grad + (size_t)k * (size_t)c, f + (size_t)i * (size_t)c, s, count);
		}
}

static void add_features(void *ctx, size_t image, int worker)
{
	const struct evidence *v = ctx;
	int cells = v->feature->h * v->feature->w, c = v->feature->c, outputs = v->dense->c;
	float *grad = plan_grad(v->plan, v->feature) + image * (size_t)(cells * c);
	const float *slope = v->slope + image * (size_t)(cells * outputs), *w = weights_of(v);

	(void)worker;
	for (int i = 0; i < cells; i++)
		for (int k = 0; k < outputs; k++)
			if (slope[i * outputs + k] != 0)
				add_scaled(grad + (size_t)i * (size_t)c, w + (size_t)k * (size_t)c, slope[i * outputs + k], c);
}

/* Where the other loss's gradients have just been written, these are added. */
static void add_gradients(void *ctx, const struct node *n)
{
	struct evidence *v = ctx;

	if (n == v->dense)
		pool_run(v->pool, (size_t)(v->feature->c + CHANNELS - 1) / CHANNELS, add_weights, v);
	else if (n->op == OP_gap && n->in[0] == v->feature)
		pool_run(v->pool, (size_t)v->n, add_features, v);
}

double evidence_loss(struct evidence *v, struct plan *p, int n, double total)
{
	double sum = 0;

	v->plan = p;
	v->n = n;
	v->total = total;
	pool_run(v->pool, (size_t)n, measure_image, v);
	for (int i = 0; i < n; i++)
		sum += v->loss[i];
	plan_on_backward(p, add_gradients, v);
	return sum;
}
