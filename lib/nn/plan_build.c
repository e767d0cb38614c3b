/* A plan made of a graph in six phases: steps, gradients, slices (plan_slices.c), the front, memory and pointers
 * (plan_memory.c). */
#include "nn/plan_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/mem.h"

/* 1. Which nodes matter, and which of them become one step. */

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
	if (next && next->op == OP_act && next->act != ACT_SIGMOID) {
		s->act = next->act;
		s->out = next;
		taken[next->index] = true;
	}
}

struct norm {
	const struct node *bn;
	enum act act;
};

/* A batch norm in eval mode, and an activation behind it, that nobody reads but a convolution which can apply them to
 * its input as it reads that, make no step of their own. */
static bool fuse_norm(const struct plan *p, const struct node *bn, struct norm *norm, bool *taken)
{
	const struct node *act, *next;

	if (bn->op != OP_bn || p->backward || p->reference)
		return false;
	act = next = only_reader(p, bn);
	if (act && act->op == OP_act)
		next = only_reader(p, act);
	if (!next || next->op != OP_conv || !conv_takes_norm(next))
		return false;
	norm[next->index] = (struct norm){bn, act == next ? ACT_NONE : act->act};
	taken[act->index] = act != next;
	return true;
}

static void make_steps(struct plan *p)
{
	int nnode = p->net->g->nnode;
	bool *taken = xcalloc((size_t)nnode, sizeof *taken);
	struct norm *norm = xcalloc((size_t)nnode, sizeof *norm); /* before a convolution */

	p->step = xcalloc((size_t)nnode, sizeof *p->step);
	for (int i = 0; i < nnode; i++) {
		struct step *s = &p->step[p->nstep];
		const struct node *n = node_at(p, i);

		if (taken[i] || !p->needed[i] || p->root[i] != i || n == p->from)
			continue;
		if (fuse_norm(p, n, norm, taken))
			continue;
		s->node = s->out = n;
		s->before = norm[i].bn;
		s->before_act = norm[i].act;
		s->act = n->op == OP_act ? n->act : ACT_NONE;
		s->train = n->op == OP_dropout || (n->op == OP_bn && trained(p, n));
		s->apart = p->apart;
		s->grad_params = trained(p, n);
		s->reference = p->reference;
		fuse(p, s, taken);
		p->producer[s->out->index] = p->nstep++;
	}
	free(taken);
	free(norm);
}

/* 2. Which steps run backwards, and who writes a gradient first. */

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

/* 4. The front. Early layers have large values and few weights: their steps are run for a part of the batch after
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

/* What nobody reads behind the front; slices of a value are like the others. */
static void find_local(struct plan *p)
{
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
	for (int i = p->net->g->nnode - 1; i >= 0; i--)
		p->local[p->slice[i].of] = p->local[p->slice[i].of] && p->local[i];
	for (int i = 0; i < p->net->g->nnode; i++)
		p->local[i] = p->local[p->slice[i].of];
}

static void find_front(struct plan *p)
{
	size_t most = 1, cache = CACHE / sizeof(float) * (size_t)pool_threads(p->pool);

	for (int i = 0; i < p->nstep; i++)
		most = step_values(p, &p->step[i]) > most ? step_values(p, &p->step[i]) : most;
	p->part = cache / most < 1 ? 1 : cache / most > (size_t)p->batch ? p->batch : (int)(cache / most);
	for (; p->front < p->nstep; p->front++) {
		const struct step *s = &p->step[p->front];

		if (s->train || s->backward || step_asks(operator_of(s->node)->packed, s) > (size_t)p->part * step_values(p, s))
			break;
	}
	find_local(p);
}

int plan_build(struct plan *p, struct err *e)
{
	size_t nnode = (size_t)p->net->g->nnode;

	p->needed = xcalloc(nnode, sizeof *p->needed);
	p->root = xcalloc(nnode, sizeof *p->root);
	p->producer = xcalloc(nnode, sizeof *p->producer);
	p->slice = xcalloc(nnode, sizeof *p->slice);
	p->wants_grad = xcalloc(nnode, sizeof *p->wants_grad);
	p->value = xcalloc(nnode, sizeof *p->value);
	p->grad = xcalloc(nnode, sizeof *p->grad);
	p->local = xcalloc(nnode, sizeof *p->local);
	find_needed(p);
	make_steps(p);
	find_gradients(p);
	order_gradients(p);
	plan_find_slices(p);
	find_front(p);
	if (p->training) {
		p->param_grad = mem_big(p->net->g->count + 16, sizeof *p->param_grad);
		p->bytes += p->net->g->count * sizeof *p->param_grad;
		if (!p->param_grad)
			return budget_err(e, 0, "gradients of %zu parameters", p->net->g->count);
	}
	return plan_allocate(p, e);
}
