/* cxr-model import: a model of plain weights. */
#include "model.h"
#include "nn/start.h"
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
	struct start s;
	struct net *n;
	struct err e;

	if (!m->arch)
		die_usage("cxr-model import needs -a");
	n = build(m);
	model_check_weights(m->file);
	if (start_net(n, m->seed, m->file, &s, &e))
		die_err(&e);
	const char *unused = *s.unused.s ? "; not used: " : "";
	if (s.loaded < s.total && !m->partial)
		die("%s: nothing that fits %s (--partial starts them at random)%s%s", m->file, s.random.s, unused, s.unused.s);
	if (!tool_quiet)
		warn("%s: %d of %d tensors loaded%s%s%s%s", m->file, s.loaded, s.total,
		     *s.random.s ? "; started at random: " : "", s.random.s, unused, s.unused.s);
	start_free(&s);
	model_save(n, m->output);
}
