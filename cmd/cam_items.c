/* Items in batches: run, mapped and drawn together, written in their order. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cam.h"

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
	char *which = target_name(t), *name = c->x.ntarget == 1 ? xstrdup("map") : xasprintf("map.%s", which);

	memcpy(record_add(&s->item, name, DT_F32, 2, shape), map, (size_t)(shape[0] * shape[1]) * sizeof *map);
	free(name);
	free(which);
}

static void finish_picture(void *ctx, size_t place, int worker)
{
	struct batch *b = ctx;
	const struct cam *c = b->c;
	struct slot *s = b->at[place];
	int h = c->net->recipe.height, w = c->net->recipe.width;
	float *map = b->map[worker];

	for (int t = 0; t < c->x.ntarget; t++) {
		const struct target *at = &c->x.target[t];
		bool flat;

		if (!map_is_finite(explain_raw(&c->x, (int)place, t), at->h * at->w)) {
			s->broken = true;
			return;
		}
		flat = !map_finish(c->normalise, explain_raw(&c->x, (int)place, t), at->h, at->w, map, h, w);
		s->flat |= flat;
		if (c->dir && !s->err.text[0])
			cam_draw(c, &s->item, s->class, t, map, flat, &s->err);
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
		if (s->place >= 0 && s->broken)
			s->place = batch_fail(b->c, s, "the map has values that are not numbers");
		if (s->place >= 0)
			record_set(&s->item, "map.class", b->c->net->classes.name[s->class]);
		if (s->place >= 0 && s->flat)
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
		if ((rc = batch_read(b, &first, e)) < 0)
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
