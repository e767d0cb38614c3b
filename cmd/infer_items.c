/* Items in batches: read, scored together, written in their order. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "infer.h"

/* Records between reading and writing; those of other kinds and those with an error only pass. */
struct batch {
	struct record *record;
	int *place; /* in the scorer's input, or -1 */
	int n, pictures;
	float *logit, *prob;
};

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
}

/* The picture into the scorer's input: its place, or -1 when the item has none. */
static int take_item(struct infer *f, struct record *item, int place)
{
	const struct node *in = f->net[0]->g->input;
	size_t size = (size_t)in->h * in->w * in->c;
	const char *id = record_get(item, "id"), *label = record_get(item, "label");
	struct err e;

	if (record_error(item))
		return -1;
	if (recipe_image(&f->net[0]->recipe, item, scorer_input(f->scorer) + place * size, &e)) {
		warn("%s: %s: %s", f->in.src->name, id ? id : "item without id", e.text);
		record_fail(item, e.text);
		f->failed++;
		return -1;
	}
	drop_old(item);
	if (label && classes_index(&f->net[0]->classes, label) < 0)
		record_set(item, "label", "");
	if (scorer_seen(f->scorer, record_get(item, "sha256")))
		record_set(item, "seen", "1");
	return place;
}

static int read_batch(struct infer *f, struct batch *b, struct err *e)
{
	int rc = 1;

	for (b->n = b->pictures = 0; b->n < f->batch; ) {
		struct record *r = &b->record[b->n];

		if ((rc = reader_next(&f->in, r, e)) <= 0)
			break;
		if (!strcmp(record_kind(r), "model"))
			continue; /* of an earlier pass, whose scores go too */
		b->place[b->n] = record_is_item(r) ? take_item(f, r, b->pictures) : -1;
		b->pictures += b->place[b->n++] >= 0;
	}
	return rc;
}

static void put_floats(struct record *r, const char *name, const float *v, int ndim, const int64_t *shape)
{
	size_t n = 1;

	for (int i = 0; i < ndim; i++)
		n *= shape[i];
	memcpy(record_add(r, name, DT_F32, ndim, shape), v, n * sizeof *v);
}

static int write_item(struct infer *f, struct batch *b, int i, struct err *e)
{
	const struct scorer *s = f->scorer;
	struct record *r = &b->record[i];
	int place = b->place[i];
	const float *logit = b->logit + place * s->logits, *prob = b->prob + place * s->classes;
	int64_t outputs = s->logits, classes = s->classes;

	if (f->table) {
		if (record_is_item(r))
			table_row(f, r, place < 0 ? NULL : logit, place < 0 ? NULL : prob);
		return 0;
	}
	if (place >= 0) {
		put_floats(r, "logit", logit, 1, &outputs);
		put_floats(r, "prob", prob, 1, &classes);
		if (s->feat)
			put_floats(r, "feat", scorer_feat(s, place), 3, (int64_t[]){s->feat->h, s->feat->w, s->feat->c});
	}
	return writer_put(&f->out, r, e);
}

static const struct record *first_item(const struct batch *b)
{
	for (int i = 0; i < b->n; i++)
		if (record_is_item(&b->record[i]))
			return &b->record[i];
	return NULL;
}

static int all_batches(struct infer *f, struct batch *b, struct err *e)
{
	bool started = !f->table;

	for (int rc = 1; rc > 0; ) {
		if ((rc = read_batch(f, b, e)) < 0)
			return -1;
		if (!started && (first_item(b) || rc == 0)) {
			table_head(f, first_item(b));
			started = true;
		}
		if (b->pictures)
			scorer_run(f->scorer, b->pictures, b->logit, b->prob);
		for (int i = 0; i < b->n; i++)
			if (write_item(f, b, i, e))
				return err_prefix(e, "standard output");
		progress_step(&f->bar, b->n);
	}
	return 0;
}

int infer_items(struct infer *f, struct err *e)
{
	struct batch b = {
		.record = xcalloc(f->batch, sizeof *b.record),
		.place = xcalloc(f->batch, sizeof *b.place),
		.logit = xcalloc(f->batch, f->scorer->logits * sizeof *b.logit),
		.prob = xcalloc(f->batch, f->scorer->classes * sizeof *b.prob),
	};
	int rc = all_batches(f, &b, e);

	for (int i = 0; i < f->batch; i++)
		record_free(&b.record[i]);
	free(b.record);
	free(b.place);
	free(b.logit);
	free(b.prob);
	return rc;
}
