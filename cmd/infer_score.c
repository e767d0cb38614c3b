/* Scores of a batch of items. */
#include <string.h>

#include "base/num.h"
#include "base/rng.h"
#include "infer.h"

/* Scores, feature maps and heat maps of an earlier pass belong to an earlier model. */
static void drop_old(struct record *item)
{
	for (int i = item->ntensor - 1; i >= 0; i--) {
		const char *name = item->tensor[i].name;

		if (!strcmp(name, "logit") || !strcmp(name, "prob") || !strcmp(name, "feat") || !strcmp(name, "map") ||
		    !strncmp(name, "map.", 4))
			record_drop(item, name);
	}
	record_set(item, "seen", NULL);
	record_set(item, "sd", NULL);
	record_set(item, "mi", NULL);
}

/* What is drawn for an image depends on its id, not on where it is in the stream. */
static void set_key(struct scorer *s, int place, const struct record *item)
{
	const char *id = record_get(item, "id");

	if (s->key)
		s->key[place] = id ? rng_hash(id, strlen(id)) : 0;
}

static void put_spread(const struct scorer *s, int place, struct record *r)
{
	char text[NUM_TEXT];

	if (!s->sd)
		return;
	record_set(r, "sd", num_text(s->sd[place], text));
	record_set(r, "mi", num_text(s->mi[place], text));
}

/* What is no image is refused by recipe_image. */
static void make_shift(struct slot *s)
{
	const char *id = record_get(&s->record, "id");
	struct tensor *t = record_tensor(&s->record, "image");

	if (s->shift && t && t->type == DT_U8 && t->ndim == 3)
		stress_apply(s->shift, id ? rng_hash(id, strlen(id)) : 0, t->data, (int)t->shape[0], (int)t->shape[1],
		             (int)t->shape[2]);
}

static void fill_place(void *ctx, size_t place, int worker)
{
	struct batch *b = ctx;
	struct slot *s = b->at[place];
	const struct node *in = b->f->net[0]->g->input;
	float *input = scorer_input(b->f->scorer) + place * (size_t)in->h * in->w * in->c;

	(void)worker;
	make_shift(s);
	s->scored = recipe_image(&b->f->net[0]->recipe, &s->record, input, &s->e) == 0;
}

static void put_floats(struct record *r, const char *name, const float *v, int ndim, const int64_t *shape)
{
	size_t n = 1;

	for (int i = 0; i < ndim; i++)
		n *= shape[i];
	memcpy(record_add(r, name, DT_F32, ndim, shape), v, n * sizeof *v);
}

/* Scores travel in the record whether it is written or becomes a row. */
static void take_scores(struct batch *b, int place)
{
	const struct scorer *s = b->f->scorer;
	struct record *r = &b->at[place]->record;
	const char *label = record_get(r, "label");
	int64_t outputs = s->team.logits, classes = s->team.classes;

	drop_old(r);
	put_floats(r, "logit", b->logit + place * outputs, 1, &outputs);
	put_floats(r, "prob", b->prob + place * classes, 1, &classes);
	put_spread(s, place, r);
	if (s->feat)
		put_floats(r, "feat", scorer_feat(s, place), 3, (int64_t[]){s->feat->h, s->feat->w, s->feat->c});
	if (label && classes_index(&b->f->net[0]->classes, label) < 0)
		record_set(r, "label", "");
	if (scorer_seen(s, record_get(r, "sha256")))
		record_set(r, "seen", "1");
}

/* An item without a good image leaves its place unused: nobody's scores depend on it. */
void score_batch(void *ctx, int slot, int n)
{
	struct batch *b = ctx;
	int images = 0;

	for (int i = slot; i < slot + n; i++) {
		struct slot *s = &b->slot[i];

		s->scored = false;
		s->e.text[0] = '\0';
		if (record_is_item(&s->record) && !record_error(&s->record)) {
			set_key(b->f->scorer, images, &s->record);
			b->at[images++] = s;
		}
	}
	pool_run(b->f->pool, images, fill_place, b);
	if (images)
		scorer_run(b->f->scorer, images, b->logit, b->prob);
	for (int i = 0; i < images; i++)
		if (b->at[i]->scored)
			take_scores(b, i);
}

