/* A batch of items: which of them have an image to explain, and what is known of it already. */
#include <string.h>

#include "base/num.h"
#include "cam_item.h"

static const float *floats(const struct record *item, const char *name, size_t n)
{
	const struct tensor *t = record_tensor(item, name);

	return t && t->type == DT_F32 && t->bytes == n * sizeof(float) ? t->data : NULL;
}

/* The feature map that cxr-infer --feat left, when every map follows from it alone. */
static const float *kept_feature(const struct cam *c, const struct record *item)
{
	const struct node *f = blend_feature(&c->blend);

	if (!c->scored || c->images || !f)
		return NULL;
	return floats(item, "feat", (size_t)f->h * (size_t)f->w * (size_t)f->c);
}

/* An image takes its place in the batch; -1 for an item that has none. */
static int take(struct batch *b, struct slot *s)
{
	struct cam *c = b->c;
	const char *label = record_get(&s->item, "label");
	int64_t index = 0;

	if (!record_is_item(&s->item) || record_error(&s->item))
		return -1;
	if (c->scored && (!floats(&s->item, "prob", (size_t)c->net->classes.n) || !record_tensor(&s->item, "image")))
		return err_set(&s->why, "no scores or no image");
	if (label && classes_index(&c->net->classes, label) < 0)
		record_set(&s->item, "label", "");
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
	struct batch *b = ctx;
	struct slot *s = b->at[place];
	const struct node *in = b->c->net->g->input;
	size_t size = (size_t)in->h * (size_t)in->w * (size_t)in->c;
	float *input = b->c->blend.input + place * size;

	(void)worker;
	if (!b->view[place].feat && recipe_image(&b->c->net->recipe, &s->item, input, &s->why))
		memset(input, 0, size * sizeof *input);
}

void batch_take(struct batch *b, int slot, int n)
{
	struct err e;

	b->images = 0;
	b->run = false;
	for (int i = slot; i < slot + n; i++) {
		struct slot *s = &b->slot[i];

		s->flat = s->maps.broken = false;
		s->why.text[0] = s->err.text[0] = '\0';
		s->place = take(b, s);
	}
	if (b->run && !blend_input(&b->c->blend, &e))
		die_err(&e);
	if (b->run)
		pool_run(b->c->pool, (size_t)b->images, fill, b);
}
