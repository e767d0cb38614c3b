/* The loss on evidence outside the lungs, and its gradients. */
#include "train/evidence.h"

#include <math.h>
#include <stdlib.h>

#include "base/clones.h"
#include "base/mem.h"
#include "nn/select.h"

/* A network of its own, or a branch of a stack. */
struct branch {
	const struct node *feature, *gap;
	int at;         /* its first channel among those that the dense layer reads */
	float *outside; /* [batch][cells] */
	float *slope;   /* [batch][cells][outputs] of the loss, by e */
};

struct evidence_loss {
	struct branch branch[GAPS];
	int nbranch;
	const struct branch *current; /* that the pool is at work on */
	const struct node *dense;
	double weight;
	struct pool *pool;
	const struct net *net;
	double *loss;   /* [batch] */
	double total;
	struct plan *plan;
	int n;
};

enum { CHANNELS = 64 }; /* of the dense layer's gradient that one thread takes at a time: 4 KB of features a cell row */

struct evidence_loss *evidence_new(const struct net *n, double weight, int batch, struct pool *pool, struct err *e)
{
	const struct node *dense, *gap[GAPS];
	int count = graph_gaps(n->g, gap, &dense), at = 0;
	struct evidence_loss *v;

	if (!count) {
		err_set(e, "%s: the evidence loss is for networks that end in global average pooling and one dense layer (as "
		        "resnet18 does, or head=drop0 makes one)", n->arch);
		return NULL;
	}
	v = xcalloc(1, sizeof *v);
	*v = (struct evidence_loss){.nbranch = count, .dense = dense, .weight = weight, .pool = pool, .net = n};
	for (int i = 0; i < count; i++) {
		const struct node *f = gap[i]->in[0];
		size_t cells = (size_t)(f->h * f->w) * (size_t)batch;

		v->branch[i] = (struct branch){.feature = f, .gap = gap[i], .at = at};
		v->branch[i].outside = xcalloc(cells, sizeof *v->branch[i].outside);
		v->branch[i].slope = xcalloc(cells * (size_t)dense->c, sizeof *v->branch[i].slope);
		at += f->c;
	}
	v->loss = xcalloc((size_t)batch, sizeof *v->loss);
	return v;
}

void evidence_free(struct evidence_loss *v)
{
	if (!v)
		return;
	for (int i = 0; i < v->nbranch; i++) {
		free(v->branch[i].outside);
		free(v->branch[i].slope);
	}
	free(v->loss);
	free(v);
}

int evidence_branches(const struct evidence_loss *v)
{
	return v->nbranch;
}

const struct node *evidence_feature(const struct evidence_loss *v, int i)
{
	return v->branch[i].feature;
}

float *evidence_outside(struct evidence_loss *v, int i)
{
	return v->branch[i].outside;
}

/* Where output k's weights of a branch begin. */
static size_t weights_at(const struct evidence_loss *v, const struct branch *b, int k)
{
	const struct param *p = v->net->g->param[v->dense->param[0]];

	return p->offset + (size_t)k * (p->count / (size_t)p->shape[0]) + (size_t)b->at;
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

/* One image of a branch: its loss, and the slope of each e. */
static void measure_image(void *ctx, size_t image, int worker)
{
	struct evidence_loss *v = ctx;
	const struct branch *b = v->current;
	int cells = b->feature->h * b->feature->w, c = b->feature->c, outputs = v->dense->c;
	const float *f = plan_value(v->plan, b->feature) + image * (size_t)(cells * c);
	const float *outside = b->outside + image * (size_t)cells;
	float *slope = b->slope + image * (size_t)(cells * outputs);
	double area = 0, sum = 0, scale;

	(void)worker;
	for (int i = 0; i < cells; i++)
		area += outside[i];
	scale = area > 0 ? v->weight / (v->total * outputs * area) : 0;
	for (int i = 0; i < cells; i++)
		for (int k = 0; k < outputs; k++) {
			const float *w = v->net->value + weights_at(v, b, k);
			float e = outside[i] > 0 ? dot(f + (size_t)i * (size_t)c, w, c) : 0;

			sum += outside[i] * fabs((double)e);
			slope[i * outputs + k] = (float)(scale * outside[i]) * (float)((e > 0) - (e < 0));
		}
	v->loss[image] += sum * scale;
}

/* A range of the dense layer's weights for a branch; images and cells in order. */
static void add_weights(void *ctx, size_t block, int worker)
{
	const struct evidence_loss *v = ctx;
	const struct branch *b = v->current;
	int cells = b->feature->h * b->feature->w, c = b->feature->c, outputs = v->dense->c;
	int from = (int)block * CHANNELS, count = c - from < CHANNELS ? c - from : CHANNELS;
	const float *f = plan_value(v->plan, b->feature) + from;
	float *grad = plan_param_grad(v->plan) + from;

	(void)worker;
	for (int i = 0; i < v->n * cells; i++)
		for (int k = 0; k < outputs; k++) {
			float s = b->slope[i * outputs + k];

			if (s != 0)
				add_scaled(grad + weights_at(v, b, k), f + (size_t)i * (size_t)c, s, count);
		}
}

static void add_features(void *ctx, size_t image, int worker)
{
	const struct evidence_loss *v = ctx;
	const struct branch *b = v->current;
	int cells = b->feature->h * b->feature->w, c = b->feature->c, outputs = v->dense->c;
	float *grad = plan_grad(v->plan, b->feature) + image * (size_t)(cells * c);
	const float *slope = b->slope + image * (size_t)(cells * outputs);

	(void)worker;
	for (int i = 0; i < cells; i++)
		for (int k = 0; k < outputs; k++)
			if (slope[i * outputs + k] != 0)
				add_scaled(grad + (size_t)i * (size_t)c, v->net->value + weights_at(v, b, k),
				           slope[i * outputs + k], c);
}

/* Where the other loss's gradients have just been written, these are added. */
static void add_gradients(void *ctx, const struct node *n)
{
	struct evidence_loss *v = ctx;

	for (int i = 0; i < v->nbranch; i++) {
		const struct branch *b = v->current = &v->branch[i];

		if (n == v->dense)
			pool_run(v->pool, (size_t)(b->feature->c + CHANNELS - 1) / CHANNELS, add_weights, v);
		else if (n == b->gap)
			pool_run(v->pool, (size_t)v->n, add_features, v);
	}
}

double evidence_loss(struct evidence_loss *v, struct plan *p, int n, double total)
{
	double sum = 0;

	v->plan = p;
	v->n = n;
	v->total = total;
	for (int i = 0; i < n; i++)
		v->loss[i] = 0;
	for (int i = 0; i < v->nbranch; i++) {
		v->current = &v->branch[i];
		pool_run(v->pool, (size_t)n, measure_image, v);
	}
	for (int i = 0; i < n; i++)
		sum += v->loss[i];
	plan_on_backward(p, add_gradients, v);
	return sum;
}
