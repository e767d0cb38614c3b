/* What comes before the items: are there scores, and whose; the head, the model records. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cam/item.h"

/* What cannot change results is left out. */
static void set_head(struct cam *c)
{
	struct text t = {0};

	text_addf(&t, "--method %s", c->o.methods);
	if (c->o.layers)
		text_addf(&t, " --layer %s", c->o.layers);
	text_add(&t, ((const char *[]){"", " --fuse", " --fuse-by product"})[c->x.blend.fuse]);
	text_add(&t, c->x.blend.flip ? " --flip" : "");
	for (int i = 0; i < c->x.blend.nzoom; i++)
		text_addf(&t, "%s%.9g", i ? "," : " --zoom ", c->x.blend.zoom[i]);
	text_addf(&t, " --class %s", c->x.target < 0 ? "pred" : c->x.net->classes.name[c->x.target]);
	if (c->x.blend.normalise_given)
		text_addf(&t, " --normalise %s", normaliser_name(c->x.blend.normalise));
	if (c->o.samples)
		text_addf(&t, " --samples %d", c->o.samples);
	if (c->o.patch)
		text_addf(&t, " --patch %d", c->o.patch);
	if (c->x.baseline.name)
		text_addf(&t, " --baseline %s", c->x.baseline.name);
	if (c->o.noise >= 0)
		text_addf(&t, " --noise %g", c->o.noise);
	if (c->x.q.seed != 1)
		text_addf(&t, " --seed %" PRIu64, c->x.q.seed);
	if (c->o.measures)
		text_addf(&t, " --measure %s%s", c->o.measures, c->truth.against.path ? " --against" : "");
	if (c->o.force)
		text_add(&t, " --force-recipe");
	runhead_set(&c->in.head, c->x.blend.net, c->o.nmodel, "cxr-cam", t.s);
	text_free(&t);
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
	c->x.scored = false;
	for (int i = 0; i < n; i++)
		c->x.scored |= is_model(&before[i], NULL);
	for (int m = 0; m < c->o.nmodel && c->x.scored; m++) {
		bool ours = false;

		for (int i = 0; i < n; i++)
			ours |= is_model(&before[i], c->x.blend.net[m]);
		if (!ours)
			return err_set(e, "%s: the scores are another model's, not those of %s", c->in.src->name, c->o.models[m]);
	}
	for (int m = 0; m < c->o.nmodel; m++)
		c->x.blend.x[m].score = !c->x.scored;
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
	int rc;

	c->out = (struct sink){
		.kind = c->o.table ? SINK_TABLE : c->o.stream ? SINK_STREAM : SINK_NONE,
		.rows = measure_rows(c), .name = "standard output",
	};
	rc = sink_open(&c->out, stdout, &c->in.head, tool_resume, e);
	for (int i = 0; i < n && !rc; i++)
		rc = sink_put(&c->out, &before[i], e);
	return rc || c->x.scored ? rc : runhead_put_models(&c->out, c->x.blend.net, c->o.nmodel, e);
}

int cam_open(struct cam *c, struct record *first, struct err *e)
{
	struct record *before = NULL;
	int n = 0, rc = read_to_item(c, first, &before, &n, e), wrote = 0;

	if (rc >= 0) {
		set_head(c);
		wrote = open_output(c, before, n, e);
	}
	for (int i = 0; i < n; i++)
		record_free(&before[i]);
	free(before);
	return wrote ? -1 : rc;
}
