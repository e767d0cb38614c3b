#include "explain/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "explain/head.h"
#include "nn/plan.h"

static size_t places(const struct node *n)
{
	return (size_t)n->h * n->w;
}

static int add_target(struct explain *x, enum method m, const struct node *layer, struct err *e)
{
	bool head = layer == head_feature(x->net->g, NULL);

	if (method_needs_head(m) && !head)
		return err_set(e, "%s is not defined at %s: it needs a layer that is averaged over all places and goes "
		               "through one dense layer to the output", method_title(m), layer->name);
	for (int i = 0; i < x->ntarget; i++)
		if (x->target[i].method == m && x->target[i].layer == layer)
			return err_set(e, "%s at %s is asked for twice", method_name(m), layer->name);
	x->target = xreallocarray(x->target, (size_t)x->ntarget + 1, sizeof *x->target);
	x->target[x->ntarget++] = (struct target){m, layer, head};
	x->backward |= !head;
	x->largest = places(layer) > x->largest ? places(layer) : x->largest;
	if (head)
		x->grad_size = places(layer) * layer->c;
	return 0;
}

static int add_layer(struct explain *x, const char *methods, const struct node *layer, struct err *e)
{
	char *list = xstrdup(methods), *rest = list, *name;
	int status = layer ? 0 : -1;

	while (status == 0 && (name = strsep(&rest, ","))) {
		enum method m;

		status = method_parse(name, &m, e);
		if (status == 0)
			status = add_target(x, m, layer, e);
	}
	free(list);
	return status;
}

static int add_layers(struct explain *x, const char *methods, const char *layers, struct err *e)
{
	const struct graph *g = x->net->g;
	const struct node *layer[LAYER_DEFAULTS];
	int found = layer_defaults(g, layer);
	char *list, *rest, *name;
	int status = 0;

	if (!layers && !found)
		return err_set(e, "the network has no layer with places to map");
	for (int i = 0; !layers && i < found && status == 0; i++)
		status = add_layer(x, methods, layer[i], e);
	if (!layers)
		return status;
	list = rest = xstrdup(layers);
	while (status == 0 && (name = strsep(&rest, ",")))
		status = add_layer(x, methods, layer_find(g, name, e), e);
	free(list);
	return status;
}

int explain_open(struct explain *x, struct net *n, const char *methods, const char *layers, int batch,
                 struct pool *pool, struct err *e)
{
	*x = (struct explain){.net = n, .pool = pool, .batch = batch};
	if (add_layers(x, methods, layers, e) != 0) {
		explain_close(x);
		return -1;
	}
	x->raw = mem_big((size_t)batch * x->ntarget * x->largest, sizeof *x->raw);
	x->scratch = mem_big((size_t)pool_threads(pool) * x->grad_size + 1, sizeof *x->scratch);
	if (x->raw && x->scratch)
		return 0;
	err_errno(e, "maps of %d pictures", batch);
	explain_close(x);
	return -1;
}

void explain_close(struct explain *x)
{
	plan_free(x->plan);
	plan_free(x->scorer);
	free(x->target);
	free(x->raw);
	free(x->scratch);
	*x = (struct explain){0};
}

/* A layer that inference fuses with what follows it rounds otherwise when its own value is wanted. */
static bool keeping_rounds(const struct explain *x)
{
	for (int i = 0; i < x->ntarget; i++) {
		enum op op = x->target[i].layer->op;

		if (op == OP_conv || op == OP_bn || op == OP_add)
			return true;
	}
	return false;
}

static int make_plans(struct explain *x, struct err *e)
{
	struct plan_options plain = {.batch = x->batch}, o = {.batch = x->batch, .backward = x->backward};
	bool *keep;

	o.keep = keep = xcalloc((size_t)x->net->g->nnode, sizeof *keep);
	for (int i = 0; i < x->ntarget; i++)
		keep[x->target[i].layer->index] = true;
	x->plan = plan_new(x->net, &o, x->pool, e);
	free(keep);
	if (x->plan && x->score && keeping_rounds(x) && !(x->scorer = plan_new(x->net, &plain, x->pool, e))) {
		plan_free(x->plan);
		x->plan = NULL;
	}
	return x->plan ? 0 : -1;
}

float *explain_input(struct explain *x, struct err *e)
{
	return x->plan || make_plans(x, e) == 0 ? plan_input(x->plan) : NULL;
}

void explain_forward(struct explain *x, int n)
{
	const struct node *in = x->net->g->input;

	if (x->scorer) { /* first: a forward may reuse its input's memory */
		memcpy(plan_input(x->scorer), plan_input(x->plan), (size_t)n * places(in) * (size_t)in->c * sizeof(float));
		plan_forward(x->scorer, n, 0);
	}
	plan_forward(x->plan, n, 0);
}

const float *explain_logits(const struct explain *x)
{
	return plan_value(x->scorer ? x->scorer : x->plan, x->net->g->output);
}

struct job {
	struct explain *x;
	const struct view *view;
};

static float *raw_at(const struct explain *x, int picture, int target)
{
	return x->raw + ((size_t)picture * x->ntarget + target) * x->largest;
}

static void map_one(void *ctx, size_t block, int worker)
{
	struct job *job = ctx;
	struct explain *x = job->x;
	int picture = (int)(block / x->ntarget), target = (int)(block % x->ntarget);
	const struct target *t = &x->target[target];
	const struct view *v = &job->view[picture];
	size_t size = places(t->layer) * t->layer->c;
	const float *a = v->feat ? v->feat : plan_value(x->plan, t->layer) + v->slot * size, *g;

	if (t->head) {
		float *fill = x->scratch + worker * x->grad_size;

		head_grad(x->net, v->class, fill);
		g = fill;
	} else {
		g = plan_grad(x->plan, t->layer) + v->slot * size;
	}
	method_map(t->method, a, g, (int)places(t->layer), t->layer->c, raw_at(x, picture, target));
}

void explain_maps(struct explain *x, const struct view *view, int n)
{
	int logits = net_logits(x->net);

	if (x->backward) {
		for (int i = 0; i < n; i++)
			score_grad(x->net, view[i].class, plan_output_grad(x->plan) + (size_t)view[i].slot * logits);
		plan_backward(x->plan);
	}
	struct job job = {x, view};

	pool_run(x->pool, (size_t)n * x->ntarget, map_one, &job);
}

const float *explain_raw(const struct explain *x, int picture, int target)
{
	return raw_at(x, picture, target);
}
