/* What cxr-prep writes: the head, then items by a pipeline: bytes in order, pixels on any thread, records in order. */
#include "prep.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/tsv.h"
#include "image/image.h"

/* An image on its way through the pipeline. */
struct slot {
	size_t index; /* in the list */
	unsigned char *bytes;
	size_t n, cap;
	bool failed; /* and e says why */
	struct err e;
	struct record item;
};

static void set_text(struct record *r, const char *key, const char *value)
{
	char *text = text_escape(value, strlen(value));

	record_set(r, key, text);
	free(text);
}

static void describe(const struct prep *p, struct slot *s)
{
	const struct item *it = &p->list.item[s->index];
	struct record *r = &s->item;

	record_clear(r);
	record_set(r, "cxr", "item");
	set_text(r, "id", it->path);
	record_setf(r, "index", "%lld", (long long)list_first(&p->list) + (long long)s->index);
	set_text(r, "label", classes_index(&p->classes, it->label) >= 0 ? it->label : "");
	set_text(r, "patient", it->patient);
	set_text(r, "split", it->split);
	for (int i = 0; i < p->list.nextra; i++) {
		char *key = xasprintf("x.%s", p->list.extra[i]);
		set_text(r, key, it->extra[i]);
		free(key);
	}
}

static int produce(void *ctx, int i, struct err *e)
{
	struct prep *p = ctx;
	struct slot *s = &p->slot[i];
	int64_t failed = 0; /* the writer counts errors, and there are no others here */
	int rc;

	do {
		if (p->next == p->list.n)
			return 0;
		s->index = p->next++;
		describe(p, s);
		if ((rc = writer_has(&p->out, &s->item, &failed, e)) < 0)
			return err_prefix(e, "standard output");
		progress_step(&p->bar, rc);
	} while (rc > 0);
	s->failed = fetch_get(p->fetch, p->list.item[s->index].path, &s->bytes, &s->n, &s->cap, &s->e) < 0;
	return 1;
}

static void work(void *ctx, int i, int worker)
{
	struct prep *p = ctx;
	struct slot *s = &p->slot[i];
	struct image im = {0};
	char hex[SHA256_HEX];
	int width, height;

	(void)worker;
	if (!s->failed) {
		sha256_of(s->bytes, s->n, hex);
		record_set(&s->item, "sha256", hex);
		s->failed = image_load(&im, &p->recipe, s->bytes, s->n, &width, &height, &s->e) < 0;
	}
	if (s->failed) {
		record_fail(&s->item, s->e.text);
		return;
	}
	record_setf(&s->item, "width", "%d", width);
	record_setf(&s->item, "height", "%d", height);
	int64_t shape[3] = {im.height, im.width, im.channels};
	void *pixels = record_add(&s->item, "image", p->u8 ? DT_U8 : DT_F32, 3, shape);
	if (p->u8)
		memcpy(pixels, im.u8, (size_t)im.height * im.width * im.channels);
	else
		image_normalise(&im, &p->recipe, pixels);
	image_free(&im);
}

static int consume(void *ctx, int i, struct err *e)
{
	struct prep *p = ctx;
	struct slot *s = &p->slot[i];

	if (s->failed && p->strict)
		return err_set(e, "%s: %s", p->list.item[s->index].path, s->e.text);
	if (s->failed)
		warn("%s: %s", p->list.item[s->index].path, s->e.text);
	progress_step(&p->bar, 1);
	return writer_put(&p->out, &s->item, e);
}

int prep_open(struct prep *p, struct err *e)
{
	char digest[SHA256_HEX], recipe[RECIPE_TEXT];
	struct record head = {0};

	if (!p->labels)
		p->labels = list_classes(&p->list);
	if (classes_parse(&p->classes, p->labels, e) < 0)
		return -1;
	list_digest(&p->list, digest);
	head_init(&head);
	set_text(&head, "classes", p->labels);
	record_set(&head, "recipe", recipe_format(&p->recipe, recipe));
	record_set(&head, "list", digest);
	record_setf(&head, "items", "%lld", (long long)list_items(&p->list));
	head_set_shard(&head, p->list.part.shard, e); /* cannot fail: the head is new and knows the items */
	head_add_pg(&head, "cxr-prep", CXR_VERSION, p->u8 ? "--store u8" : "--store f32");
	int rc = tool_write_stream(&p->out, &head, e);
	record_free(&head);
	return rc;
}

int prep_items(struct prep *p, struct err *e)
{
	struct pool *pool = pool_new(tool_threads);
	int slots = 2 * tool_threads + 2, rc;

	p->slot = xcalloc(slots, sizeof *p->slot);
	p->fetch = fetch_new();
	rc = pool_pipeline(pool, slots, &(struct pipeline){p, produce, work, consume, NULL, 0}, e);
	for (int i = 0; i < slots; i++) {
		free(p->slot[i].bytes);
		record_free(&p->slot[i].item);
	}
	free(p->slot);
	fetch_free(p->fetch);
	pool_free(pool);
	return rc;
}
