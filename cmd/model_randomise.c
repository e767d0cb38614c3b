/* cxr-model randomise: a model of which some modules have forgotten what they learned. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"
#include "model.h"
#include "nn/plan.h"
#include "nn/select.h"
#include "zoo/zoo.h"

/* Of a module that is drawn anew everything is, running statistics too, which no training names. */
static void add_statistics(const struct graph *g, bool *which)
{
	for (int i = 0; i < g->nparam; i++)
		which[i] |= which[g->param[i]->node->param[0]];
}

void model_randomise(const struct model_options *m)
{
	struct net *n;
	struct err e;

	if (!m->layers)
		die_usage("cxr-model randomise needs --layer");
	if (!(n = zoo_load(m->file, &e)))
		die_err(&e);
	bool *which = xcalloc((size_t)n->g->nparam, sizeof *which);
	if (graph_select(n->g, m->layers, which, &e))
		die("%s: %s", m->file, e.text);
	add_statistics(n->g, which);
	net_init(n, m->seed, which);
	free(which);
	record_setf(&n->meta, "randomised", "%s, seed %llu, of %.16s", m->layers, (unsigned long long)m->seed, n->digest);
	model_save(n, m->output);
}
