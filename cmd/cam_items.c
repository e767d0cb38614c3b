/* Items in batches: read, run, mapped and drawn together, written in their order. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cam.h"

struct slot {
	struct record item;
	int place;      /* in the batch's maps, or -1: passes as it is */
	int class;
	bool flat;      /* some map is */
	struct err err; /* of drawing */
};

struct batch {
	struct cam *c;
	struct slot *slot;
	struct view *view;  /* by place */
	struct slot **at;   /* by place */
	int n, pictures;
	bool run;           /* some picture needs a forward */
	float **map;        /* scratch of each worker */
};

static const float *floats(const struct record *item, const char *name, size_t n)
{
	const struct tensor *t = record_tensor(item, name);

	return t && t->type == DT_F32 && t->bytes == n * sizeof(float) ? t->data : NULL;
}

/* The feature map that cxr-infer --feat left, when every map follows from it alone. */
static const float *kept_feature(const struct cam *c, const struct record *item)
{
	const struct node *f = head_feature(c->net->g, NULL);

	return c->scored && !c->x.backward && f ? floats(item, "feat", (size_t)f->h * (size_t)f->w * (size_t)f->c) : NULL;
}

static int fail(struct cam *c, struct slot *s, const char *why)
{
	const char *id = record_get(&s->item, "id");

	warn("%s: %s: %s", c->in.src->name, id ? id : "item without id", why);
	record_fail(&s->item, why);
	c->failed++;
	return -1;
}

/* A picture takes its place in the batch; -1 for an item that has none. */
static int take(struct batch *b, struct slot *s, struct err *e)
{
	struct cam *c = b->c;
	const struct node *in = c->net->g->input;
	const char *label = record_get(&s->item, "label");
	float *input;

	if (!record_is_item(&s->item) || record_error(&s->item))
		return -1;
	if (c->scored && (!floats(&s->item, "prob", (size_t)c->net->classes.n) || !record_tensor(&s->item, "image")))
		return fail(c, s, "no scores or no picture");
	if (label && classes_index(&c->net->classes, label) < 0)
		record_set(&s->item, "label", "");
	b->view[b->pictures] = (struct view){.feat = kept_feature(c, &s->item), .slot = b->pictures};
	b->at[b->pictures] = s;
	if (b->view[b->pictures].feat)
		return b->pictures++;
	b->run = true;
	if (!(input = explain_input(&c->x, e)))
		die_err(e);
	if (recipe_image(&c->net->recipe, &s->item, input + (size_t)b->pictures * ((size_t)in->h * (size_t)in->w * (size_t)in->c), e))
		return fail(c, s, e->text);
	return b->pictures++;
}

/* Fills the batch; *first, if it holds an item, is the first of all. */
static int read_batch(struct batch *b, struct record **first, struct err *e)
{
	int rc = 1;

	for (b->n = b->pictures = 0, b->run = false; b->n < b->c->batch; b->n++) {
		struct slot *s = &b->slot[b->n];

		if (*first)
			record_copy(&s->item, *first);
		else if ((rc = reader_next(&b->c->in, &s->item, e)) <= 0)
			break;
		*first = NULL;
		s->flat = false;
		s->err.text[0] = '\0';
		s->place = take(b, s, &s->err);
	}
	return rc;
}

static void add_scores(struct batch *b, int place)
{
	struct cam *c = b->c;
	int64_t logits = net_logits(c->net), classes = c->net->classes.n;
	struct record *item = &b->at[place]->item;
	const float *z = explain_logits(&c->x) + place * logits;

	memcpy(record_add(item, "logit", DT_F32, 1, &logits), z, (size_t)logits * sizeof *z);
	net_probs(c->net, z, record_add(item, "prob", DT_F32, 1, &classes));
}

static void explain_batch(struct batch *b)
{
	struct cam *c = b->c;

	if (b->run)
		explain_forward(&c->x, b->pictures);
	for (int i = 0; i < b->pictures; i++) {
		struct slot *s = b->at[i];

		if (!c->scored)
			add_scores(b, i);
		s->class = c->target >= 0 ? c->target : class_predicted(c->net, record_tensor(&s->item, "prob")->data);
		b->view[i].class = s->class;
		if (b->view[i].feat)
			b->view[i].feat = record_tensor(&s->item, "feat")->data;
	}
	if (b->pictures)
		explain_maps(&c->x, b->view, b->pictures);
}

/* "map", or "map.<method>.<layer>" where there are several. */
static void add_map(const struct cam *c, struct slot *s, int target, const float *map)
{
	const struct target *t = &c->x.target[target];
	int64_t shape[2] = {c->net->recipe.height, c->net->recipe.width};
	char *name = c->x.ntarget == 1 ? xstrdup("map") : xasprintf("map.%s.%s", method_name(t->method), t->layer->name);

	memcpy(record_add(&s->item, name, DT_F32, 2, shape), map, (size_t)(shape[0] * shape[1]) * sizeof *map);
	free(name);
}

static void finish_picture(void *ctx, size_t place, int worker)
{
	struct batch *b = ctx;
	const struct cam *c = b->c;
	struct slot *s = b->at[place];
	int h = c->net->recipe.height, w = c->net->recipe.width;
	float *map = b->map[worker];

	for (int t = 0; t < c->x.ntarget; t++) {
		const struct node *layer = c->x.target[t].layer;

		s->flat |= !map_finish(c->normalise, explain_raw(&c->x, (int)place, t), layer->h, layer->w, map, h, w);
		if (c->dir && !s->err.text[0])
			cam_draw(c, &s->item, s->class, t, map, &s->err);
		if (c->stream)
			add_map(c, s, t, map);
	}
}

static int write_batch(struct batch *b, struct err *e)
{
	for (int i = 0; i < b->n; i++) {
		struct slot *s = &b->slot[i];

		if (s->place >= 0 && s->err.text[0])
			return err_set(e, "%s", s->err.text);
		if (s->place >= 0)
			record_set(&s->item, "map.class", b->c->net->classes.name[s->class]);
		if (s->flat)
			record_set(&s->item, "map.flat", "1");
		if (b->c->stream && writer_put(&b->c->out, &s->item, e))
			return err_prefix(e, "standard output");
	}
	progress_step(&b->c->bar, b->n);
	return 0;
}

static int all_batches(struct batch *b, struct record *first, struct err *e)
{
	for (int rc = 1; rc > 0; ) {
		if ((rc = read_batch(b, &first, e)) < 0)
			return -1;
		explain_batch(b);
		pool_run(b->c->pool, (size_t)b->pictures, finish_picture, b);
		if (write_batch(b, e))
			return -1;
	}
	return 0;
}

int cam_items(struct cam *c, struct record *first, struct err *e)
{
	int threads = pool_threads(c->pool), rc = 0;
	struct batch b = {
		.c = c,
		.slot = xcalloc((size_t)c->batch, sizeof *b.slot),
		.view = xcalloc((size_t)c->batch, sizeof *b.view),
		.at = xcalloc((size_t)c->batch, sizeof *b.at),
		.map = xcalloc((size_t)threads, sizeof *b.map),
	};

	for (int i = 0; i < threads; i++)
		b.map[i] = xcalloc((size_t)c->net->recipe.height * (size_t)c->net->recipe.width, sizeof **b.map);
	if (first)
		rc = all_batches(&b, first, e);
	for (int i = 0; i < c->batch; i++)
		record_free(&b.slot[i].item);
	for (int i = 0; i < threads; i++)
		free(b.map[i]);
	free(b.slot);
	free(b.view);
	free(b.at);
	free(b.map);
	return rc;
}
