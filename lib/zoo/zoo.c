/* Architecture specs to networks, and model files to networks. */
#include "zoo/zoo.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "zoo/family.h"

/* A spec taken apart: NAME[:key=value...] or stack:A+B[:key=value...] */
struct spec {
	char *name, *branches, *head, *dense; /* all but the name: NULL where there are none */
	int classes, channels;        /* 0: not given */
	int smallest;                 /* image of a stack */
	int last;                     /* stride of the last stage */
	bool aux;
};

static void spec_free(struct spec *s)
{
	free(s->name);
	free(s->branches);
	free(s->head);
	free(s->dense);
}

static int spec_int(const char *key, const char *value, int least, int most, int *to, struct err *e)
{
	int64_t v;

	if (!num_int(value, least, most, &v))
		return err_set(e, "%s=%s: not a number from %d to %d", key, value, least, most);
	*to = (int)v;
	return 0;
}

static int spec_key(struct spec *s, const char *key, const char *value, struct err *e)
{
	int aux = 0, status = 0;

	if (value && strcmp(key, "classes") == 0)
		return spec_int(key, value, 1, 10000, &s->classes, e);
	if (value && strcmp(key, "channels") == 0)
		return spec_int(key, value, 1, 3, &s->channels, e);
	if (value && strcmp(key, "aux") == 0) {
		status = spec_int(key, value, 0, 1, &aux, e);
		s->aux = aux;
	} else if (value && !strcmp(key, "last")) {
		status = spec_int(key, value, 1, 2, &s->last, e);
	} else if (value && (!strcmp(key, "head") || !strcmp(key, "dense"))) {
		char **to = *key == 'h' ? &s->head : &s->dense;

		free(*to);
		*to = xstrdup(value);
	} else {
		status = err_set(e, "'%s' is no part of an architecture spec (head=LAYERS, dense=LAYERS, classes=N, "
		                 "channels=N, aux=1, last=1)", key);
	}
	return status;
}

/* What does not go together. */
static int spec_check(const struct spec *s, struct err *e)
{
	if (s->branches && s->last != 2 && stack_check(s->branches, s->last, &(int){0}, e))
		return -1;
	if (s->dense && (s->head || s->aux || s->branches))
		return err_set(e, "dense= is a head of its own, of one network: without head=, aux=1 and stack:");
	if (s->dense && s->classes > 1)
		return err_set(e, "dense= has one output for each pixel, not %d", s->classes);
	return 0;
}

static int spec_parse(struct spec *s, const char *text, struct err *e)
{
	char *copy = xstrdup(text), *rest = copy, *field;
	int status = 0;

	*s = (struct spec){.last = 2};
	s->name = xstrdup(strsep(&rest, ":"));
	if (strcmp(s->name, "stack") == 0) {
		field = strsep(&rest, ":");
		s->branches = xstrdup(field ? field : "");
		status = stack_check(s->branches, 2, &s->smallest, e);
	}
	while (!status && (field = strsep(&rest, ":"))) {
		char *value = strchr(field, '=');

		if (value)
			*value++ = '\0';
		status = spec_key(s, field, value, e);
	}
	free(copy);
	return status ? status : spec_check(s, e);
}

static int check_size(const struct spec *s, const struct recipe *r, int smallest, struct err *e)
{
	if (r->width >= smallest && r->height >= smallest)
		return 0;
	return err_set(e, "%s%s%s%s needs images of at least %dx%d, not %dx%d", s->name, s->branches ? ":" : "",
	               s->branches ? s->branches : "", s->aux ? " with aux=1" : "", smallest, smallest, r->width, r->height);
}

static struct node *build_one(const struct spec *s, const struct recipe *r, struct graph *g, struct node *input,
                              int logits, struct err *e)
{
	const struct family *f;
	const struct variant *v = family_find(s->name, &f, e);
	struct head head;
	struct node *n;

	if (!v || (s->head && head_parse(&head, s->head, e)))
		return NULL;
	if (family_check_last(f, s->name, s->last, e))
		return NULL;
	if (s->aux && !f->smallest_aux) {
		err_set(e, "aux=1: %s has no auxiliary classifier", s->name);
		return NULL;
	}
	if (check_size(s, r, s->aux ? f->smallest_aux : f->smallest, e))
		return NULL;
	n = f->features(g, v, input, &(struct form){.aux = s->aux ? logits : 0, .last = s->last});
	if (s->dense)
		return dense_build(g, s->dense, r->height, r->width, e);
	return s->head ? head_build(g, f->classifier, &head, graph_gap(g, "avgpool", n), logits) : f->head(g, n, logits);
}

static struct node *build_stack(const struct spec *s, const struct recipe *r, struct graph *g, struct node *input,
                                int logits, struct err *e)
{
	struct head head;

	if (head_parse(&head, s->head ? s->head : stack_head, e))
		return NULL;
	if (s->aux) {
		err_set(e, "aux=1: a stack has no auxiliary classifier");
		return NULL;
	}
	if (check_size(s, r, s->smallest, e))
		return NULL;
	return head_build(g, "head", &head, stack_features(g, s->branches, input, s->last), logits);
}

/* The spec with all that decides which network it is, in one order. */
static char *canonical(const struct spec *s, int logits, int channels)
{
	struct text t = {0};

	text_add(&t, s->name);
	if (s->branches)
		text_addf(&t, ":%s", s->branches);
	if (s->head)
		text_addf(&t, ":head=%s", s->head);
	if (s->dense)
		text_addf(&t, ":dense=%s", s->dense);
	if (s->aux)
		text_add(&t, ":aux=1");
	if (s->last != 2)
		text_addf(&t, ":last=%d", s->last);
	text_addf(&t, ":classes=%d:channels=%d", logits, channels);
	return t.s;
}

/* A short file may ask for a large network: before there is memory for its tensors, are there about so many numbers?
 * What is missing from a file of the right size is named later. */
static int check_file(const struct graph *g, const struct record *file, struct err *e)
{
	size_t want = graph_count(g) + graph_statistics(g), have = 0;

	for (int i = 0; i < file->ntensor; i++)
		have += file->tensor[i].bytes / dtype_size(file->tensor[i].type);
	return want / 2 <= have + (1 << 22) ? 0 : err_set(e, "damaged: its arch wants %zu parameters, it has %zu", want, have);
}

/* file: where the parameters will come from, or NULL. */
static struct net *build(const struct spec *s, const struct recipe *recipe, int logits, const struct record *file,
                         struct err *e)
{
	int channels = s->channels ? s->channels : recipe->channels;
	struct graph *g = graph_new();
	struct node *input = graph_input(g, recipe->height, recipe->width, channels), *output;
	struct net *n = NULL;

	output = s->branches ? build_stack(s, recipe, g, input, logits, e) : build_one(s, recipe, g, input, logits, e);
	if ((!output && !g->failed) || graph_end(g, output, e) || (file && check_file(g, file, e))) {
		graph_free(g);
		return NULL;
	}
	char *arch = canonical(s, logits, channels);

	n = net_new(g, arch, e);
	free(arch);
	if (n)
		n->recipe = *recipe;
	return n;
}

static struct net *net_of(const char *text, const struct recipe *recipe, int logits, const struct record *file,
                          struct err *e)
{
	struct spec s;
	struct net *n = NULL;

	if (spec_parse(&s, text, e) == 0) {
		if (s.channels && s.channels != recipe->channels)
			err_set(e, "channels=%d, but the recipe makes images of %d", s.channels, recipe->channels);
		else
			n = build(&s, recipe, s.dense ? 1 : s.classes ? s.classes : logits ? logits : 1, file, e);
	}
	spec_free(&s);
	return n;
}

struct net *zoo_net(const char *text, const struct recipe *recipe, int logits, struct err *e)
{
	return net_of(text, recipe, logits, NULL, e);
}

bool zoo_gives_map(const char *spec)
{
	return strstr(spec, ":dense=") != NULL;
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
	else if (recipe_parse(&recipe, line, e) || !(n = net_of(arch, &recipe, 0, &r, e)) || net_from_record(n, &r, e)) {
		err_prefix(e, "%s", path);
		net_free(n);
		n = NULL;
	}
	record_free(&r);
	return n;
}
