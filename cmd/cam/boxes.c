/* --boxes-out: the hot parts of every map, a row for each, in pixels of the image's file. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"
#include "cam/item.h"
#include "image/boxes.h"
#include "stream/table.h"

int boxes_open(struct cam *c, struct err *e)
{
	struct cam_boxes *b = &c->boxes;

	if (!b->path)
		return 0;
	if (outfile_open(&b->out, b->path, e))
		return -1;
	fputs("image\tx\ty\twidth\theight\tpeak_x\tpeak_y\tpeak\tshare\tmap\tclass\tp\tcalled\tlabel\tpatient\toutline\n",
	      b->out.f);
	return 0;
}

int boxes_end(struct cam *c, struct err *e)
{
	return c->boxes.path ? outfile_commit(&c->boxes.out, e) : 0;
}

float boxes_threshold(const struct cam *c, const float *map, int n)
{
	if (c->boxes.cut == CUT_otsu)
		return map_otsu(map, n);
	return (float)(c->boxes.cut == CUT_half ? .5 : c->boxes.share) * map_quantile(map, n, 1);
}

/* From the map's pixels to the file's. */
struct frame {
	struct placing p;
	double across, down;
};

static struct frame frame_of(const struct recipe *r, const struct record *item)
{
	const char *w = record_get(item, "width"), *h = record_get(item, "height");
	int64_t width = r->width, height = r->height;
	struct frame f;

	if (w && h && (!num_int(w, 1, INT32_MAX, &width) || !num_int(h, 1, INT32_MAX, &height))) {
		width = r->width;
		height = r->height;
	}
	f.p = image_place(r, (double)width, (double)height);
	f.across = f.p.box.width / f.p.width;
	f.down = f.p.box.height / f.p.height;
	return f;
}

static void put_number(FILE *f, double v)
{
	fprintf(f, "%.6g\t", v);
}

static void put_box(FILE *to, const struct frame *f, const struct map_box *b)
{
	put_number(to, f->p.box.x + (b->x - f->p.x) * f->across);
	put_number(to, f->p.box.y + (b->y - f->p.y) * f->down);
	put_number(to, b->width * f->across);
	put_number(to, b->height * f->down);
	put_number(to, f->p.box.x + (b->peak_x + .5 - f->p.x) * f->across);
	put_number(to, f->p.box.y + (b->peak_y + .5 - f->p.y) * f->down);
	put_number(to, (double)b->peak);
	put_number(to, b->share);
}

/* As the points of a polygon in SVG. */
static void put_outline(FILE *to, const struct frame *f, const struct map_point *p, int n)
{
	for (int i = 0; i < n; i++)
		fprintf(to, "%s%.6g,%.6g", i ? " " : "", f->p.box.x + (p[i].x - f->p.x) * f->across,
		        f->p.box.y + (p[i].y - f->p.y) * f->down);
}

/* A map without a hot part has a row without numbers: what is not there is told from what was not looked at. */
static void put_row(struct cam *c, const struct cam_slot *s, const struct frame *f, int map, const struct map_box *b,
                    const struct map_point *point, int points)
{
	const float *prob = record_tensor(&s->item, "prob")->data;
	FILE *to = c->boxes.out.f;

	table_value(to, record_get(&s->item, "id"), '\t');
	if (b)
		put_box(to, f, b);
	else
		fputs("\t\t\t\t\t\t\t\t", to);
	table_value(to, c->x.blend.map[map].name, '\t');
	table_value(to, c->x.net->classes.name[s->class], '\t');
	put_number(to, (double)prob[s->class]);
	fprintf(to, "%d\t", cam_called(c, s));
	table_value(to, record_get(&s->item, "label"), '\t');
	table_value(to, record_get(&s->item, "patient"), '\t');
	put_outline(to, f, point, points);
	putc('\n', to);
}

static void put_map(struct cam *c, const struct cam_slot *s, const struct frame *f, int map)
{
	const struct recipe *r = &c->x.net->recipe;
	const float *v = slot_map(c, s, map);
	float threshold = boxes_threshold(c, v, r->width * r->height);
	struct map_box *box;
	struct map_point *point;
	int n = map_boxes(v, r->width, r->height, threshold, NULL, &box);

	for (int i = 0; i < n; i++) {
		int points = map_outline(v, r->width, r->height, threshold, &box[i], &point);

		put_row(c, s, f, map, &box[i], point, points);
		free(point);
	}
	if (!n)
		put_row(c, s, f, map, NULL, NULL, 0);
	free(box);
}

void boxes_put(struct cam *c, const struct cam_slot *s)
{
	struct frame f = frame_of(&c->x.net->recipe, &s->item);

	for (int m = 0; c->boxes.path && m < c->x.blend.nmap; m++)
		if (cam_shows(c, m))
			put_map(c, s, &f, m);
}
