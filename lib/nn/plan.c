/* A plan at work: forward, backward, values and gradients of its nodes. */
#include "nn/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/gemm.h"
#include "nn/plan_build.h"

static bool *copy_flags(const bool *from, int n)
{
	bool *to = xcalloc((size_t)n + 1, sizeof *to);

	if (from)
		memcpy(to, from, (size_t)n * sizeof *to);
	return to;
}

struct plan *plan_new(struct net *n, const struct plan_options *o, struct pool *pool, struct err *e)
{
	struct plan *p;

	if (gemm_start(e))
		return NULL;
	p = xcalloc(1, sizeof *p);
	p->net = n;
	p->pool = pool;
	p->batch = o->batch;
	p->from = o->from ? o->from : n->g->input;
	p->dropout = o->dropout || o->train;
	p->only_kept = o->only_kept;
	p->reference = o->reference;
	p->apart = o->apart;
	p->training = o->train != NULL;
	p->backward = o->backward || p->training;
	p->train = copy_flags(o->train, n->g->nparam);
	p->keep = copy_flags(o->keep, n->g->nnode);
	p->stale = true;
	if (plan_build(p, e)) {
		plan_free(p);
		return NULL;
	}
	return p;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	for (int i = 0; i < p->nstep; i++) {
		free(p->step[i].xs);
		free(p->step[i].dxs);
		free(p->step[i].accumulate);
	}
	free(p->step);
	free(p->train);
	free(p->keep);
	free(p->needed);
	free(p->root);
	free(p->producer);
	free(p->slice);
	free(p->wants_grad);
	free(p->value);
	free(p->grad);
	free(p->local);
	free(p->arena);
	free(p->packed);
	free(p->scratch);
	free(p->shared);
	free(p->param_grad);
	free(p->state);
	free(p);
}

size_t plan_bytes(const struct plan *p)
{
	return p->bytes;
}

void plan_refresh(struct plan *p)
{
	p->stale = true;
}

float *plan_input(struct plan *p)
{
	return p->value[p->from->index];
}

void plan_keys(struct plan *p, const uint64_t *key)
{
	for (int i = 0; i < p->nstep; i++)
		p->step[i].key = key;
}

static void prepare(struct plan *p)
{
	for (int i = 0; i < p->nstep; i++) {
		struct step *s = &p->step[i];

		if (operator_of(s->node)->prepare && (p->stale || s->grad_params))
			operator_of(s->node)->prepare(s);
	}
	p->stale = false;
}

static void run(struct step *s, int n, uint64_t seed)
{
	s->n = n;
	s->seed = seed;
	operator_of(s->node)->forward(s);
}

/* Floats of an image in a value that is there for the whole batch; 0 in one of the front only. */
static ptrdiff_t moved(const struct plan *p, const struct node *root)
{
	return p->local[root->index] ? 0 : (ptrdiff_t)node_size(node_at(p, p->slice[root->index].of));
}

/* Moves a step of the front on by some images. */
static void move(const struct plan *p, struct step *s, ptrdiff_t images)
{
	const struct node *residual = step_residual(p, s);

	for (int k = 0; k < s->node->nin; k++)
		s->xs[k] += images * moved(p, step_input(p, s, k));
	s->x = s->xs[0];
	if (residual)
		s->residual += images * moved(p, residual);
	s->y += images * moved(p, s->out);
}

void plan_forward(struct plan *p, int n, uint64_t seed)
{
	p->n = n;
	prepare(p);
	for (int first = 0; first < n && p->front; first += p->part)
		for (int i = 0; i < p->front; i++) {
			struct step *s = &p->step[i];

			move(p, s, first);
			run(s, n - first < p->part ? n - first : p->part, seed);
			move(p, s, -first);
		}
	for (int i = p->front; i < p->nstep; i++)
		run(&p->step[i], n, seed);
}

static bool has_statistics(const struct step *s)
{
	return s->node->op == OP_bn && s->train;
}

size_t plan_statistics(const struct plan *p, float *out)
{
	size_t n = 0;

	for (int i = 0; i < p->nstep; i++) {
		const struct step *s = &p->step[i];
		size_t count = has_statistics(s) ? 2 * (size_t)s->node->c : 0;

		if (out && count)
			memcpy(out + n, bn_statistics(s), count * sizeof *out);
		n += count;
	}
	return n;
}

void plan_take_statistics(struct plan *p, const float *in)
{
	for (int i = 0; i < p->nstep; i++)
		if (has_statistics(&p->step[i])) {
			bn_take(&p->step[i], in);
			in += 2 * (size_t)p->step[i].node->c;
		}
}

const float *plan_value(const struct plan *p, const struct node *node)
{
	int root = p->root[node->index];

	return p->keep[root] || node == p->from ? p->value[root] : NULL;
}

float *plan_output_grad(struct plan *p)
{
	return p->grad[p->root[p->net->g->output->index]];
}

float *plan_aux_grad(struct plan *p)
{
	const struct node *aux = p->training ? p->net->g->aux : NULL;

	return aux ? p->grad[p->root[aux->index]] : NULL;
}

/* dz = dy act'(z), and its share for the residual. */
static void unfuse(struct step *s, size_t begin, size_t end)
{
	int count = (int)(end - begin);
	float *dz = s->dz + begin;

	if (s->dz != s->dy)
		memcpy(dz, s->dy + begin, (end - begin) * sizeof *dz);
	act_backward(dz, s->y + begin, s->act, count);
	if (s->dresidual && s->accumulate_residual)
		step_epilogue(s->dresidual + begin, s->dresidual + begin, NULL, dz, ACT_NONE, count);
	else if (s->dresidual)
		memcpy(s->dresidual + begin, dz, (end - begin) * sizeof *dz);
}

void plan_backward(struct plan *p)
{
	for (int i = p->nstep - 1; i >= 0; i--) {
		struct step *s = &p->step[i];

		if (!s->backward)
			continue;
		if (s->act != ACT_NONE || s->dresidual)
			step_each(s, (size_t)s->n * node_size(s->out), unfuse);
		operator_of(s->node)->backward(s);
		if (p->behind)
			p->behind(p->behind_ctx, s->node);
		if (p->ready && s->grad_params) /* parameters lie in the order of their nodes */
			p->ready(p->ctx, s->node->offset[0]);
	}
}

void plan_on_gradient(struct plan *p, void (*ready)(void *ctx, size_t from), void *ctx)
{
	p->ready = ready;
	p->ctx = ctx;
}

void plan_on_backward(struct plan *p, void (*behind)(void *ctx, const struct node *n), void *ctx)
{
	p->behind = behind;
	p->behind_ctx = ctx;
}

float *plan_grad(const struct plan *p, const struct node *node)
{
	return p->keep[p->root[node->index]] ? p->grad[p->root[node->index]] : NULL;
}

float *plan_param_grad(struct plan *p)
{
	return p->param_grad;
}
