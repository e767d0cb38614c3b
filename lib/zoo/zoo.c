#include "zoo/zoo.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "zoo/family.h"

static const struct family *const families[] = {&family_resnet};
enum { FAMILIES = sizeof families / sizeof *families };

/* A spec taken apart: NAME[:key=value[:key=value...]] */
struct spec {
	char *name;
	int classes, channels; /* 0: not given */
};

static int spec_int(const char *key, const char *value, int most, int *to, struct err *e)
{
	int64_t v;

	if (!num_int(value, 1, most, &v))
		return err_set(e, "%s=%s: not a number from 1 to %d", key, value, most);
	*to = (int)v;
	return 0;
}

static int spec_parse(struct spec *s, const char *text, struct err *e)
{
	char *copy = xstrdup(text), *rest = copy, *field;
	int status = 0;

	*s = (struct spec){0};
	s->name = xstrdup(strsep(&rest, ":"));
	while (!status && (field = strsep(&rest, ":"))) {
		char *value = strchr(field, '=');

		if (value)
			*value++ = '\0';
		if (value && strcmp(field, "classes") == 0)
			status = spec_int(field, value, 10000, &s->classes, e);
		else if (value && strcmp(field, "channels") == 0)
			status = spec_int(field, value, 3, &s->channels, e);
		else
			status = err_set(e, "'%s' is no part of an architecture spec (classes=N, channels=N)", field);
	}
	free(copy);
	return status;
}

static const struct variant *find(const char *name, const struct family **family)
{
	for (int f = 0; f < FAMILIES; f++)
		for (const struct variant *v = families[f]->variant; v->name; v++)
			if (strcmp(v->name, name) == 0) {
				*family = families[f];
				return v;
			}
	return NULL;
}

static int unknown(const char *name, struct err *e)
{
	struct text known = {0};

	for (int f = 0; f < FAMILIES; f++)
		for (const struct variant *v = families[f]->variant; v->name; v++)
			text_addf(&known, " %s", v->name);
	err_set(e, "unknown architecture '%s'; known:%s", name, known.s);
	text_free(&known);
	return -1;
}

static struct net *build(const struct spec *s, const struct recipe *recipe, int logits, struct err *e)
{
	const struct family *family = NULL;
	const struct variant *v = find(s->name, &family);
	int channels = s->channels ? s->channels : recipe->channels;
	struct graph *g;
	struct net *n;
	char *arch;

	if (!v) {
		unknown(s->name, e);
		return NULL;
	}
	if (recipe->width < family->smallest || recipe->height < family->smallest) {
		err_set(e, "%s needs pictures of at least %dx%d, not %dx%d", s->name, family->smallest, family->smallest,
		        recipe->width, recipe->height);
		return NULL;
	}
	g = graph_new();
	if (graph_end(g, family->build(g, v, graph_input(g, recipe->height, recipe->width, channels), logits), e)) {
		graph_free(g);
		return NULL;
	}
	arch = xasprintf("%s:classes=%d:channels=%d", s->name, logits, channels);
	n = net_new(g, arch, e);
	free(arch);
	if (n)
		n->recipe = *recipe;
	return n;
}

struct net *zoo_net(const char *text, const struct recipe *recipe, int logits, struct err *e)
{
	struct spec s;
	struct net *n = NULL;

	if (spec_parse(&s, text, e) == 0) {
		if (s.channels && s.channels != recipe->channels)
			err_set(e, "channels=%d, but the recipe makes pictures of %d", s.channels, recipe->channels);
		else
			n = build(&s, recipe, s.classes ? s.classes : logits ? logits : 1, e);
	}
	free(s.name);
	return n;
}

struct net *zoo_load(const char *path, struct err *e)
{
	struct record r = {0};
	struct recipe recipe;
	struct net *n = NULL;
	const char *arch, *line;

	if (record_read_file(&r, path, e)) {
		record_free(&r);
		return NULL;
	}
	arch = record_get(&r, "arch");
	line = record_get(&r, "recipe");
	recipe_default(&recipe);
	if (strcmp(record_kind(&r), "net") || !arch || !line)
		err_set(e, "%s: not a model (cxr-model import makes one of plain weights)", path);
	else if (recipe_parse(&recipe, line, e) || !(n = zoo_net(arch, &recipe, 0, e)) || net_from_record(n, &r, e)) {
		err_prefix(e, "%s", path);
		net_free(n);
		n = NULL;
	}
	record_free(&r);
	return n;
}

void zoo_names(FILE *f)
{
	for (int i = 0; i < FAMILIES; i++)
		for (const struct variant *v = families[i]->variant; v->name; v++)
			fprintf(f, "%s\n", v->name);
}
