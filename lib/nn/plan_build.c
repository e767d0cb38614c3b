/* A plan made of a graph in five phases: steps, gradients, the front, memory, pointers. Memory is allocated once. */
#include "nn/plan_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/mem.h"

/* 1. Which nodes matter, and which of them become one step. */

static const struct node *node_at(const struct plan *p, int i)
{
	return p->net->g->node[i];
}

static int root_of(const struct plan *p, const struct node *n)
{
	return p->root[n->index];
}

static bool trained(const struct plan *p, const struct node *n)
{
	for (int i = 0; i < n->nparam; i++)
		if (p->training && p->train[n->param[i]])
			return true;
	return false;
}

/* Backwards from the output and the kept nodes; then who shares whose memory. */
static void find_needed(struct plan *p)
{
	const struct graph *g = p->net->g;

	p->needed[g->output->index] = !p->only_kept;
	p->needed[p->from->index] = true;
	if (p->training && g->aux)
		p->needed[g->aux->index] = p->keep[g->aux->index] = true;
	for (int i = g->nnode - 1; i >= 0; i--) {
		p->needed[i] = p->needed[i] || p->keep[i];
		for (int k = 0; p->needed[i] && i != p->from->index && k < node_at(p, i)->nin; k++)
			p->needed[node_at(p, i)->in[k]->index] = true;
	}
	for (int i = 0; i < g->nnode; i++) {
		const struct node *n = node_at(p, i);
		bool shares = n->op == OP_flatten || (n->op == OP_dropout && (!p->dropout || n->rate == 0));

		p->root[i] = shares ? root_of(p, n->in[0]) : i;
		if (p->keep[i])
			p->keep[p->root[i]] = true;
		p->producer[i] = -1;
	}
	p->keep[root_of(p, g->output)] = true;
}

/* The only needed node that reads out's value, or NULL when there are several or somebody looks at it. */
static const struct node *only_reader(const struct plan *p, const struct node *out)
{
	const struct node *reader = NULL;

	if (p->keep[out->index])
		return NULL;
	for (int i = 0; i < p->net->g->nnode; i++) {
		const struct node *n = node_at(p, i);

		if (!p->needed[i] || p->root[i] != i)
			continue;
		for (int k = 0; k < n->nin; k++) {
			if (root_of(p, n->in[k]) != out->index)
				continue;
			if (reader)
				return NULL;
			reader = n;
		}
	}
	return reader;
}

/* The add's other input, if its value is there before this step. */
static const struct node *other_input(const struct plan *p, const struct node *add, const struct node *out)
{
	int other = root_of(p, add->in[root_of(p, add->in[0]) == out->index]);

	return p->producer[other] >= 0 || node_at(p, other) == p->from ? node_at(p, other) : NULL;
}

static void fuse(struct plan *p, struct step *s, bool *taken)
{
	const struct node *next = only_reader(p, s->out);

	if (s->node->op == OP_conv && next && next->op == OP_bn && !trained(p, next) && !trained(p, s->node)) {
		s->bn = s->out = next;
		taken[next->index] = true;
		next = only_reader(p, s->out);
	}
	if (!operator_of(s->node)->fuses || s->node->op == OP_act)
		return;
	if (next && next->op == OP_add && other_input(p, next, s->out)) {
		s->add = next;
		taken[next->index] = true;
		next = only_reader(p, s->out = next);
	}
	if (next && next->op == OP_act) {
		s->act = next->act;
		s->out = next;
		taken[next->index] = true;
	}
}

static void make_steps(struct plan *p)
{
	int nnode = p->net->g->nnode;
	bool *taken = xcalloc((size_t)nnode, sizeof *taken);

	p->step = xcalloc((size_t)nnode, sizeof *p->step);
	for (int i = 0; i < nnode; i++) {
		struct step *s = &p->step[p->nstep];
		const struct node *n = node_at(p, i);

		if (taken[i] || !p->needed[i] || p->root[i] != i || n == p->from)
			continue;
		s->node = s->out = n;
		s->act = n->op == OP_act ? n->act : ACT_NONE;
		s->train = n->op == OP_dropout || (n->op == OP_bn && trained(p, n));
		s->apart = p->apart;
		s->grad_params = trained(p, n);
		s->reference = p->reference;
		fuse(p, s, taken);
		p->producer[s->out->index] = p->nstep++;
	}
	free(taken);
}

/* 2. Which steps run backwards, and who writes a gradient first. */

static const struct node *step_input(const struct plan *p, const struct step *s, int i)
{
	return node_at(p, root_of(p, s->node->in[i]));
}

const struct node *step_residual(const struct plan *p, const struct step *s)
{
	if (!s->add)
		return NULL;
	for (int k = 0; k < 2; k++) {
		const struct node *in = node_at(p, root_of(p, s->add->in[k]));

		if (in != s->node && in != s->bn)
			return in;
	}
	return NULL;
}

static void find_gradients(struct plan *p)
{
	const struct graph *g = p->net->g;

	for (int i = 0; i < g->nnode && p->backward && !p->training; i++)
		p->wants_grad[p->root[i]] |= p->keep[i] && i != g->output->index;
	for (int i = 0; i < p->nstep && p->backward; i++) {
		struct step *s = &p->step[i];
		const struct node *residual = step_residual(p, s);

		s->backward = s->grad_params || (residual && p->wants_grad[residual->index]);
		for (int k = 0; k < s->node->nin; k++)
			s->backward |= p->wants_grad[step_input(p, s, k)->index];
		p->wants_grad[s->out->index] |= s->backward;
	}
}

/* From the last step: a gradient that nobody has written yet is overwritten, else added to. */
static void order_gradients(struct plan *p)
{
	bool *written = xcalloc((size_t)p->net->g->nnode, sizeof *written);

	written[root_of(p, p->net->g->output)] = true;
	if (p->training && p->net->g->aux)
		written[root_of(p, p->net->g->aux)] = true;
	for (int i = p->nstep - 1; i >= 0; i--) {
		struct step *s = &p->step[i];
		const struct node *residual = step_residual(p, s);

		s->accumulate = xcalloc((size_t)s->node->nin, sizeof *s->accumulate);
		s->backward = s->backward && written[s->out->index];
		if (!s->backward)
			continue;
		if (residual) { /* the plan writes it before the operator's backward */
			s->accumulate_residual = written[residual->index];
			written[residual->index] = true;
		}
		for (int k = 0; k < s->node->nin; k++) {
			int in = step_input(p, s, k)->index;

			s->accumulate[k] = written[in];
			written[in] = true;
		}
	}
	free(written);
}

/* 3. The front. Early layers have large values and few weights: their steps are run for a part of the batch after
 * another, so that values stay in a cache from one step to the next. It ends at the first step that has more weights
 * than values, or looks at the batch as a whole (training, backward). No result depends on it. */

enum { CACHE = 4 << 20 }; /* bytes of a core's share */

/* Floats of an image that a step reads and writes. */
static size_t step_values(const struct plan *p, const struct step *s)
{
	size_t floats = node_size(s->out) + (s->add ? node_size(s->out) : 0);

	for (int k = 0; k < s->node->nin; k++)
		floats += node_size(step_input(p, s, k));
	return floats;
}

static size_t asked(size_t (*size)(const struct step *), const struct step *s)
{
	return size ? (size(s) + 63) / 64 * 64 : 0;
}

static void find_front(struct plan *p)
{
	size_t most = 1, cache = CACHE / sizeof(float) * (size_t)pool_threads(p->pool);

	for (int i = 0; i < p->nstep; i++)
		most = step_values(p, &p->step[i]) > most ? step_values(p, &p->step[i]) : most;
	p->part = cache / most < 1 ? 1 : cache / most > (size_t)p->batch ? p->batch : (int)(cache / most);
	for (; p->front < p->nstep; p->front++) {
		const struct step *s = &p->step[p->front];

		if (s->train || s->backward || asked(operator_of(s->node)->packed, s) > (size_t)p->part * step_values(p, s))
			break;
	}
	for (int i = 0; i < p->front; i++) {
		int out = p->step[i].out->index;

		p->local[out] = !p->keep[out] && out != root_of(p, p->net->g->output);
	}
	for (int i = p->front; i < p->nstep; i++) {
		const struct node *residual = step_residual(p, &p->step[i]);

		if (residual)
			p->local[residual->index] = false;
		for (int k = 0; k < p->step[i].node->nin; k++)
			p->local[step_input(p, &p->step[i], k)->index] = false;
	}
}

/* 4. Memory: every value and gradient has a life in steps (forward 0 .. S-1, backward S .. 2S-1); those that do not
 * meet share an address. */

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

/* One step's use of the values and gradients it touches. */
static void step_lives(const struct plan *p, int i, struct life *value, struct life *grad, struct life *dz)
{
	const struct step *s = &p->step[i];
	const struct operator *op = operator_of(s->node);
	const struct node *residual = step_residual(p, s);
	int back = 2 * p->nstep - 1 - i;

	extend(&value[s->out->index], i);
	if (residual)
		extend(&value[residual->index], i);
	for (int k = 0; k < s->node->nin; k++)
		extend(&value[step_input(p, s, k)->index], i);
	if (!s->backward)
		return;
	if (s->act != ACT_NONE || op->uses_y)
		extend(&value[s->out->index], back);
	extend(&grad[s->out->index], back);
	if (residual && p->wants_grad[residual->index])
		extend(&grad[residual->index], back);
	for (int k = 0; k < s->node->nin; k++) {
		int in = step_input(p, s, k)->index;

		if (op->uses_x)
			extend(&value[in], back);
		if (p->wants_grad[in])
			extend(&grad[in], back);
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
			extend(&value[p->step[i].out->index], 0);
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
	free(life);
	if (!p->arena)
		return budget_err(e, floats * sizeof(float), "a batch of %d (a smaller one would take less)", p->batch);
	return 0;
}

/* 5. Pointers of the steps, and the memory operators ask for. */

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
		size_t need = asked(op->scratch, &p->step[i]), part = asked(op->shared, &p->step[i]);

		packed += asked(op->packed, &p->step[i]);
		state += asked(op->state, &p->step[i]);
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
		packed += asked(op->packed, s);
		state += asked(op->state, s);
	}
	return 0;
}

int plan_build(struct plan *p, struct err *e)
{
	size_t nnode = (size_t)p->net->g->nnode;

	p->needed = xcalloc(nnode, sizeof *p->needed);
	p->root = xcalloc(nnode, sizeof *p->root);
	p->producer = xcalloc(nnode, sizeof *p->producer);
	p->wants_grad = xcalloc(nnode, sizeof *p->wants_grad);
	p->value = xcalloc(nnode, sizeof *p->value);
	p->grad = xcalloc(nnode, sizeof *p->grad);
	p->local = xcalloc(nnode, sizeof *p->local);
	find_needed(p);
	make_steps(p);
	find_gradients(p);
	order_gradients(p);
	find_front(p);
	if (p->training) {
		p->param_grad = mem_big(p->net->g->count + 16, sizeof *p->param_grad);
		p->bytes += p->net->g->count * sizeof *p->param_grad;
		if (!p->param_grad)
			return budget_err(e, 0, "gradients of %zu parameters", p->net->g->count);
	}
	if (allocate_values(p, e))
		return -1;
	for (int i = 0; i < p->nstep; i++)
		connect(p, &p->step[i]);
	return allocate_rest(p, e);
}
