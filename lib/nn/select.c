/* Questions about a graph: parameters under a name, what training leaves alone, what is pooled. */
#include "nn/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool learnable(const struct param *p)
{
	return p->role != ROLE_MEAN && p->role != ROLE_VAR;
}

bool graph_under(const char *name, const char *prefix, size_t n)
{
	return !strncmp(name, prefix, n) && (name[n] == '\0' || name[n] == '.');
}

const struct node *graph_last_under(const struct graph *g, const char *name)
{
	const struct node *n = graph_find(g, name);

	for (int i = g->nnode - 1; i >= 0 && !n; i--)
		n = graph_under(g->node[i]->name, name, strlen(name)) ? g->node[i] : NULL;
	return n;
}

static int select_one(const struct graph *g, const char *prefix, size_t n, bool *train)
{
	bool onwards = n > 0 && prefix[n - 1] == '+', found = false;
	int first = g->nnode;

	n -= onwards;
	for (int i = 0; i < g->nnode && first == g->nnode; i++)
		if (graph_under(g->node[i]->name, prefix, n))
			first = i;
	for (int i = 0; i < g->nparam; i++) {
		const struct param *p = g->param[i];

		if (!learnable(p) || !(graph_under(p->name, prefix, n) || (onwards && p->node->index >= first)))
			continue;
		train[i] = found = true;
	}
	return found ? 0 : -1;
}

int graph_select(const struct graph *g, const char *prefixes, bool *train, struct err *e)
{
	for (int i = 0; i < g->nparam; i++)
		train[i] = !prefixes && learnable(g->param[i]);
	for (const char *p = prefixes; p; p = *p ? p + 1 : NULL) {
		size_t n = strcspn(p, ",");

		if (!n || select_one(g, p, n, train))
			return err_set(e, "no parameters under '%.*s'", (int)n, p);
		p += n;
	}
	return 0;
}

/* Is what node n makes of an image always the same? */
static bool constant(const struct node *n, const bool *train, const bool *before)
{
	bool same = n->op != OP_dropout || n->rate == 0;

	for (int i = 0; i < n->nparam; i++)
		same = same && !train[n->param[i]];
	for (int i = 0; i < n->nin; i++)
		same = same && before[n->in[i]->index];
	return same;
}

const struct node *graph_frozen(const struct graph *g, const bool *train)
{
	bool *same = xcalloc((size_t)g->nnode, sizeof *same);
	const struct node *border = NULL;
	int borders = 0;

	for (int i = 0; i < g->nnode; i++) {
		const struct node *n = g->node[i];

		same[i] = constant(n, train, same);
		for (int k = 0; k < n->nin && !same[i]; k++)
			if (same[n->in[k]->index] && n->in[k] != border) {
				border = n->in[k];
				borders++;
			}
	}
	free(same);
	while (borders == 1 && (border->op == OP_flatten || border->op == OP_dropout)) /* no memory of their own */
		border = border->in[0];
	return borders == 1 && border->op != OP_input ? border : NULL;
}

const struct node *graph_feature(const struct graph *g, const struct node **dense)
{
	const struct node *n = g->output, *only = NULL;
	bool linear = true;

	for (; n->op != OP_gap && n->nin == 1 && n->h * n->w == 1; n = n->in[0]) {
		linear = linear && (n->op == OP_dense ? !only : n->op == OP_dropout || n->op == OP_flatten);
		only = n->op == OP_dense ? n : only;
	}
	if (dense)
		*dense = linear && n->op == OP_gap ? only : NULL;
	return n->op == OP_gap ? n->in[0] : NULL;
}

/* Past what changes nothing in eval mode. */
static const struct node *past(const struct node *n)
{
	while (n->op == OP_dropout || n->op == OP_flatten)
		n = n->in[0];
	return n;
}

int graph_gaps(const struct graph *g, const struct node *gap[GAPS], const struct node **dense)
{
	const struct node *last = past(g->output), *n;
	int count;

	if (last->op != OP_dense)
		return 0;
	*dense = last;
	n = past(last->in[0]);
	count = n->op == OP_concat ? n->nin : 1;
	for (int i = 0; i < count && count <= GAPS; i++) {
		gap[i] = n->op == OP_concat ? past(n->in[i]) : n;
		if (gap[i]->op != OP_gap)
			return 0;
	}
	return count <= GAPS ? count : 0;
}
