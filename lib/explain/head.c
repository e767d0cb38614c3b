/* Layers that can be mapped, by name or by default, and the network behind one of them run alone. */
#include "explain/head.h"

#include <string.h>

/* Backwards from n to what is averaged, flattened, or still has places; joined branches have one each. */
static int collect(const struct node *n, const struct node **layer, int count)
{
	bool averaged;

	if (n->op == OP_flatten)
		n = n->in[0];
	if ((averaged = n->op == OP_gap || n->adaptive))
		n = n->in[0];
	if (averaged || n->h * n->w > 1) {
		for (int i = 0; i < count; i++)
			if (layer[i] == n)
				return count;
		if (count < LAYER_DEFAULTS)
			layer[count++] = n;
		return count;
	}
	for (int i = 0; i < n->nin; i++)
		count = collect(n->in[i], layer, count);
	return count;
}

int layer_defaults(const struct graph *g, const struct node *layer[LAYER_DEFAULTS])
{
	return collect(g->output, layer, 0);
}

const struct node *layer_default(const struct graph *g)
{
	const struct node *layer[LAYER_DEFAULTS];

	return layer_defaults(g, layer) > 0 ? layer[0] : NULL;
}

static bool is_default(const struct graph *g, const struct node *n)
{
	const struct node *layer[LAYER_DEFAULTS];
	int count = layer_defaults(g, layer);

	for (int i = 0; i < count; i++)
		if (layer[i] == n)
			return true;
	return false;
}

static bool has_places(const struct node *n)
{
	return n->op != OP_gap && n->op != OP_flatten && n->op != OP_dense && n->h * n->w > 1;
}

static bool can_be_mapped(const struct graph *g, const struct node *n)
{
	return has_places(n) || is_default(g, n);
}

/* The last layers' names, as many as fit, nearest to the output first. */
static void list_layers(const struct graph *g, struct text *names)
{
	for (int i = g->nnode - 1; i >= 0; i--) {
		if (!has_places(g->node[i]))
			continue;
		if (names->len > 600) {
			text_add(names, " ... (cxr-model info lists all)");
			return;
		}
		text_addf(names, "%s%s", names->len ? ", " : "", g->node[i]->name);
	}
}

const struct node *layer_find(const struct graph *g, const char *name, struct err *e)
{
	const struct node *found = graph_find(g, name);
	struct text names = {0};
	size_t len = strlen(name);
	bool exact = found;

	for (int i = g->nnode - 1; i >= 0 && !(found && (exact || can_be_mapped(g, found))); i--)
		if (strncmp(g->node[i]->name, name, len) == 0 && g->node[i]->name[len] == '.')
			found = !found || can_be_mapped(g, g->node[i]) ? g->node[i] : found;
	if (found && can_be_mapped(g, found))
		return found;
	list_layers(g, &names);
	if (found)
		err_set(e, "layer %s has no places to map: choose one of %s", name, names.len ? names.s : "none");
	else
		err_set(e, "no layer %s: the layers are %s", name, names.len ? names.s : "none");
	text_free(&names);
	return NULL;
}

void score_grad(const struct net *n, int k, float *grad)
{
	int logits = net_logits(n);

	memset(grad, 0, (size_t)logits * sizeof *grad);
	if (logits == 1)
		grad[0] = k == n->classes.n - 1 ? 1 : -1;
	else
		grad[k] = 1;
}

double class_score(const struct net *n, int k, const float *z)
{
	if (net_logits(n) > 1)
		return (double)z[k];
	return k == n->classes.n - 1 ? (double)z[0] : -(double)z[0];
}

const struct node *head_dense(const struct graph *g, const struct node *layer, int *at)
{
	const struct node *dense, *gap[GAPS];
	int n = graph_gaps(g, gap, &dense);

	*at = 0;
	for (int i = 0; i < n; *at += gap[i++]->c)
		if (gap[i]->in[0] == layer)
			return dense;
	return NULL;
}

void head_grad(const struct net *n, const struct node *layer, int k, float *g)
{
	int at, hw = layer->h * layer->w, row = net_logits(n) == 1 ? 0 : k;
	const struct param *p = n->g->param[head_dense(n->g, layer, &at)->param[0]];
	float sign = net_logits(n) == 1 && k != n->classes.n - 1 ? -1 : 1;
	const float *w = n->value + p->offset + (size_t)row * (p->count / (size_t)p->shape[0]) + at;

	for (int i = 0; i < hw; i++)
		for (int c = 0; c < layer->c; c++)
			g[(size_t)i * layer->c + c] = sign * w[c] / (float)hw;
}
