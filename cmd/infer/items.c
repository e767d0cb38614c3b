/* Items by a pipeline: read in order, scored in batches, written in order. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "infer.h"

static int read_record(struct infer *f, struct record *r, struct err *e)
{
	int rc;

	do
		rc = reader_next(&f->in, r, e);
	while (rc > 0 && !f->map && !strcmp(record_kind(r), "model")); /* of an earlier pass, whose scores go too */
	if (rc > 0 && !f->map && record_is_item(r))
		strangers_see(&f->strangers, &f->net[0]->classes, r);
	if (rc > 0 && record_is_item(r) && f->neighbours_path) { /* columns, whatever comes of the first image */
		record_set(r, "x.nearest", "");
		record_set(r, "x.influential", "");
	}
	return rc;
}

/* With --stress an image takes a slot as it is and one for every shift. */
static int fill_slot(struct infer_batch *b, struct infer_slot *s, struct err *e)
{
	const struct tensor *image;
	int rc;

	s->shift = NULL;
	if (!b->f->stress)
		return read_record(b->f, &s->record, e);
	if (!b->due && (rc = read_record(b->f, &b->plain, e)) <= 0)
		return rc;
	image = record_tensor(&b->plain, "image");
	record_copy(&s->record, &b->plain);
	if (!record_is_item(&b->plain))
		return 1;
	if (image && image->type != DT_U8)
		return err_set(e, "%s: --stress wants images of 8 bits (cxr-prep --store u8)", b->f->in.src->name);
	s->shift = b->due ? &stress_battery[b->due - 1] : NULL;
	record_set(&s->record, "x.stress", s->shift ? s->shift->name : "none");
	b->due = record_error(&b->plain) ? 0 : (b->due + 1) % (STRESS_N + 1);
	return 1;
}

/* Is it in the output of an earlier run already? */
static int is_done(struct infer *f, const struct record *r, struct err *e)
{
	int rc = sink_has(&f->out, r, &f->failed, e);

	if (rc > 0)
		progress_step(&f->bar, 1);
	return rc;
}

static int read_item(void *ctx, int slot, struct err *e)
{
	struct infer_batch *b = ctx;
	struct infer_slot *s = &b->slot[slot];
	int rc, done = 0;

	do
		rc = fill_slot(b, s, e);
	while (rc > 0 && (done = is_done(b->f, &s->record, e)) > 0);
	return done < 0 ? -1 : rc;
}

static void fail_item(struct infer *f, struct infer_slot *s)
{
	const char *id = record_get(&s->record, "id");

	warn("%s: %s: %s", f->in.src->name, id ? id : "item without id", s->e.text);
	record_fail(&s->record, s->e.text);
	f->failed++;
}

static int write_item(void *ctx, int slot, struct err *e)
{
	struct infer_batch *b = ctx;
	struct infer *f = b->f;
	struct infer_slot *s = &b->slot[slot];

	if (s->e.text[0])
		fail_item(f, s);
	progress_step(&f->bar, 1);
	return sink_put(&f->out, &s->record, e);
}

/* One thread reads and writes while the others compute; then it computes too. */
int infer_items(struct infer *f, struct err *e)
{
	int slots = 2 * f->batch;
	struct infer_batch b = {
		.f = f,
		.slot = xcalloc(slots, sizeof *b.slot),
		.at = xcalloc(f->batch, sizeof(struct infer_slot *)),
		.logit = xcalloc(f->batch, f->scorer->team.logits * sizeof *b.logit),
		.prob = xcalloc(f->batch, f->scorer->team.classes * sizeof *b.prob),
	};
	struct pipeline stages = {&b, read_item, NULL, write_item, infer_score, f->batch};
	int rc = pool_pipeline(f->pool, slots, &stages, e);

	for (int i = 0; i < slots; i++)
		record_free(&b.slot[i].record);
	record_free(&b.plain);
	free(b.slot);
	free(b.at);
	free(b.logit);
	free(b.prob);
	return rc;
}
