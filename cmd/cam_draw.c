/* One file of one map. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cam_item.h"

/* The stream's image as 8-bit pixels: U8 as they are, F32 with the normalisation undone. With norm=image mean and
 * standard deviation are gone: the image's own range is spread over 0..255. */
static void unnormalise(const struct recipe *r, const float *v, int n, int channels, unsigned char *out)
{
	float lo = v[0], hi = v[0];

	for (int i = 1; i < n; i++) {
		lo = fminf(lo, v[i]);
		hi = fmaxf(hi, v[i]);
	}
	for (int i = 0; i < n; i++) {
		int ch = i % channels;
		float x = r->per_image ? (hi > lo ? (v[i] - lo) / (hi - lo) : 0) : v[i] * r->std[ch] + r->mean[ch];

		out[i] = (unsigned char)lrintf(255 * fminf(fmaxf(x, 0), 1));
	}
}

bool cam_image(const struct cam *c, struct slot *s)
{
	const struct recipe *r = &c->net->recipe;
	const struct tensor *t = record_tensor(&s->item, "image");
	int n = r->width * r->height * r->channels;
	struct image *im = &s->image;

	if (c->original)
		return original_decode(s) == 0;
	*im = (struct image){.width = r->width, .height = r->height, .channels = r->channels, .u8 = xmalloc((size_t)n)};
	if (t->type == DT_U8)
		memcpy(im->u8, t->data, (size_t)n);
	else
		unnormalise(r, t->data, n, r->channels, im->u8);
	return true;
}

static char *caption_of(const struct cam *c, const struct slot *s, int map)
{
	const struct blend_map *m = &c->blend.map[map];
	const float *prob = record_tensor(&s->item, "prob")->data;
	const char *label = record_get(&s->item, "label");
	struct text t = {0};

	text_addf(&t, "%s p %.3f", c->net->classes.name[s->class], (double)prob[s->class]);
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
	char *name = item_file_name(item, c->items), *path;

	if (cam_shown(c) == 1)
		path = xasprintf("%s/%s.%s", c->dir, name, ending[c->format]);
	else
		path = xasprintf("%s/%s.%s.%s", c->dir, name, c->blend.map[map].name, ending[c->format]);
	free(name);
	return path;
}

static int draw(const struct cam *c, const struct image *on, const float *map, const char *caption, const char *path,
                struct err *e)
{
	struct image out = {0};
	int rc = 0;

	if (c->style == STYLE_overlay)
		draw_overlay(&out, on, map, c->colormap, DRAW_ALPHA);
	else if (c->style == STYLE_side)
		rc = draw_side(&out, on, map, c->colormap, DRAW_ALPHA, caption, e);
	else if (c->style == STYLE_hotspot)
		draw_hotspot(&out, on, map, DRAW_SHARE);
	else if (c->style == STYLE_contour)
		draw_contour(&out, on, map);
	else
		draw_heat(&out, map, on->width, on->height, c->colormap);
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

int cam_draw(const struct cam *c, const struct slot *s, int m, struct err *e)
{
	char *caption = c->caption ? caption_of(c, s, m) : NULL, *path = path_of(c, &s->item, m);
	int w = s->image.width, h = s->image.height, rc;
	float *own = c->original ? original_map(&c->net->recipe, slot_map(c, s, m), w, h) : NULL;
	const float *map = own ? own : slot_map(c, s, m);

	keep_source(&s->item);
	if (c->format == FORMAT_npy)
		rc = image_write_npy(map, w, h, path, e);
	else if (c->format == FORMAT_pfm)
		rc = image_write_pfm(map, w, h, path, e);
	else
		rc = draw(c, &s->image, map, caption, path, e);
	free(own);
	free(caption);
	free(path);
	return rc;
}
