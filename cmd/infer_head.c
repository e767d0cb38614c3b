/* What comes before the items: the checks of the input's head, the output's head and its model records. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "infer.h"

void infer_check_head(const struct infer *f)
{
	const char *line = record_get(&f->in.head, "recipe"), *names = record_get(&f->in.head, "classes");
	char have[RECIPE_TEXT] = "none", want[RECIPE_TEXT];
	struct classes c = {0};
	struct recipe r;
	struct err e;
	int known = 0;

	recipe_default(&r);
	if (line && recipe_parse(&r, line, &e))
		die("%s: %s", f->in.src->name, e.text);
	if (line)
		recipe_format(&r, have);
	if (!f->force && strcmp(have, recipe_format(&f->net[0]->recipe, want)))
		die("%s: the stream's recipe is '%s', the model's '%s' (cxr-prep -m MODEL makes it fit)", f->in.src->name,
		    have, want);
	if (names && classes_parse(&c, names, &e))
		die("%s: %s", f->in.src->name, e.text);
	for (int k = 0; k < c.n; k++)
		known += classes_index(&f->net[0]->classes, c.name[k]) >= 0;
	if (c.n > 1 && !known && !tool_quiet)
		warn("%s: none of the stream's classes (%s) is one of the model's: labels are left out", f->in.src->name, names);
	classes_free(&c);
}

static void add_provenance(struct infer *f)
{
	struct text pg = {0};

	for (int i = 0; i < f->n; i++)
		text_addf(&pg, "%s-m %.16s", i ? " " : "", f->net[i]->digest);
	if (f->mc >= 0)
		text_addf(&pg, " --mc %d", f->mc);
	text_addf(&pg, "%s%s", f->feat ? " --feat" : "", f->force ? " --force-recipe" : "");
	head_add_pg(&f->in.head, "cxr-infer", CXR_VERSION, pg.s);
	text_free(&pg);
}

static int put_model(struct infer *f, const struct net *net, struct err *e)
{
	struct record r = {0};

	net_describe(net, &r);
	int rc = writer_put(&f->out, &r, e);
	record_free(&r);
	return rc ? err_prefix(e, "standard output") : 0;
}

void infer_open(struct infer *f)
{
	char *classes = classes_list(&f->net[0]->classes);
	struct err e;
	int rc;

	add_provenance(f);
	record_set(&f->in.head, "classes", classes);
	if (f->table)
		rc = table_open(&f->rows, stdout, &f->in.head, tool_resume, &e) ? err_prefix(&e, "standard output") : 0;
	else
		rc = tool_write_stream(&f->out, &f->in.head, &e);
	for (int i = 0; i < f->n && !rc && !f->table; i++)
		rc = put_model(f, f->net[i], &e);
	if (rc)
		die_err(&e);
	free(classes);
}
