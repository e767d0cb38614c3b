/* Items by a pipeline: read in order, run and mapped in batches, drawn by any thread, written in order. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cam_item.h"

static int next_item(struct batch *b, struct record *item, struct err *e)
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
	int rc = c->table ? table_has(&c->rows, r, c->blend.nmap, &c->failed, e) : writer_has(&c->out, r, &c->failed, e);

	if (rc > 0)
		cam_progress(c, 1);
	return rc < 0 ? err_prefix(e, "standard output") : rc;
}

static int read_item(void *ctx, int slot, struct err *e)
{
	struct batch *b = ctx;
	struct record *item = &b->slot[slot].item;
	int rc, done = 0;

	do {
		rc = next_item(b, item, e);
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
	struct batch *b = ctx;
	const struct cam *c = b->c;
	struct slot *s = &b->slot[slot];

	(void)worker;
	if (s->place < 0 || s->maps.broken || s->why.text[0])
		return;
	bool drawn = c->dir && cam_image(c, s);
	for (int m = 0; m < c->blend.nmap; m++) {
		if (!cam_shows(c, m))
			continue;
		s->flat |= s->maps.flat[m];
		if (drawn && !s->err.text[0])
			cam_draw(c, s, m, &s->err);
		if (c->stream)
			add_map(c, s, m);
	}
	image_free(&s->image);
}

static void complain(struct cam *c, const struct slot *s, const struct err *e)
{
	const char *id = record_get(&s->item, "id");

	warn("%s: %s: %s", c->in.src->name, id ? id : "item without id", e->text);
	c->failed++;
}

static void fail_item(struct cam *c, struct slot *s)
{
	complain(c, s, &s->why);
	record_fail(&s->item, s->why.text);
	s->place = -1;
}

static int write_item(void *ctx, int slot, struct err *e)
{
	struct batch *b = ctx;
	struct cam *c = b->c;
	struct slot *s = &b->slot[slot];

	if (s->err.text[0])
		return err_set(e, "%s", s->err.text);
	if (s->maps.broken && !s->why.text[0])
		err_set(&s->why, "the map has values that are not numbers");
	if (s->why.text[0])
		fail_item(c, s);
	else if (s->lost.text[0])
		complain(c, s, &s->lost); /* nothing to draw on is no fault of the map */
	if (s->place >= 0)
		record_set(&s->item, "map.class", c->net->classes.name[s->class]);
	if (s->place >= 0 && s->flat)
		record_set(&s->item, "map.flat", "1");
	cam_progress(c, 1);
	if (c->table && measure_rows(c, s, e))
		return -1;
	if (c->stream && writer_put(&c->out, &s->item, e))
		return err_prefix(e, "standard output");
	return 0;
}

int cam_items(struct cam *c, const struct record *first, struct err *e)
{
	size_t size = (size_t)c->net->recipe.height * (size_t)c->net->recipe.width, nmap = (size_t)c->blend.nmap;
	int batch = c->blend.batch, slots = 2 * batch, rc = 0;
	struct batch b = {
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
	}
	if (first)
		rc = pool_pipeline(c->pool, slots, &stages, e);
	for (int i = 0; i < slots; i++) {
		record_free(&b.slot[i].item);
		record_free(&b.slot[i].before);
		free(b.slot[i].maps.map);
		free(b.slot[i].maps.flat);
		free(b.slot[i].bytes);
	}
	free(b.slot);
	free(b.view);
	free(b.at);
	free(b.maps);
	return rc;
}
