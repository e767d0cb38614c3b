/* The network, or what lies behind a layer of it, run on many changed copies of an image in full batches. */
#include "explain/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "explain/head.h"

bool has_offset(const struct node *n)
{
	return n->op == OP_bn || n->bias || (n->op == OP_act && n->act != ACT_RELU);
}

int runner_open(struct runner *r, enum runner_kind kind, struct net *net, int batch, struct pool *pool, struct err *e)
{
	struct plan_options o = {.batch = batch, .backward = kind != RUN_SCORES};
	bool *keep = xcalloc((size_t)net->g->nnode, sizeof *keep);

	keep[net->g->input->index] = o.backward;
	for (int i = 0; i < net->g->nnode && kind == RUN_EVERY; i++)
		if (has_offset(net->g->node[i])) {
			keep[i] = true;
			if (net->g->node[i]->op == OP_act)
				keep[net->g->node[i]->in[0]->index] = true;
		}
	o.keep = o.backward ? keep : NULL;
	*r = (struct runner){.net = net, .pool = pool, .kind = kind, .batch = batch};
	r->plan = plan_new(net, &o, pool, e);
	free(keep);
	return r->plan ? 0 : -1;
}

void runner_close(struct runner *r)
{
	plan_free(r->plan);
	*r = (struct runner){0};
}

struct batch_fill {
	const struct runs *runs;
	float *input;
	size_t size;
	int first;
};

static void fill_one(void *ctx, size_t block, int worker)
{
	struct batch_fill *f = ctx;

	(void)worker;
	f->runs->fill(f->runs->ctx, f->first + (int)block, f->input + block * f->size);
}

static int class_at(const struct runner *r, const struct runs *runs, int i)
{
	return runs->class ? runs->class(runs->ctx, i) : r->net->classes.n - 1;
}

static void take_batch(struct runner *r, const struct runs *runs, int first, int n)
{
	const float *z = plan_value(r->plan, r->net->g->output);
	int logits = net_logits(r->net);

	for (int i = 0; i < n; i++, z += logits)
		runs->take(runs->ctx, first + i, class_score(r->net, class_at(r, runs, first + i), z), r->plan, i);
	if (runs->tick)
		runs->tick(runs->tick_ctx, n);
}

void runner_run(struct runner *r, const struct runs *runs)
{
	struct batch_fill f = {runs, plan_input(r->plan), node_floats(r->net->g->input), 0};
	size_t logits = (size_t)net_logits(r->net);

	for (int n; f.first < runs->n; f.first += n) {
		n = runs->n - f.first < r->batch ? runs->n - f.first : r->batch;
		pool_run(r->pool, (size_t)n, fill_one, &f);
		plan_forward(r->plan, n, 0);
		if (r->kind != RUN_SCORES) {
			for (int i = 0; i < n; i++)
				score_grad(r->net, class_at(r, runs, f.first + i), plan_output_grad(r->plan) + (size_t)i * logits);
			plan_backward(r->plan);
		}
		take_batch(r, runs, f.first, n);
	}
}

/* The nodes behind layer, in their order; NULL where a node also reads something else. */
static struct node *copy_nodes(struct graph *to, const struct graph *from, const struct node *layer)
{
	struct node **copy = xcalloc((size_t)from->nnode, sizeof(struct node *)), *last = NULL;
	bool whole = true;

	copy[layer->index] = last = graph_input(to, layer->h, layer->w, layer->c);
	for (int i = layer->index + 1; i < from->nnode && whole; i++) {
		const struct node *n = from->node[i];
		struct node *in[64];
		int behind = 0;

		for (int k = 0; k < n->nin && k < 64; k++) {
			in[k] = copy[n->in[k]->index];
			behind += in[k] != NULL;
		}
		whole = behind == 0 || (behind == n->nin && n->nin <= 64);
		if (whole && behind)
			last = copy[i] = graph_copy(to, n, in);
	}
	last = whole ? copy[from->output->index] : NULL;
	free(copy);
	return last;
}

struct net *tail_new(const struct net *n, const struct node *layer, struct err *e)
{
	struct graph *g = graph_new();
	struct node *out = copy_nodes(g, n->g, layer);
	struct net *tail;
	char *names;

	if (!out || graph_end(g, out, e)) {
		graph_free(g);
		err_set(e, "%s is not the only way to the output", layer->name);
		return NULL;
	}
	if (!(tail = net_new(g, n->arch, e)))
		return NULL;
	for (int i = 0; i < g->nparam; i++)
		for (int k = 0; k < n->g->nparam; k++)
			if (strcmp(g->param[i]->name, n->g->param[k]->name) == 0)
				memcpy(tail->value + g->param[i]->offset, n->value + n->g->param[k]->offset,
				       g->param[i]->count * sizeof *n->value);
	names = classes_list(&n->classes);
	classes_free(&tail->classes);
	if (classes_parse(&tail->classes, names, e)) {
		net_free(tail);
		tail = NULL;
	}
	free(names);
	return tail;
}
