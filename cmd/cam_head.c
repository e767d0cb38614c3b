/* What comes before the items: checks, the head, the model records. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "cam_item.h"

void cam_check_head(struct cam *c)
{
	const char *line = record_get(&c->in.head, "recipe");
	char have[RECIPE_TEXT] = "none", want[RECIPE_TEXT];
	struct recipe r;
	struct err e;

	recipe_default(&r);
	if (line && recipe_parse(&r, line, &e))
		die("%s: %s", c->in.src->name, e.text);
	if (line)
		recipe_format(&r, have);
	if (!c->force && strcmp(have, recipe_format(&c->net->recipe, want)))
		die("%s: the stream's recipe is '%s', the model's '%s' (cxr-prep -m MODEL makes it fit)", c->in.src->name, have,
		    want);
	c->items = head_items(&c->in.head);
	int64_t share = head_share(&c->in.head);
	if (share && share < c->blend.batch)
		c->blend.batch = (int)share; /* a few images need no room for many */
}

static void add_provenance(struct cam *c)
{
	struct text t = {0};

	for (int i = 0; i < c->nmodel; i++)
		text_addf(&t, "-m %.16s ", c->blend.net[i]->digest);
	text_addf(&t, "--method %s", c->methods);
	if (c->layers)
		text_addf(&t, " --layer %s", c->layers);
	text_addf(&t, "%s%s", c->blend.fuse ? " --fuse" : "", c->blend.flip ? " --flip" : "");
	text_addf(&t, " --class %s --normalise %s", c->target < 0 ? "pred" : c->net->classes.name[c->target],
	          normaliser_name(c->blend.normalise));
	if (c->samples)
		text_addf(&t, " --samples %d", c->samples);
	if (c->patch)
		text_addf(&t, " --patch %d", c->patch);
	if (c->q.seed != 1)
		text_addf(&t, " --seed %" PRIu64, c->q.seed);
	if (c->measures)
		text_addf(&t, " --measure %s%s", c->measures, c->against.path ? " --against" : "");
	if (c->force)
		text_add(&t, " --force-recipe");
	head_add_pg(&c->in.head, "cxr-cam", CXR_VERSION, t.s);
	text_free(&t);
}

/* The model records that cxr-infer would write. */
static int put_models(struct cam *c, struct err *e)
{
	struct record r = {0};
	int rc = 0;

	for (int i = 0; i < c->nmodel && !rc; i++) {
		net_describe(c->blend.net[i], &r);
		rc = writer_put(&c->out, &r, e);
	}
	record_free(&r);
	return rc;
}

/* Is this the record of a model that scored the stream? */
static bool is_model(const struct record *r, const struct net *n)
{
	const char *digest = record_get(r, "digest");

	return strcmp(record_kind(r), "model") == 0 && (!n || (digest && strcmp(digest, n->digest) == 0));
}

/* A stream that is scored is to have the scores of every model; of one that had more, some may be explained. */
static int check_models(struct cam *c, const struct record *before, int n, struct err *e)
{
	c->scored = false;
	for (int i = 0; i < n; i++)
		c->scored |= is_model(&before[i], NULL);
	for (int m = 0; m < c->nmodel && c->scored; m++) {
		bool ours = false;

		for (int i = 0; i < n; i++)
			ours |= is_model(&before[i], c->blend.net[m]);
		if (!ours)
			return err_set(e, "%s: the scores are another model's, not those of %s", c->in.src->name, c->models[m]);
	}
	for (int m = 0; m < c->nmodel; m++)
		c->blend.x[m].score = !c->scored;
	return 0;
}

/* Everything up to the first item, in memory: a few records at most. */
static int read_to_item(struct cam *c, struct record *first, struct record **before, int *n, struct err *e)
{
	size_t cap = 0;
	int rc;

	while ((rc = reader_next(&c->in, first, e)) > 0 && !record_is_item(first)) {
		*before = grow(*before, (size_t)*n, &cap, sizeof **before);
		memset(&(*before)[*n], 0, sizeof **before);
		record_copy(&(*before)[(*n)++], first);
	}
	return rc >= 0 && check_models(c, *before, *n, e) ? -1 : rc;
}

static int open_output(struct cam *c, const struct record *before, int n, struct err *e)
{
	int rc = 0;

	if (c->table)
		return table_open(&c->rows, stdout, &c->in.head, tool_resume, e) ? err_prefix(e, "standard output") :
		       measure_head(c, e);
	if (!c->stream)
		return 0;
	if (tool_write_stream(&c->out, &c->in.head, e))
		return -1;
	for (int i = 0; i < n && !rc; i++)
		rc = writer_put(&c->out, &before[i], e);
	if (!rc && !c->scored)
		rc = put_models(c, e);
	return rc ? err_prefix(e, "standard output") : 0;
}

int cam_open(struct cam *c, struct record *first, struct err *e)
{
	struct record *before = NULL;
	int n = 0, rc = read_to_item(c, first, &before, &n, e), wrote = 0;

	if (rc >= 0) {
		char *names = classes_list(&c->net->classes);

		record_set(&c->in.head, "classes", names);
		free(names);
		add_provenance(c);
		wrote = open_output(c, before, n, e);
	}
	for (int i = 0; i < n; i++)
		record_free(&before[i]);
	free(before);
	return wrote ? -1 : rc;
}
