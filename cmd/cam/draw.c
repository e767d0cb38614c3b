/* Files: a map on the image, or its values. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/tsv.h"
#include "cam/item.h"
#include "data/study.h"
#include "image/unload.h"

/* ---- the file that an item was made from, found by the id ---- */

/* In the order of the list: archives are walked forward once. */
void original_read(struct cam *c, struct cam_slot *s)
{
	const char *id = record_get(&s->item, "id"), *listed;
	char *name;
	size_t n;

	s->lost.text[0] = '\0';
	if (!c->draw.fetch || !id || !record_is_item(&s->item) || record_error(&s->item))
		return;
	name = text_unescape(id, &n);
	listed = named_path(c->draw.named, name);
	if (fetch_get(c->draw.fetch, listed ? listed : name, &s->bytes, &s->nbytes, &s->bytecap, &s->lost))
		err_prefix(&s->lost, "the original%s", !listed && study_is_id(name) ? " (--list says where DICOM files are)" : "");
	else
		s->lost.text[0] = '\0';
	free(name);
}

static int original_decode(struct cam_slot *s)
{
	const char *want = record_get(&s->item, "sha256");
	char have[SHA256_HEX];

	if (s->lost.text[0])
		return -1;
	sha256_of(s->bytes, s->nbytes, have);
	if (!want || strcmp(want, have))
		return err_set(&s->lost, "the original is another file: its SHA-256 is %s, not %s", have, want ? want : "known");
	return image_decode(&s->image, s->bytes, s->nbytes, &s->lost) ? err_prefix(&s->lost, "the original") : 0;
}

static int within(double v, int lo, int hi)
{
	return v < lo ? lo : v > hi ? hi : (int)lrint(v);
}

/* A map of the recipe's size on an image of width x height; what the recipe cut off has no heat. Fresh memory. */
static float *original_map(const struct recipe *r, const float *map, int width, int height)
{
	struct placing p = image_place(r, width, height);
	int left = within(p.box.x, 0, width - 1), right = within(p.box.x + p.box.width, left + 1, width);
	int top = within(p.box.y, 0, height - 1), bottom = within(p.box.y + p.box.height, top + 1, height);
	float *part = xreallocarray(NULL, (size_t)p.width * (size_t)p.height, sizeof *part);
	float *seen = xreallocarray(NULL, (size_t)(right - left) * (size_t)(bottom - top), sizeof *seen);
	float *whole = xcalloc((size_t)width * (size_t)height, sizeof *whole);

	for (int y = 0; y < p.height; y++)
		memcpy(part + (size_t)y * (size_t)p.width, map + (size_t)(p.y + y) * (size_t)r->width + p.x,
		       (size_t)p.width * sizeof *part);
	map_resize(part, p.height, p.width, seen, bottom - top, right - left);
	for (int y = top; y < bottom; y++)
		memcpy(whole + (size_t)y * (size_t)width + left, seen + (size_t)(y - top) * (size_t)(right - left),
		       (size_t)(right - left) * sizeof *seen);
	free(part);
	free(seen);
	return whole;
}

/* ---- one file of one map ---- */

bool cam_image(const struct cam *c, struct cam_slot *s)
{
	const struct recipe *r = &c->x.net->recipe;

	if (c->draw.original)
		return original_decode(s) == 0;
	s->image = (struct image){.width = r->width, .height = r->height, .channels = r->channels};
	s->image.u8 = image_unload_tensor(r, record_tensor(&s->item, "image"));
	return true;
}

static char *caption_of(const struct cam *c, const struct cam_slot *s, int map)
{
	const struct blend_map *m = &c->x.blend.map[map];
	const float *prob = record_tensor(&s->item, "prob")->data;
	const char *label = record_get(&s->item, "label");
	struct text t = {0};

	text_addf(&t, "%s p %.3f", c->x.net->classes.name[s->class], (double)prob[s->class]);
	if (label && *label)
		text_addf(&t, "  label %s", label);
	text_addf(&t, "  %s%s%s%s", method_title(m->method), m->layer ? " " : "", m->layer ? m->layer : "",
	          s->maps.flat[map] ? "  no signal" : "");
	return t.s;
}

/* DIR/<file name of the item>, with the method and layer in it where there are several. */
static char *path_of(const struct cam *c, const struct record *item, int map)
{
	static const char *const ending[] = {
#define X(name) #name,
		FORMATS(X)
#undef X
	};
	char *name = item_file_name(item, c->draw.items), *path;

	if (cam_shown(c) == 1)
		path = xasprintf("%s/%s.%s", c->draw.dir, name, ending[c->draw.format]);
	else
		path = xasprintf("%s/%s.%s.%s", c->draw.dir, name, c->x.blend.map[map].name, ending[c->draw.format]);
	free(name);
	return path;
}

static int draw(const struct cam *c, const struct image *on, const float *map, const char *caption, const char *path,
                struct err *e)
{
	struct image out = {0};
	int rc = 0;

	if (c->draw.style == STYLE_overlay)
		draw_overlay(&out, on, map, c->draw.colormap, DRAW_ALPHA);
	else if (c->draw.style == STYLE_side)
		rc = draw_side(&out, on, map, c->draw.colormap, DRAW_ALPHA, caption, e);
	else if (c->draw.style == STYLE_hotspot)
		draw_hotspot(&out, on, map, DRAW_SHARE);
	else if (c->draw.style == STYLE_contour)
		draw_contour(&out, on, map);
	else if (c->draw.style == STYLE_heat)
		draw_heat(&out, map, on->width, on->height, c->draw.colormap);
	else
		draw_plain(&out, on);
	if (!rc && c->draw.notice)
		draw_notice(&out, c->draw.notice);
	if (!rc)
		rc = image_write_png(&out, path, e);
	image_free(&out);
	return rc;
}

/* The image that the item came from must not be overwritten by its map. */
static void keep_source(const struct record *item)
{
	const char *id = record_get(item, "id");
	char *path = text_unescape(id ? id : "", NULL);

	input_note(path);
	free(path);
}

int cam_draw(const struct cam *c, const struct cam_slot *s, int m, struct err *e)
{
	char *caption = c->draw.caption ? caption_of(c, s, m) : NULL, *path = path_of(c, &s->item, m);
	int w = s->image.width, h = s->image.height, rc;
	float *own = c->draw.original ? original_map(&c->x.net->recipe, slot_map(c, s, m), w, h) : NULL;
	const float *map = own ? own : slot_map(c, s, m);

	keep_source(&s->item);
	if (c->draw.format == FORMAT_npy)
		rc = image_write_npy(map, w, h, path, e);
	else if (c->draw.format == FORMAT_pfm)
		rc = image_write_pfm(map, w, h, path, e);
	else
		rc = draw(c, &s->image, map, caption, path, e);
	free(own);
	free(caption);
	free(path);
	return rc;
}
