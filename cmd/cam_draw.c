/* One picture of one map. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cam.h"

/* The stream's picture as 8-bit pixels: U8 as they are, F32 with the normalisation undone. With norm=image mean and
 * standard deviation are gone: the picture's own range is spread over 0..255. */
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

static void gray_of(const struct cam *c, const struct record *item, struct image *im)
{
	const struct recipe *r = &c->net->recipe;
	const struct tensor *t = record_tensor(item, "image");
	int n = r->width * r->height * r->channels;

	*im = (struct image){.width = r->width, .height = r->height, .channels = r->channels, .u8 = xmalloc((size_t)n)};
	if (t->type == DT_U8)
		memcpy(im->u8, t->data, (size_t)n);
	else
		unnormalise(r, t->data, n, r->channels, im->u8);
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
	char *name = item_file_name(item, c->items), *path;

	if (cam_shown(c) == 1)
		path = xasprintf("%s/%s.png", c->dir, name);
	else
		path = xasprintf("%s/%s.%s.png", c->dir, name, c->blend.map[map].name);
	free(name);
	return path;
}

int cam_draw(const struct cam *c, const struct slot *s, int m, struct err *e)
{
	char *caption = c->caption ? caption_of(c, s, m) : NULL, *path = path_of(c, &s->item, m);
	const float *map = slot_map(c, s, m);
	struct image gray, out = {0};
	int rc = 0;

	gray_of(c, &s->item, &gray);
	if (c->style == STYLE_overlay)
		draw_overlay(&out, &gray, map, c->colormap, DRAW_ALPHA);
	else if (c->style == STYLE_side)
		rc = draw_side(&out, &gray, map, c->colormap, DRAW_ALPHA, caption, e);
	else if (c->style == STYLE_hotspot)
		draw_hotspot(&out, &gray, map, DRAW_SHARE);
	else if (c->style == STYLE_contour)
		draw_contour(&out, &gray, map);
	else
		draw_heat(&out, map, gray.width, gray.height, c->colormap);
	if (!rc)
		rc = image_write_png(&out, path, e);
	image_free(&gray);
	image_free(&out);
	free(caption);
	free(path);
	return rc;
}
