/* Scores and maps of a batch of items. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cam_item.h"

static void add_scores(struct batch *b, int place)
{
	const struct blend *blend = &b->c->blend;
	int64_t logits = blend->team.logits, classes = blend->team.classes;
	struct record *item = &b->at[place]->item;

	record_add(item, "logit", DT_F32, 1, &logits);
	record_add(item, "prob", DT_F32, 1, &classes);
	blend_scores(blend, place, record_tensor(item, "logit")->data, record_tensor(item, "prob")->data);
}

static void choose_class(struct batch *b, int place)
{
	struct cam *c = b->c;
	struct slot *s = b->at[place];

	s->class = c->target >= 0 ? c->target : team_pred(&c->blend.team, record_tensor(&s->item, "prob")->data);
	b->view[place].class = s->class;
	if (b->view[place].feat)
		b->view[place].feat = record_tensor(&s->item, "feat")->data;
}

void explain_batch(void *ctx, int slot, int n)
{
	struct batch *b = ctx;
	struct cam *c = b->c;

	batch_take(b, slot, n);
	if (b->run)
		blend_forward(&c->blend, b->images);
	for (int i = 0; i < b->images; i++) {
		if (!c->scored)
			add_scores(b, i);
		choose_class(b, i);
	}
	if (b->images)
		blend_maps(&c->blend, b->view, b->images, b->maps);
	if (c->measures)
		measure_batch(b);
}

void add_map(const struct cam *c, struct slot *s, int map)
{
	int64_t shape[2] = {c->net->recipe.height, c->net->recipe.width};
	char *name = cam_shown(c) == 1 ? xstrdup("map") : xasprintf("map.%s", c->blend.map[map].name);
	float *to = record_add(&s->item, name, DT_F32, 2, shape);

	memcpy(to, slot_map(c, s, map), (size_t)(shape[0] * shape[1]) * sizeof *to);
	free(name);
}
