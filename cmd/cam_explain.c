/* Scores and maps of a batch of items. */
#include <string.h>

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

static void run_batch(struct batch *b)
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

static void finish_maps(void *ctx, size_t place, int worker)
{
	struct batch *b = ctx;
	const struct cam *c = b->c;
	struct slot *s = b->at[place];
	int h = c->net->recipe.height, w = c->net->recipe.width;

	(void)worker;
	if (c->measures)
		measure_load(c, s);
	for (int t = 0; t < c->x.ntarget; t++) {
		const struct target *at = &c->x.target[t];
		const float *raw = explain_raw(&c->x, (int)place, t);
		bool fine = map_is_finite(raw, at->h * at->w);

		if (fine)
			s->map_flat[t] = !map_finish(c->normalise, raw, at->h, at->w, slot_map(c, s, t), h, w);
		else
			memset(slot_map(c, s, t), 0, (size_t)h * (size_t)w * sizeof(float));
		s->broken |= !fine;
	}
}

void explain_batch(void *ctx, int slot, int n)
{
	struct batch *b = ctx;

	batch_take(b, slot, n);
	run_batch(b);
	pool_run(b->c->pool, (size_t)b->pictures, finish_maps, b);
	if (b->c->measures)
		measure_batch(b);
}

