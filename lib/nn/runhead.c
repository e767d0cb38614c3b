/* The head of a run: is the stream made for the models, and what the output says of them. */
#include "nn/runhead.h"

#include <stdlib.h>
#include <string.h>

int runhead_check(const struct reader *in, const struct net *net, bool force, struct err *e)
{
	const char *line = record_get(&in->head, "recipe");
	char have[RECIPE_TEXT] = "none", want[RECIPE_TEXT];
	struct recipe r;

	recipe_default(&r);
	if (line && recipe_parse(&r, line, e))
		return err_prefix(e, "%s", in->src->name);
	if (line)
		recipe_format(&r, have);
	if (!force && strcmp(have, recipe_format(&net->recipe, want)))
		return err_set(e, "%s: the stream's recipe is '%s', the model's '%s' (cxr-prep -m MODEL makes it fit)",
		               in->src->name, have, want);
	return 0;
}

void runhead_set(struct record *head, struct net *const *net, int n, const char *tool, const char *options)
{
	char *classes = classes_list(&net[0]->classes);
	struct text pg = {0};

	for (int i = 0; i < n; i++)
		text_addf(&pg, "%s-m %.16s", i ? " " : "", net[i]->digest);
	text_addf(&pg, "%s%s", *options ? " " : "", options);
	head_add_pg(head, tool, CXR_VERSION, pg.s);
	if (!net_is_map(net[0]))
		record_set(head, "classes", classes);
	text_free(&pg);
	free(classes);
}

int runhead_put_models(struct sink *out, struct net *const *net, int n, struct err *e)
{
	struct record r = {0};
	int rc = 0;

	for (int i = 0; i < n && !rc; i++) {
		net_describe(net[i], &r);
		rc = sink_put(out, &r, e);
	}
	record_free(&r);
	return rc;
}

void strangers_see(struct strangers *s, const struct classes *known, struct record *item)
{
	const struct classes seen = {s->name, s->kinds};
	const char *label = record_get(item, "label");
	int most = sizeof s->name / sizeof *s->name;

	if (!label || !*label || classes_index(known, label) >= 0)
		return;
	s->items++;
	if (classes_index(&seen, label) < 0 && s->kinds < most)
		s->name[s->kinds++] = xstrdup(label);
	else if (classes_index(&seen, label) < 0)
		s->more = true;
	record_set(item, "label", "");
}

char *strangers_tell(const struct strangers *s, const struct classes *known)
{
	const struct classes seen = {(char **)s->name, s->kinds};
	char *ours, *theirs, *line;

	if (!s->items)
		return NULL;
	ours = classes_list(known);
	theirs = classes_list(&seen);
	line = xasprintf("the labels of %lld item%s are none of the model's classes and are left out: %s%s; "
	                 "its classes are %s",
	                 (long long)s->items, s->items == 1 ? "" : "s", theirs, s->more ? ",..." : "", ours);
	free(ours);
	free(theirs);
	return line;
}

void strangers_free(struct strangers *s)
{
	for (int i = 0; i < s->kinds; i++)
		free(s->name[i]);
}
