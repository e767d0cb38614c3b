/* --prior: the mean of lung masks, as a map that knows where lungs lie and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cam/item.h"
#include "data/scan.h"

struct sum {
	float *map;  /* [height,width] of the recipe */
	float *wide; /* room for one mask, the same */
	int height, width;
	size_t n;
};

/* One mask of h x w pixels with any two values, gray between them at edges; one without two says nothing. Only every
 * step-th byte is read. */
static void add_mask(struct sum *s, const unsigned char *pixels, int h, int w, size_t step)
{
	size_t n = (size_t)h * (size_t)w;
	float *mask = xmalloc(n * sizeof *mask), low = 255, high = 0;

	for (size_t i = 0; i < n; i++) {
		mask[i] = pixels[i * step];
		low = mask[i] < low ? mask[i] : low;
		high = mask[i] > high ? mask[i] : high;
	}
	for (size_t i = 0; i < n && high > low; i++)
		mask[i] = (mask[i] - low) / (high - low);
	if (high > low) {
		map_resize(mask, h, w, s->wide, s->height, s->width);
		for (int i = 0; i < s->height * s->width; i++)
			s->map[i] += s->wide[i];
		s->n++;
	}
	free(mask);
}

static int add_item(struct sum *s, const struct record *item, struct err *e)
{
	const struct tensor *mask = record_tensor(item, "mask"), *t = mask ? mask : record_tensor(item, "image");
	const char *id = record_get(item, "id");

	if (record_error(item))
		return 0;
	if (!t || t->type != DT_U8 || t->ndim < 2 || t->ndim > 3 || !t->bytes || t->shape[0] > 65536 || t->shape[1] > 65536)
		return err_set(e, "%s: no mask of 8 bits: prepare masks with --store u8", id ? id : "item without id");
	add_mask(s, t->data, (int)t->shape[0], (int)t->shape[1], t->ndim == 3 ? (size_t)t->shape[2] : 1);
	return 0;
}

static int add_stream(struct sum *s, const char *path, struct err *e)
{
	struct record item = {0};
	struct source src;
	struct reader r;
	int rc = source_open_any(&src, path, e);

	if (rc)
		return -1;
	if (!(rc = reader_open(&r, &src, e))) {
		while (!rc && (rc = reader_next(&r, &item, e)) > 0)
			rc = record_is_item(&item) ? add_item(s, &item, e) : 0;
		reader_close(&r);
	}
	record_free(&item);
	source_close(&src);
	return rc;
}

static int add_file(struct sum *s, struct fetch *fetch, const char *path, const struct recipe *r, struct err *e)
{
	unsigned char *bytes = NULL;
	size_t n, cap = 0;
	struct image_facts facts;
	struct image im = {0};
	int rc = fetch_get(fetch, path, &bytes, &n, &cap, e) || image_load(&im, r, bytes, n, &facts, e) ? -1 : 0;

	if (rc)
		err_prefix(e, "%s", path);
	else
		add_mask(s, im.u8, im.height, im.width, 1);
	image_free(&im);
	free(bytes);
	return rc;
}

/* Every image below, as the recipe places the images themselves. */
static int add_folder(struct sum *s, const char *dir, const struct recipe *recipe, struct err *e)
{
	struct fetch *fetch = fetch_new();
	struct recipe r = *recipe;
	struct list l = {0};
	int rc = scan_add(&l, dir, e);

	recipe_set_channels(&r, 1);
	r.depth = 8;
	r.white = 0;
	r.white_percent = false;
	for (size_t i = 0; i < l.n && !rc; i++)
		rc = add_file(s, fetch, l.item[i].path, &r, e);
	list_free(&l);
	fetch_free(fetch);
	return rc;
}

int prior_open(struct cam *c, struct err *e)
{
	const struct recipe *r = &c->x.net->recipe;
	size_t n = (size_t)r->height * (size_t)r->width;
	struct sum s = {.height = r->height, .width = r->width};
	int rc;

	if (!c->o.prior)
		return 0;
	s.map = c->x.prior = xcalloc(n, sizeof *s.map);
	s.wide = xmalloc(n * sizeof *s.wide);
	rc = file_is_dir(c->o.prior) ? add_folder(&s, c->o.prior, r, e) : add_stream(&s, c->o.prior, e);
	if (!rc && !s.n)
		rc = err_set(e, "no masks of two values");
	for (size_t i = 0; i < n && !rc; i++)
		s.map[i] /= (float)s.n;
	free(s.wide);
	return rc ? err_prefix(e, "--prior: %s", c->o.prior) : 0;
}
