/* cxr-model import: a model of plain weights. */
#include <stdlib.h>

#include "model.h"
#include "nn/start.h"
#include "zoo/weights.h"
#include "zoo/zoo.h"

/* The network of -a with the recipe and the classes that were given; parameters are zero. */
static struct net *build(const struct model_options *m)
{
	struct recipe recipe;
	struct net *n;
	struct err e;
	int logits;

	recipe_default(&recipe);
	if (recipe_parse(&recipe, m->recipe, &e) || !(n = zoo_net(m->arch, &recipe, 0, &e)) ||
	    classes_parse(&n->classes, m->classes, &e))
		die_usage("%s", e.text);
	logits = net_logits(n);
	if (n->classes.n != (logits == 1 ? 2 : logits))
		die_usage("%d classes, but the network has %d output%s", n->classes.n, logits, logits == 1 ? "" : "s");
	return n;
}

void model_import(const struct model_options *m)
{
	struct record weights = {0};
	struct start s;
	struct net *n;
	struct err e;

	if (!m->arch)
		die_usage("cxr-model import needs -a");
	n = build(m);
	if (weights_read_under(&weights, m->file, n, m->prefix, &e))
		die_err(&e);
	if (start_net(n, m->seed, &weights, &s, &e))
		die("%s: %s", m->file, e.text);
	char *text = start_text(&s);

	if (!s.head && !m->partial)
		die("%s: not all of %s is there (--partial starts the rest at random): %s", m->file, n->arch, text);
	if (!tool_quiet)
		warn("%s: %s", m->file, text);
	free(text);
	start_free(&s);
	record_free(&weights);
	model_save(n, m->output);
}
