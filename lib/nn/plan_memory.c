/* Memory of a plan: every value and gradient has a life in steps (forward 0 .. S-1, backward S .. 2S-1); those that do
 * not meet share an address. Then what operators ask for, and the steps' pointers to all of it. */
#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"
#include "nn/plan_build.h"

struct life {
	size_t floats, offset;
	int begin, end;
	float **where;
};

static int compare_size(const void *a, const void *b)
{
	const struct life *const *x = a, *const *y = b;

	if ((*x)->floats != (*y)->floats)
		return (*x)->floats < (*y)->floats ? 1 : -1;
	return *x < *y ? -1 : *x > *y;
}

/* Greedy by size: each takes the lowest gap left by the placed ones that live at the same time. */
static size_t place(struct life *life, int n)
{
	struct life **order = xcalloc((size_t)n + 1, sizeof(struct life *));
	size_t top = 0;

	for (int i = 0; i < n; i++)
		order[i] = &life[i];
	qsort(order, (size_t)n, sizeof *order, compare_size);
	for (int i = 0; i < n; i++) {
		bool moved = true;

		while (moved) {
			moved = false;
			for (int k = 0; k < i; k++) {
				const struct life *a = order[i], *b = order[k];

				if (a->begin <= b->end && b->begin <= a->end && a->offset < b->offset + b->floats &&
				    b->offset < a->offset + a->floats) {
					order[i]->offset = b->offset + b->floats;
					moved = true;
				}
			}
		}
		if (order[i]->offset + order[i]->floats > top)
			top = order[i]->offset + order[i]->floats;
	}
	free(order);
	return top;
}

static void extend(struct life *l, int time)
{
	if (time < l->begin)
		l->begin = time;
	if (time > l->end)
		l->end = time;
}

/* The life of the value that holds node's. */
static struct life *holder(const struct plan *p, struct life *value, const struct node *node)
{
	return &value[p->slice[node->index].of];
}

/* One step's use of the values and gradients it touches. */
static void step_lives(const struct plan *p, int i, struct life *value, struct life *grad, struct life *dz)
{
	const struct step *s = &p->step[i];
	const struct operator *op = operator_of(s->node);
	const struct node *residual = step_residual(p, s);
	int back = 2 * p->nstep - 1 - i;

	extend(holder(p, value, s->out), i);
	if (residual)
		extend(holder(p, value, residual), i);
	for (int k = 0; k < s->node->nin; k++)
		extend(holder(p, value, step_input(p, s, k)), i);
	if (!s->backward)
		return;
	if (s->act != ACT_NONE || op->uses_y)
		extend(holder(p, value, s->out), back);
	extend(&grad[s->out->index], back);
	if (residual && p->wants_grad[residual->index])
		extend(&grad[residual->index], back);
	for (int k = 0; k < s->node->nin; k++) {
		const struct node *in = step_input(p, s, k);

		if (op->uses_x)
			extend(holder(p, value, in), back);
		if (p->wants_grad[in->index])
			extend(&grad[in->index], back);
	}
	if (p->keep[s->out->index] && s->act != ACT_NONE)
		extend(&dz[i], back);
}

static int allocate_values(struct plan *p, struct err *e)
{
	int nnode = p->net->g->nnode, n = 2 * nnode + p->nstep, end = 2 * p->nstep;
	struct life *life = xcalloc((size_t)n, sizeof *life), *value = life, *grad = life + nnode, *dz = grad + nnode;
	size_t floats;

	for (int i = 0; i < n; i++) {
		life[i].begin = end + 1;
		life[i].end = -1;
	}
	for (int i = 0; i < p->nstep; i++)
		step_lives(p, i, value, grad, dz);
	for (int i = 0; i < p->front; i++) /* the front starts over while these are there */
		if (!p->local[p->step[i].out->index])
			extend(holder(p, value, p->step[i].out), 0);
	for (int i = 0; i < nnode; i++)
		if (p->root[i] == i && (p->keep[i] || node_at(p, i) == p->from)) {
			if (p->producer[i] >= 0 || node_at(p, i) == p->from)
				value[i].begin = 0, value[i].end = end;
			if (p->backward && (p->wants_grad[i] || i == root_of(p, p->net->g->output)))
				grad[i].begin = 0, grad[i].end = end;
		}
	for (int i = 0; i < n; i++) {
		const struct node *node = i < 2 * nnode ? node_at(p, i % nnode) : p->step[i - 2 * nnode].out;

		life[i].where = i < nnode ? &p->value[i] : i < 2 * nnode ? &p->grad[i - nnode] : &p->step[i - 2 * nnode].dz;
		size_t images = (size_t)(i < nnode && p->local[i] ? p->part : p->batch);

		life[i].floats = life[i].end < 0 ? 0 : (images * node_size(node) + 15) / 16 * 16;
	}
	floats = place(life, n);
	p->arena = mem_big(floats + 16, sizeof *p->arena);
	p->bytes += floats * sizeof *p->arena;
	for (int i = 0; i < n && p->arena; i++)
		if (life[i].floats)
			*life[i].where = p->arena + life[i].offset;
	for (int i = 0; i < nnode && p->arena; i++)
		if (p->slice[i].of != i)
			p->value[i] = p->value[p->slice[i].of] + p->slice[i].at;
	free(life);
	if (!p->arena)
		return budget_err(e, floats * sizeof(float), "a batch of %d (a smaller one would take less)", p->batch);
	return 0;
}

/* Pointers of the steps, and the memory operators ask for. */

static void connect(struct plan *p, struct step *s)
{
	const struct node *residual = step_residual(p, s);
	int nin = s->node->nin;

	s->xs = xcalloc((size_t)nin, sizeof *s->xs);
	s->dxs = xcalloc((size_t)nin, sizeof *s->dxs);
	for (int k = 0; k < nin; k++) {
		int in = step_input(p, s, k)->index;

		s->xs[k] = p->value[in];
		s->dxs[k] = s->backward && p->wants_grad[in] ? p->grad[in] : NULL;
	}
	s->x = s->xs[0];
	s->dx = s->dxs[0];
	s->y = p->value[s->out->index];
	s->ldx = value_pitch(p, step_input(p, s, 0), step_reads(s, 0)->c);
	s->ldy = value_pitch(p, s->out, s->out->c);
	s->dy = p->grad[s->out->index];
	if (!s->dz)
		s->dz = s->dy;
	s->residual = residual ? p->value[residual->index] : NULL;
	s->dresidual = residual && s->backward && p->wants_grad[residual->index] ? p->grad[residual->index] : NULL;
	s->value = s->stat = p->net->value;
	s->grad = p->param_grad;
	s->pool = p->pool;
	s->batch = p->batch;
}

static int allocate_rest(struct plan *p, struct err *e)
{
	size_t packed = 0, state = 0, scratch = 0, shared = 0, threads = (size_t)pool_threads(p->pool);

	for (int i = 0; i < p->nstep; i++) {
		const struct operator *op = operator_of(p->step[i].node);
		size_t need = step_asks(op->scratch, &p->step[i]), part = step_asks(op->shared, &p->step[i]);

		packed += step_asks(op->packed, &p->step[i]);
		state += step_asks(op->state, &p->step[i]);
		scratch = need > scratch ? need : scratch;
		shared = part > shared ? part : shared;
	}
	scratch += 16; /* keeps workers on different cache lines */
	p->packed = mem_big(packed + 1, sizeof *p->packed);
	p->state = mem_big(state + 1, 1);
	p->scratch = mem_big(scratch * threads, sizeof *p->scratch);
	p->shared = mem_big(shared + 1, sizeof *p->shared);
	p->bytes += (packed + shared + scratch * threads) * sizeof(float) + state;
	if (!p->packed || !p->state || !p->scratch || !p->shared)
		return budget_err(e, p->bytes, "a batch of %d (a smaller one would take less)", p->batch);
	packed = state = 0;
	for (int i = 0; i < p->nstep; i++) {
		const struct operator *op = operator_of(p->step[i].node);
		struct step *s = &p->step[i];

		s->packed = p->packed + packed;
		s->state = p->state + state;
		s->scratch = p->scratch;
		s->scratch_stride = scratch;
		s->shared = p->shared;
		packed += step_asks(op->packed, s);
		state += step_asks(op->state, s);
	}
	return 0;
}


int plan_allocate(struct plan *p, struct err *e)
{
	if (allocate_values(p, e))
		return -1;
	for (int i = 0; i < p->nstep; i++)
		connect(p, &p->step[i]);
	return allocate_rest(p, e);
}
