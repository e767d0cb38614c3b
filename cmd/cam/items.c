/* Items by a pipeline: read in order, run and mapped in batches, drawn by any thread, written in order. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "cam/item.h"

/* While batches are run, others are written. */
void cam_progress(void *ctx, int n)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	progress_step(&((struct cam *)ctx)->bar, n);
	pthread_mutex_unlock(&lock);
}

/* ---- a batch: which items have an image to explain, and what is known of it already ---- */

static const float *floats(const struct record *item, const char *name, size_t n)
{
	const struct tensor *t = record_tensor(item, name);

	return t && t->type == DT_F32 && t->bytes == n * sizeof(float) ? t->data : NULL;
}

/* The feature map that cxr-infer --feat left, when every map follows from it alone. */
static const float *kept_feature(const struct cam *c, const struct record *item)
{
	const struct node *f = blend_feature(&c->x.blend);

	if (!c->x.scored || c->x.images || !f)
		return NULL;
	return floats(item, "feat", (size_t)f->h * (size_t)f->w * (size_t)f->c);
}

/* An image takes its place in the batch; -1 for an item that has none. */
static int take_image(struct cam_batch *b, struct cam_slot *s)
{
	struct cam *c = b->c;
	int64_t index = 0;

	if (!record_is_item(&s->item) || record_error(&s->item))
		return -1;
	if (c->x.scored && (!floats(&s->item, "prob", (size_t)c->x.net->classes.n) || !record_tensor(&s->item, "image")))
		return err_set(&s->why, "no scores or no image");
	if (record_get(&s->item, "index"))
		num_int(record_get(&s->item, "index"), 0, INT64_MAX, &index);
	b->view[b->images] = (struct view){kept_feature(c, &s->item), b->images, 0, (uint64_t)index};
	b->at[b->images] = s;
	b->maps[b->images] = &s->maps;
	b->run |= !b->view[b->images].feat;
	return b->images++;
}

/* What is no good image is explained as a black one, which nobody gets to see. */
static void fill(void *ctx, size_t place, int worker)
{
	struct cam_batch *b = ctx;
	struct cam_slot *s = b->at[place];
	const struct node *in = b->c->x.net->g->input;
	size_t size = (size_t)in->h * (size_t)in->w * (size_t)in->c;
	float *input = b->c->x.blend.input + place * size;

	(void)worker;
	if (!b->view[place].feat && recipe_image(&b->c->x.net->recipe, &s->item, input, &s->why))
		memset(input, 0, size * sizeof *input);
}

static void batch_take(struct cam_batch *b, int slot, int n)
{
	struct err e;

	b->images = 0;
	b->run = false;
	for (int i = slot; i < slot + n; i++) {
		struct cam_slot *s = &b->slot[i];

		s->flat = s->maps.broken = false;
		s->why.text[0] = s->err.text[0] = '\0';
		s->place = take_image(b, s);
	}
	if (b->run && !blend_input(&b->c->x.blend, &e))
		die_err(&e);
	if (b->run)
		pool_run(b->c->x.pool, (size_t)b->images, fill, b);
}

/* ---- scores and maps ---- */

static void add_scores(struct cam_batch *b, int place)
{
	const struct blend *blend = &b->c->x.blend;
	int64_t logits = blend->team.logits, classes = blend->team.classes;
	struct record *item = &b->at[place]->item;

	record_add(item, "logit", DT_F32, 1, &logits);
	record_add(item, "prob", DT_F32, 1, &classes);
	blend_scores(blend, place, record_tensor(item, "logit")->data, record_tensor(item, "prob")->data);
}

/* Ours, or those that came with the item. */
static void check_scores(const struct cam_batch *b, int place)
{
	const struct team *team = &b->c->x.blend.team;
	struct cam_slot *s = b->at[place];

	team_check(team, floats(&s->item, "logit", (size_t)team->logits), record_tensor(&s->item, "prob")->data, &s->why);
}

static void choose_class(struct cam_batch *b, int place)
{
	struct cam *c = b->c;
	struct cam_slot *s = b->at[place];

	s->class = c->x.target >= 0 ? c->x.target : team_pred(&c->x.blend.team, record_tensor(&s->item, "prob")->data);
	b->view[place].class = s->class;
	if (b->view[place].feat)
		b->view[place].feat = record_tensor(&s->item, "feat")->data;
}

static void explain_batch(void *ctx, int slot, int n)
{
	struct cam_batch *b = ctx;
	struct cam *c = b->c;

	batch_take(b, slot, n);
	if (b->run)
		blend_forward(&c->x.blend, b->images);
	for (int i = 0; i < b->images; i++) {
		if (!c->x.scored)
			add_scores(b, i);
		check_scores(b, i);
		choose_class(b, i);
	}
	if (b->images)
		blend_maps(&c->x.blend, b->view, b->images, b->maps);
	if (c->x.measured)
		measure_batch(b);
}

static void add_map(const struct cam *c, struct cam_slot *s, int map)
{
	int64_t shape[2] = {c->x.net->recipe.height, c->x.net->recipe.width};
	char *name = cam_shown(c) == 1 ? xstrdup("map") : xasprintf("map.%s", c->x.blend.map[map].name);
	float *to = record_add(&s->item, name, DT_F32, 2, shape);

	memcpy(to, slot_map(c, s, map), (size_t)(shape[0] * shape[1]) * sizeof *to);
	free(name);
}

/* ---- the pipeline ---- */

static int next_item(struct cam_batch *b, struct record *item, struct err *e)
{
	if (!b->first)
		return reader_next(&b->c->in, item, e);
	record_copy(item, b->first);
	b->first = NULL;
	return 1;
}

/* What an earlier run has done is in the output; its image was drawn before. */
static int is_done(struct cam *c, const struct record *r, struct err *e)
{
	int rc = sink_has(&c->out, r, &c->failed, e);

	if (rc > 0)
		cam_progress(c, 1);
	return rc;
}

static int read_item(void *ctx, int slot, struct err *e)
{
	struct cam_batch *b = ctx;
	struct record *item = &b->slot[slot].item;
	int rc, done = 0;

	do {
		rc = next_item(b, item, e);
		if (rc > 0 && record_is_item(item))
			strangers_see(&b->c->strangers, &b->c->x.net->classes, item);
		if (rc > 0 && tool_resume)
			done = is_done(b->c, item, e);
	} while (rc > 0 && done > 0);
	if (rc > 0 && done == 0 && against_find(b->c, item, &b->slot[slot].before, e))
		return -1;
	if (rc > 0)
		original_read(b->c, &b->slot[slot]);
	return done < 0 ? -1 : rc;
}

static void show_maps(void *ctx, int slot, int worker)
{
	struct cam_batch *b = ctx;
	const struct cam *c = b->c;
	struct cam_slot *s = &b->slot[slot];

	(void)worker;
	if (s->place < 0 || s->maps.broken || s->why.text[0])
		return;
	bool drawn = c->draw.dir && cam_image(c, s);
	for (int m = 0; m < c->x.blend.nmap; m++) {
		if (!cam_shows(c, m))
			continue;
		s->flat |= s->maps.flat[m];
		if (drawn && !s->err.text[0])
			cam_draw(c, s, m, &s->err);
		if (c->out.kind == SINK_STREAM)
			add_map(c, s, m);
	}
	image_free(&s->image);
}

static void complain(struct cam *c, const struct cam_slot *s, const struct err *e)
{
	const char *id = record_get(&s->item, "id");

	warn("%s: %s: %s", c->in.src->name, id ? id : "item without id", e->text);
	c->failed++;
}

static void fail_item(struct cam *c, struct cam_slot *s)
{
	complain(c, s, &s->why);
	record_fail(&s->item, s->why.text);
	s->place = -1;
}

static int write_item(void *ctx, int slot, struct err *e)
{
	struct cam_batch *b = ctx;
	struct cam *c = b->c;
	struct cam_slot *s = &b->slot[slot];

	if (s->err.text[0])
		return err_set(e, "%s", s->err.text);
	if (s->maps.broken && !s->why.text[0])
		err_set(&s->why, "the map has values that are not numbers");
	if (s->why.text[0])
		fail_item(c, s);
	else if (s->lost.text[0])
		complain(c, s, &s->lost); /* nothing to draw on is no fault of the map */
	if (s->place >= 0)
		record_set(&s->item, "map.class", c->x.net->classes.name[s->class]);
	if (s->place >= 0)
		boxes_put(c, s);
	if (s->place >= 0 && s->flat)
		record_set(&s->item, "map.flat", "1");
	cam_progress(c, 1);
	return drawing_put(c, s, e) || sink_put(&c->out, &s->item, e) ? -1 : 0;
}

int cam_items(struct cam *c, const struct record *first, struct err *e)
{
	size_t size = (size_t)c->x.net->recipe.height * (size_t)c->x.net->recipe.width, nmap = (size_t)c->x.blend.nmap;
	int batch = c->x.blend.batch, slots = 2 * batch, rc = 0;
	struct cam_batch b = {
		.c = c,
		.first = first,
		.slot = xcalloc((size_t)slots, sizeof *b.slot),
		.view = xcalloc((size_t)batch, sizeof *b.view),
		.at = xcalloc((size_t)batch, sizeof *b.at),
		.maps = xcalloc((size_t)batch, sizeof *b.maps),
	};
	struct pipeline stages = {&b, read_item, show_maps, write_item, explain_batch, batch};

	for (int i = 0; i < slots; i++) {
		b.slot[i].maps.map = xreallocarray(NULL, nmap * size, sizeof *b.slot[i].maps.map);
		b.slot[i].maps.flat = xcalloc(nmap, sizeof *b.slot[i].maps.flat);
		b.slot[i].maps.sum = xcalloc(nmap, sizeof *b.slot[i].maps.sum);
		b.slot[i].maps.peak = xcalloc(nmap, sizeof *b.slot[i].maps.peak);
		b.slot[i].drawing = xcalloc(nmap, sizeof *b.slot[i].drawing);
	}
	if (first)
		rc = pool_pipeline(c->x.pool, slots, &stages, e);
	for (int i = 0; i < slots; i++) {
		record_free(&b.slot[i].item);
		record_free(&b.slot[i].before);
		free(b.slot[i].maps.map);
		free(b.slot[i].maps.flat);
		free(b.slot[i].maps.sum);
		free(b.slot[i].maps.peak);
		free(b.slot[i].bytes);
		free(b.slot[i].drawing);
	}
	free(b.slot);
	free(b.view);
	free(b.at);
	free(b.maps);
	return rc;
}
