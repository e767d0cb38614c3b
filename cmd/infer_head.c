/* What comes before the items: the checks of the input's head, the output's head and its model records. */
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
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

void infer_open_stream(struct infer *f)
{
	struct text pg = {0}, names = {0};
	char number[NUM_TEXT];
	struct record r = {0};
	struct err e;

	for (int i = 0; i < f->n; i++)
		text_addf(&pg, "%s-m %.16s", i ? " " : "", f->net[i]->digest);
	if (f->mc >= 0)
		text_addf(&pg, " --mc %d", f->mc);
	text_addf(&pg, "%s%s", f->feat ? " --feat" : "", f->force ? " --force-recipe" : "");
	for (int k = 0; k < f->net[0]->classes.n; k++)
		text_addf(&names, "%s%s", k ? "," : "", f->net[0]->classes.name[k]);
	head_add_pg(&f->in.head, "cxr-infer", CXR_VERSION, pg.s);
	record_set(&f->in.head, "classes", names.s);
	int rc = writer_open(&f->out, stdout, &f->in.head, &e);
	for (int i = 0; i < f->n && !rc; i++) {
		record_clear(&r);
		record_set(&r, "cxr", "model");
		record_set(&r, "arch", f->net[i]->arch);
		record_set(&r, "digest", f->net[i]->digest);
		record_set(&r, "classes", names.s);
		record_set(&r, "threshold", num_text(f->net[i]->threshold, number));
		record_set(&r, "temperature", num_text(f->net[i]->temperature, number));
		rc = writer_put(&f->out, &r, &e);
	}
	if (rc)
		die("standard output: %s", e.text);
	record_free(&r);
	text_free(&pg);
	text_free(&names);
}
