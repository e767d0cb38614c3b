/* The graph of a network: nodes with shapes and parameters, made by builder calls that check them. */
#include "nn/graph.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/op.h"

static const struct operator *const operators[OP_COUNT] = {
#define X(name) &operator_##name,
	OPS(X)
#undef X
};

static const char *const act_names[] = {"none", "relu", "relu6", "sigmoid"};

const struct operator *operator_of(const struct node *n)
{
	return operators[n->op];
}

struct window window_square(int kernel, int stride, int padding)
{
	return (struct window){kernel, kernel, stride, stride, padding, padding, padding, padding};
}

struct graph *graph_new(void)
{
	return xcalloc(1, sizeof(struct graph));
}

static void node_free(struct node *n)
{
	if (!n)
		return;
	free(n->name);
	free(n->in);
	free(n);
}

void graph_free(struct graph *g)
{
	if (!g)
		return;
	for (int i = 0; i < g->nnode; i++)
		node_free(g->node[i]);
	for (int i = 0; i < g->nparam; i++) {
		free(g->param[i]->name);
		free(g->param[i]);
	}
	free(g->node);
	free(g->param);
	free(g);
}

void graph_param(struct graph *g, struct node *n, const char *suffix, enum role role, int ndim, const int *shape)
{
	struct param *p = xcalloc(1, sizeof *p);

	p->name = xasprintf("%s.%s", n->name, suffix);
	p->role = role;
	p->ndim = ndim;
	p->count = 1;
	p->taps = ndim == 4 ? shape[2] * shape[3] : 1;
	p->node = n;
	for (int i = 0; i < ndim; i++) {
		p->shape[i] = shape[i];
		p->count *= (size_t)shape[i];
	}
	p->offset = g->count;
	g->count += (p->count + 15) / 16 * 16; /* every parameter starts on a cache line */
	g->param = grow(g->param, (size_t)g->nparam, &g->paramcap, sizeof *g->param);
	n->offset[n->nparam] = p->offset;
	n->param[n->nparam++] = g->nparam;
	g->param[g->nparam++] = p;
}

/* Takes a filled-in node, checks its shape and appends it. The first mistake stays in g->err. */
static struct node *append(struct graph *g, const struct node *proto, const char *name, struct node **in, int nin)
{
	struct node *n;

	for (int i = 0; i < nin; i++)
		if (!in[i])
			g->failed = true;
	if (g->failed)
		return NULL;
	n = xmalloc(sizeof *n);
	*n = *proto;
	n->name = xasprintf("%s%s", g->prefix ? g->prefix : "", name);
	n->index = g->nnode;
	n->nin = nin;
	n->in = xcalloc((size_t)nin + 1, sizeof *n->in);
	for (int i = 0; i < nin; i++)
		n->in[i] = in[i];
	if (graph_find(g, n->name) ? err_set(&g->err, "%s: two nodes of that name", n->name)
	                           : operators[n->op]->shape(g, n, &g->err)) {
		g->failed = true;
		node_free(n);
		return NULL;
	}
	for (int i = 0; i < nin; i++)
		in[i]->nuser++;
	g->node = grow(g->node, (size_t)g->nnode, &g->nodecap, sizeof *g->node);
	g->node[g->nnode++] = n;
	return n;
}

void graph_cut(struct graph *g, const struct node *n)
{
	while (g->nnode - 1 > n->index) {
		struct node *last = g->node[--g->nnode];

		for (int i = 0; i < last->nin; i++)
			last->in[i]->nuser--;
		for (int i = 0; i < last->nparam; i++) { /* the last ones: parameters lie in the order of their nodes */
			struct param *p = g->param[--g->nparam];

			g->count = p->offset < g->count ? p->offset : g->count;
			free(p->name);
			free(p);
		}
		node_free(last);
	}
}

int graph_end(struct graph *g, struct node *output, struct err *e)
{
	if (g->failed || !output)
		return err_set(e, "%s", g->err.text[0] ? g->err.text : "network without an output");
	g->output = output;
	return 0;
}

struct node *graph_input(struct graph *g, int h, int w, int c)
{
	struct node proto = {.op = OP_input, .h = h, .w = w, .c = c};

	return g->input = append(g, &proto, "input", NULL, 0);
}

struct node *graph_conv(struct graph *g, const char *name, struct node *in, int channels, struct window w, int groups,
                        bool bias)
{
	struct node proto = {.op = OP_conv, .c = channels, .window = w, .groups = groups, .bias = bias};

	return append(g, &proto, name, &in, 1);
}

struct node *graph_bn(struct graph *g, const char *name, struct node *in, float eps)
{
	struct node proto = {.op = OP_bn, .eps = eps, .momentum = .1f};

	return append(g, &proto, name, &in, 1);
}

struct node *graph_act(struct graph *g, const char *name, struct node *in, enum act act)
{
	struct node proto = {.op = OP_act, .act = act};

	return append(g, &proto, name, &in, 1);
}

struct node *graph_maxpool(struct graph *g, const char *name, struct node *in, struct window w)
{
	struct node proto = {.op = OP_maxpool, .window = w};

	return append(g, &proto, name, &in, 1);
}

struct node *graph_avgpool(struct graph *g, const char *name, struct node *in, struct window w, bool include_pad)
{
	struct node proto = {.op = OP_avgpool, .window = w, .include_pad = include_pad};

	return append(g, &proto, name, &in, 1);
}

struct node *graph_adaptive(struct graph *g, const char *name, struct node *in, int h, int w)
{
	struct node proto = {.op = OP_avgpool, .adaptive = true, .h = h, .w = w};

	return append(g, &proto, name, &in, 1);
}

struct node *graph_gap(struct graph *g, const char *name, struct node *in)
{
	struct node proto = {.op = OP_gap};

	return append(g, &proto, name, &in, 1);
}

struct node *graph_dense(struct graph *g, const char *name, struct node *in, int channels, bool bias)
{
	struct node proto = {.op = OP_dense, .c = channels, .bias = bias};

	return append(g, &proto, name, &in, 1);
}

struct node *graph_dropout(struct graph *g, const char *name, struct node *in, float rate)
{
	struct node proto = {.op = OP_dropout, .rate = rate};

	return append(g, &proto, name, &in, 1);
}

struct node *graph_add(struct graph *g, const char *name, struct node *a, struct node *b)
{
	struct node proto = {.op = OP_add};
	struct node *in[] = {a, b};

	return append(g, &proto, name, in, 2);
}

struct node *graph_concat(struct graph *g, const char *name, struct node **in, int n)
{
	struct node proto = {.op = OP_concat};

	return append(g, &proto, name, in, n);
}

struct node *graph_flatten(struct graph *g, const char *name, struct node *in)
{
	struct node proto = {.op = OP_flatten};

	return append(g, &proto, name, &in, 1);
}

struct node *graph_enlarge(struct graph *g, const char *name, struct node *in, int h, int w)
{
	struct node proto = {.op = OP_enlarge, .h = h, .w = w};

	return append(g, &proto, name, &in, 1);
}

struct node *graph_copy(struct graph *g, const struct node *n, struct node **in)
{
	struct node proto = *n;

	proto.nuser = proto.nparam = 0;
	return append(g, &proto, n->name, in, n->nin);
}

struct node *graph_find(const struct graph *g, const char *name)
{
	for (int i = 0; i < g->nnode; i++)
		if (strcmp(g->node[i]->name, name) == 0)
			return g->node[i];
	return NULL;
}

static bool is_statistic(const struct param *p)
{
	return p->role == ROLE_MEAN || p->role == ROLE_VAR;
}

static size_t count(const struct graph *g, bool statistics)
{
	size_t n = 0;

	for (int i = 0; i < g->nparam; i++)
		if (is_statistic(g->param[i]) == statistics)
			n += g->param[i]->count;
	return n;
}

size_t graph_count(const struct graph *g)
{
	return count(g, false);
}

size_t graph_statistics(const struct graph *g)
{
	return count(g, true);
}

static void dump_window(const struct window *w, FILE *f)
{
	fprintf(f, " %dx%d", w->kh, w->kw);
	if (w->stride_h != 1 || w->stride_w != 1)
		fprintf(f, " stride %dx%d", w->stride_h, w->stride_w);
	if (w->top || w->left || w->bottom || w->right)
		fprintf(f, " pad %d,%d,%d,%d", w->top, w->left, w->bottom, w->right);
}

static void dump_node(const struct graph *g, const struct node *n, FILE *f)
{
	fprintf(f, "%d %s %s", n->index, n->name, operators[n->op]->name);
	if (n->adaptive)
		fprintf(f, " adaptive");
	else if (n->op == OP_conv || n->op == OP_maxpool || n->op == OP_avgpool)
		dump_window(&n->window, f);
	if (n->op == OP_conv && n->groups != 1)
		fprintf(f, " groups %d", n->groups);
	if (n->op == OP_avgpool && n->include_pad)
		fprintf(f, " include_pad");
	if (n->op == OP_act)
		fprintf(f, " %s", act_names[n->act]);
	if (n->op == OP_bn)
		fprintf(f, " eps %g", n->eps);
	if (n->op == OP_dropout)
		fprintf(f, " rate %g", n->rate);
	fprintf(f, " (");
	for (int i = 0; i < n->nin; i++)
		fprintf(f, "%s%d", i ? " " : "", n->in[i]->index);
	fprintf(f, ") %dx%dx%d", n->h, n->w, n->c);
	for (int i = 0; i < n->nparam; i++) {
		const struct param *p = g->param[n->param[i]];

		fprintf(f, " %s", strrchr(p->name, '.') + 1);
		for (int d = 0; d < p->ndim; d++)
			fprintf(f, "%c%d", d ? 'x' : ':', p->shape[d]);
	}
	fputc('\n', f);
}

void graph_dump(const struct graph *g, FILE *f)
{
	for (int i = 0; i < g->nnode; i++)
		dump_node(g, g->node[i], f);
}
