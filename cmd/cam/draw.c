/* Files: a map on the image, or its values. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/tsv.h"
#include "cam/item.h"
#include "data/study.h"
#include "data/tarball.h"
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

bool cam_called(const struct cam *c, const struct cam_slot *s)
{
	return team_pred(&c->x.blend.team, record_tensor(&s->item, "prob")->data) == s->class;
}

/* The map's own resolution, where all its parts have one. */
static void add_cells(struct text *t, const struct blend *b, const struct blend_map *m)
{
	int h = 0, w = 0;

	for (int k = 0; k < b->x->ntarget; k++) {
		const struct target *at = &b->x->target[k];

		if (at->method != m->method || !at->layer || !strstr(m->layer ? m->layer : "", at->layer->name))
			continue;
		if (at->w != w || at->h != h)
			text_addf(t, "%s%d x %d", h ? ", " : " ", at->h, at->w);
		h = at->h;
		w = at->w;
	}
	text_add(t, h ? " cells" : "");
}

static void add_answer(struct text *t, const struct cam *c, const struct cam_slot *s)
{
	const float *prob = record_tensor(&s->item, "prob")->data;
	const struct team *team = &c->x.blend.team;

	text_addf(t, "%s%s p %.3f", c->x.net->classes.name[s->class], cam_called(c, s) ? "" : " not called:",
	          (double)prob[s->class]);
	if (team->classes == 2 && s->class == 1)
		text_addf(t, ", called from %.3g", team->threshold);
	if (!cam_called(c, s) && !c->draw.all)
		text_add(t, "; not painted");
}

static char *caption_of(const struct cam *c, const struct cam_slot *s, int map)
{
	const struct blend_map *m = &c->x.blend.map[map];
	const char *label = record_get(&s->item, "label");
	struct text t = {0};

	add_answer(&t, c, s);
	if (label && *label)
		text_addf(&t, "  label %s", label);
	text_addf(&t, "  %s%s%s", method_title(m->method), m->layer ? " " : "", m->layer ? m->layer : "");
	add_cells(&t, &c->x.blend, m);
	text_add(&t, c->x.blend.flip ? ", flip" : "");
	for (int i = 0; i < c->x.blend.nzoom; i++)
		text_addf(&t, "%s%.9g", i ? "/" : ", zoom ", c->x.blend.zoom[i]);
	text_addf(&t, ", %s%s", normaliser_name(blend_normaliser(&c->x.blend, m->method)),
	          s->maps.flat[map] ? ", no signal" : "");
	return t.s;
}

/* <file name of the item>, with the method and layer in it where there are several. */
static char *file_name(const struct cam *c, const struct record *item, int map)
{
	static const char *const ending[] = {
#define X(name) #name,
		FORMATS(X)
#undef X
	};
	char *name = item_file_name(item, c->draw.items), *path;

	if (cam_shown(c) == 1)
		path = xasprintf("%s.%s", name, ending[c->draw.format]);
	else
		path = xasprintf("%s.%s.%s", name, c->x.blend.map[map].name, ending[c->draw.format]);
	free(name);
	return path;
}

/* The logits at the top of the colours; 0: the map's values are none, or each map is drawn by its own maximum. */
static double top_of(const struct cam *c, const struct cam_slot *s, int m)
{
	double peak = s->maps.peak[m];
	const float *map = slot_map(c, s, m);
	int n = c->x.net->recipe.width * c->x.net->recipe.height;

	if (c->draw.scale <= 0 || peak <= 0)
		return 0;
	return c->draw.scale_given ? c->draw.scale : fmax(c->draw.scale, peak * (double)map_quantile(map, n, 1));
}

/* Nothing of what was not called; else the map, its 1 being the top of the colours. A map that is not in logits is
 * weighted by the class's probability. Lines and hot spots are the map's own. */
static void paint(const struct cam *c, const struct cam_slot *s, int m, double top, float *map, size_t n)
{
	bool lines = c->draw.style == STYLE_contour || c->draw.style == STYLE_hotspot;
	bool none = !c->draw.all && !cam_called(c, s);
	const float *prob = record_tensor(&s->item, "prob")->data;
	float by = lines || c->draw.scale <= 0 ? 1 : top > 0 ? (float)(s->maps.peak[m] / top) : prob[s->class];

	for (size_t i = 0; i < n; i++) {
		float v = map[i] * by;

		map[i] = none ? 0 : by == 1 ? v : v < 0 ? 0 : v > 1 ? 1 : v;
	}
}

static int draw(const struct cam *c, const struct image *on, const float *map, const struct legend *legend, FILE *f,
                struct err *e)
{
	struct image out = {0};
	int rc = 0;

	if (c->draw.style == STYLE_overlay)
		draw_overlay(&out, on, map, c->draw.colormap, DRAW_ALPHA);
	else if (c->draw.style == STYLE_side)
		rc = draw_side(&out, on, map, c->draw.colormap, DRAW_ALPHA, legend, e);
	else if (c->draw.style == STYLE_hotspot)
		draw_hotspot(&out, on, map, DRAW_SHARE);
	else if (c->draw.style == STYLE_contour)
		draw_contour(&out, on, map, boxes_threshold(c, map, on->width * on->height));
	else if (c->draw.style == STYLE_heat)
		draw_heat(&out, map, on->width, on->height, c->draw.colormap);
	else
		draw_plain(&out, on);
	if (!rc && c->draw.notice)
		rc = draw_notice(&out, c->draw.notice, e);
	if (!rc)
		rc = image_put_png(&out, f, e);
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

static int draw_painted(const struct cam *c, const struct cam_slot *s, int m, float *map, FILE *f, struct err *e)
{
	char *caption = c->draw.caption ? caption_of(c, s, m) : NULL;
	double top = top_of(c, s, m);
	struct legend legend = {top > 0 ? top : 1, top > 0 ? "logits" : NULL, caption};
	int rc;

	paint(c, s, m, top, map, (size_t)s->image.width * (size_t)s->image.height);
	rc = draw(c, &s->image, map, &legend, f, e);
	free(caption);
	return rc;
}

/* The map in the format that was asked for. */
static int put_map(const struct cam *c, const struct cam_slot *s, int m, FILE *f, struct err *e)
{
	int w = s->image.width, h = s->image.height, rc = 0;
	size_t n = (size_t)w * (size_t)h;
	float *map = c->draw.original ? original_map(&c->x.net->recipe, slot_map(c, s, m), w, h) :
	             memcpy(xmalloc(n * sizeof *map), slot_map(c, s, m), n * sizeof *map);

	if (c->draw.format == FORMAT_npy)
		rc = image_put_npy(map, w, h, f, e);
	else if (c->draw.format == FORMAT_pfm)
		image_put_pfm(map, w, h, f);
	else
		rc = draw_painted(c, s, m, map, f, e);
	free(map);
	return rc;
}

static int draw_file(const struct cam *c, const struct cam_slot *s, int m, const char *name, struct err *e)
{
	char *path = xasprintf("%s/%s", c->draw.dir, name);
	struct outfile o;
	int rc = -1;

	keep_source(&s->item);
	if (!outfile_open_derived(&o, path, e)) {
		if (!put_map(c, s, m, o.f, e))
			rc = outfile_commit(&o, e);
		else {
			outfile_abort(&o);
			err_prefix(e, "%s", path);
		}
	}
	free(path);
	return rc;
}

int cam_draw(const struct cam *c, struct cam_slot *s, int m, struct err *e)
{
	char *name = file_name(c, &s->item, m);
	int rc;

	if (!c->draw.tar) {
		rc = draw_file(c, s, m, name, e);
		free(name);
		return rc;
	}
	struct map_file *d = &s->drawing[m];
	struct text bytes = {0};
	FILE *f = text_open(&bytes);

	d->name = name;
	rc = put_map(c, s, m, f, e);
	fclose(f);
	d->bytes = bytes.s;
	d->n = bytes.len;
	return rc;
}

int drawing_put(struct cam *c, struct cam_slot *s, struct err *e)
{
	int rc = 0;

	for (int m = 0; c->draw.tar && m < c->x.blend.nmap; m++) {
		struct map_file *d = &s->drawing[m];

		if (d->name && !rc)
			rc = tarball_add(c->draw.tar, d->name, d->bytes, d->n, e);
		free(d->name);
		free(d->bytes);
		*d = (struct map_file){0};
	}
	return rc;
}
