/* The commands of cxr-model. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "model.h"
#include "nn/start.h"
#include "zoo/zoo.h"

static struct net *load(const char *path)
{
	struct err e;
	struct net *n = zoo_load(path, &e);

	if (!n)
		die_err(&e);
	return n;
}

static void save(struct net *n, const char *path)
{
	struct err e;

	if (net_save(n, path, &e))
		die_err(&e);
	net_free(n);
}

void model_info(const struct model_options *m)
{
	struct net *n = load(m->file);
	struct record r = {0};

	net_to_record(n, &r);
	for (int i = 0; i < r.nmeta; i++) {
		const char *key = r.meta[i].key, *value = r.meta[i].value;

		if (strcmp(key, "cxr") == 0)
			continue;
		if (strcmp(key, "train.sha256") == 0)
			printf("train.pictures\t%zu\n", strlen(value) / 16);
		else
			printf("%s\t%s\n", key, value);
	}
	printf("parameters\t%zu\n\n", graph_count(n->g));
	graph_dump(n->g, stdout);
	record_free(&r);
	net_free(n);
}

void model_import(const struct model_options *m)
{
	struct recipe recipe;
	struct start s;
	struct net *n;
	struct err e;

	if (!m->arch)
		die_usage("cxr-model import needs -a");
	if (model_kind_of(m->file))
		die("%s: %s: only safetensors are read so far", m->file, model_kind_of(m->file));
	recipe_default(&recipe);
	if (recipe_parse(&recipe, m->recipe, &e))
		die_usage("%s", e.text);
	if (!(n = zoo_net(m->arch, &recipe, 0, &e)))
		die_usage("%s", e.text);
	if (classes_parse(&n->classes, m->classes, &e))
		die_usage("%s", e.text);
	if (net_logits(n) != (net_logits(n) == 1 ? n->classes.n - 1 : n->classes.n))
		die_usage("%d classes, but the network has %d outputs", n->classes.n, net_logits(n));
	if (start_net(n, m->seed, m->file, &s, &e))
		die_err(&e);
	if (s.loaded < s.total && !m->partial)
		die("%s: has nothing for %s (--partial starts them at random)", m->file, s.random.s);
	if (!tool_quiet)
		warn("%s: %d of %d tensors loaded%s%s%s%s", m->file, s.loaded, s.total, *s.random.s ? "; started at random: " : "",
		     s.random.s, *s.unused.s ? "; not used: " : "", s.unused.s);
	start_free(&s);
	save(n, m->output);
}

/* Tensors only, as safetensors' own libraries write them for torch. */
void model_export(const struct model_options *m)
{
	size_t length = strlen(m->output);
	struct net *n = load(m->file);
	struct record r = {0};
	struct outfile o;
	struct err e;

	if (length > 4 && strcmp(m->output + length - 4, ".npz") == 0)
		die_usage("%s: only safetensors are written so far", m->output);
	net_to_record(n, &r);
	while (r.nmeta)
		record_set(&r, r.meta[0].key, NULL);
	record_set(&r, "format", "pt");
	if (outfile_open(&o, m->output, &e) || record_write(&r, o.f, NULL, &e) || outfile_commit(&o, &e))
		die("%s: %s", m->output, e.text);
	record_free(&r);
	net_free(n);
}

void model_set(const struct model_options *m)
{
	struct net *n = load(m->file);

	if (isnan(m->threshold) && isnan(m->temperature))
		die_usage("cxr-model set needs --threshold or --temperature");
	if (m->threshold > 1)
		die_usage("threshold %g is no probability", m->threshold);
	if (m->temperature == 0)
		die_usage("temperature 0 divides by nothing");
	if (!isnan(m->threshold))
		n->threshold = m->threshold;
	if (!isnan(m->temperature))
		n->temperature = m->temperature;
	if (m->note) {
		char *text = text_escape(m->note, strlen(m->note));

		record_set(&n->meta, "chosen", text);
		free(text);
	}
	save(n, m->output);
}
