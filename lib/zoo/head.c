/* Heads: the layers of head= behind pooled features, and the map of dense=. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/num.h"
#include "nn/select.h"
#include "zoo/family.h"

static int parse_layer(struct head_layer *l, const char *word, struct err *e)
{
	int64_t width;
	double rate;

	if (strcmp(word, "bn") == 0) {
		l->op = OP_bn;
	} else if (strcmp(word, "relu") == 0) {
		l->op = OP_act;
	} else if (num_int(word, 1, 16384, &width)) {
		l->op = OP_dense;
		l->width = (int)width;
	} else if (strncmp(word, "drop", 4) == 0 && num_double(word + 4, &rate) && rate >= 0 && rate < 1) {
		l->op = OP_dropout;
		l->rate = (float)rate;
	} else {
		return err_set(e, "head=: '%s' is neither bn, relu, a width up to 16384 nor drop with a rate from 0 to below 1, "
		               "as in head=drop0.4,128,relu", word);
	}
	return 0;
}

int head_parse(struct head *h, const char *text, struct err *e)
{
	int n, status = 0;
	char **word = choice_split(text, ',', &n);

	*h = (struct head){.n = 0};
	for (int k = 0; k < n && !status; k++)
		status = k == HEAD_LAYERS ? err_set(e, "head=: more than %d layers", HEAD_LAYERS)
		                          : parse_layer(&h->layer[h->n++], word[k], e);
	free(word);
	return status;
}

struct node *head_build(struct graph *g, const char *name, const struct head *h, struct node *in, int logits)
{
	char module[64];

	for (int i = 0; i < h->n; i++) {
		const struct head_layer *l = &h->layer[i];

		snprintf(module, sizeof module, "%s.%d", name, i);
		if (l->op == OP_bn)
			in = graph_bn(g, module, in, 1e-5f);
		else if (l->op == OP_act)
			in = graph_act(g, module, in, ACT_RELU);
		else if (l->op == OP_dropout)
			in = graph_dropout(g, module, in, l->rate);
		else
			in = graph_dense(g, module, in, l->width, true);
	}
	snprintf(module, sizeof module, "%s.%d", name, h->n);
	return graph_dense(g, module, in, logits, true);
}

enum { DENSE_LAYERS = 8 };

/* The layers of dense=, each by its name or the last one under it. How many; -1 and a message. */
static int dense_layers(const struct graph *g, const char *layers, struct node *at[DENSE_LAYERS],
                        char *name[DENSE_LAYERS], struct err *e)
{
	char *copy = xstrdup(layers), *rest = copy, *word;
	int n = 0, rc = 0;

	while (!rc && (word = strsep(&rest, ","))) {
		const struct node *found = *word ? graph_last_under(g, word) : NULL;

		if (n == DENSE_LAYERS)
			rc = err_set(e, "dense=: more than %d layers", DENSE_LAYERS);
		else if (!found || found->h * found->w == 1)
			rc = err_set(e, "dense=: '%s' is no layer with places (cxr-model info lists all)", word);
		else {
			at[n] = g->node[found->index];
			name[n++] = xasprintf("dense.%s", word);
		}
	}
	free(copy);
	for (int i = 0; rc && i < n; i++)
		free(name[i]);
	return rc ? -1 : n;
}

struct node *dense_build(struct graph *g, const char *layers, int height, int width, struct err *e)
{
	struct node *at[DENSE_LAYERS], *sum = NULL;
	char *name[DENSE_LAYERS];
	const struct node *last = NULL;
	int n = g->failed ? 0 : dense_layers(g, layers, at, name, e);

	for (int i = 0; i < n; i++)
		last = !last || at[i]->index > last->index ? at[i] : last;
	if (last)
		graph_cut(g, last);
	for (int i = 0; i < n; i++) {
		struct node *map = graph_conv(g, name[i], at[i], 1, window_square(1, 1, 0), 1, true);
		char *large = xasprintf("%s.enlarge", name[i]), *add = xasprintf("%s.add", name[i]);

		if (map)
			map->logits = true;
		map = graph_enlarge(g, large, map, height, width);
		sum = i ? graph_add(g, add, sum, map) : map;
		free(large);
		free(add);
		free(name[i]);
	}
	return sum;
}
