/* A batch of items: which of them have a picture to explain, and what is known of it already. */
#include <string.h>

#include "base/num.h"
#include "cam.h"

static const float *floats(const struct record *item, const char *name, size_t n)
{
	const struct tensor *t = record_tensor(item, name);

	return t && t->type == DT_F32 && t->bytes == n * sizeof(float) ? t->data : NULL;
}

/* The feature map that cxr-infer --feat left, when every map follows from it alone. */
static const float *kept_feature(const struct cam *c, const struct record *item)
{
	const struct node *f = head_feature(c->net->g, NULL);

	if (!c->scored || c->x.backward || c->x.pictures || !f)
		return NULL;
	return floats(item, "feat", (size_t)f->h * (size_t)f->w * (size_t)f->c);
}

int batch_fail(struct cam *c, struct slot *s, const char *why)
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
	size_t size = (size_t)in->h * (size_t)in->w * (size_t)in->c;
	const char *label = record_get(&s->item, "label");
	int64_t index = 0;
	float *input;

	if (!record_is_item(&s->item) || record_error(&s->item))
		return -1;
	if (c->scored && (!floats(&s->item, "prob", (size_t)c->net->classes.n) || !record_tensor(&s->item, "image")))
		return batch_fail(c, s, "no scores or no picture");
	if (label && classes_index(&c->net->classes, label) < 0)
		record_set(&s->item, "label", "");
	if (record_get(&s->item, "index"))
		num_int(record_get(&s->item, "index"), 0, INT64_MAX, &index);
	b->view[b->pictures] = (struct view){kept_feature(c, &s->item), b->pictures, 0, (uint64_t)index};
	b->at[b->pictures] = s;
	if (b->view[b->pictures].feat)
		return b->pictures++;
	b->run = true;
	if (!(input = explain_input(&c->x, e)))
		die_err(e);
	if (recipe_image(&c->net->recipe, &s->item, input + (size_t)b->pictures * size, e))
		return batch_fail(c, s, e->text);
	return b->pictures++;
}

int batch_read(struct batch *b, struct record **first, struct err *e)
{
	int rc = 1;

	for (b->n = b->pictures = 0, b->run = false; b->n < b->c->batch; b->n++) {
		struct slot *s = &b->slot[b->n];

		if (*first)
			record_copy(&s->item, *first);
		else if ((rc = reader_next(&b->c->in, &s->item, e)) <= 0)
			break;
		*first = NULL;
		s->flat = s->broken = false;
		s->err.text[0] = '\0';
		s->place = take(b, s, &s->err);
	}
	return rc;
}
