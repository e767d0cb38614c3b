#ifndef CMD_CAM_ITEM_H
#define CMD_CAM_ITEM_H

#include "cam/cam.h"

/* An item on its way through the pipeline. */
struct cam_slot {
	struct record item;
	int place;      /* in the batch's maps, or -1: passes as it is */
	int class;
	bool flat;      /* some map that is shown is */
	unsigned char *lesions, *lungs; /* masks of the map's size, or NULL */
	int lesions_kind, lungs_kind;   /* enum mask_kind */
	struct maps maps;
	struct record before; /* the item in the stream to agree with */
	struct image image; /* that maps are drawn on */
	unsigned char *bytes; /* of its file, with --original */
	size_t nbytes, bytecap;
	struct map_file {      /* by map: a file to be put into the tar */
		char *name, *bytes;
		size_t n;
	} *drawing;
	struct err lost;      /* why there is no such file, and nothing is drawn */
	struct err why; /* it cannot be explained and becomes an error record */
	struct err err; /* of drawing, of reading masks */
};

/* Items that are explained together, and all slots. */
struct cam_batch {
	struct cam *c;
	const struct record *first; /* already read; NULL when it has been taken */
	struct cam_slot *slot;
	struct view *view;    /* by place */
	struct cam_slot **at; /* by place */
	struct maps **maps;   /* by place */
	int images;
	bool run;             /* some image needs a forward */
};
static inline float *slot_map(const struct cam *c, const struct cam_slot *s, int map)
{
	return s->maps.map + (size_t)map * (size_t)c->x.net->recipe.height * (size_t)c->x.net->recipe.width;
}

int against_open(struct cam_against *a, struct err *e);
void against_close(struct cam_against *a);
/* Reads on to the same item. 0, with nothing found where there is no such stream; -1: it or a map asked for is not
 * there. */
int against_find(struct cam *c, const struct record *item, struct record *found, struct err *e);
/* The map of that name and of the same class; NULL: there is none to agree with. */
const float *against_map(const struct cam *c, const struct cam_slot *s, int map);

/* What stands for nothing, to c->x.q.blank. */
int baseline_open(struct cam *c, struct err *e);
void baseline_close(struct cam *c);
bool baseline_is_file(const struct cam *c);

int prior_open(struct cam *c, struct err *e); /* c->x.prior from the masks of --prior */

int measure_open(struct cam *c, struct err *e);
bool measure_close(struct cam *c); /* false: what was to be measured against knows none of the images */
bool measure_shakes(const struct cam *c); /* maps of moved images are wanted */
void measure_batch(struct cam_batch *b); /* into the items' metadata */
struct sink_rows measure_rows(struct cam *c); /* of the table */

/* The class that is explained is the one that the image is called. */
bool cam_called(const struct cam *c, const struct cam_slot *s);

int boxes_open(struct cam *c, struct err *e);
int boxes_end(struct cam *c, struct err *e);
void boxes_put(struct cam *c, const struct cam_slot *s); /* of all maps that are shown; items in order */
float boxes_threshold(const struct cam *c, const float *map, int n);

/* Fills s->image; false when there is none to draw on, and s->lost says why. Thread-safe, as the others. */
bool cam_image(const struct cam *c, struct cam_slot *s);
/* Draws one map of an explained item, as a file of c->draw.dir or for drawing_put; a flat map is called one. */
int cam_draw(const struct cam *c, struct cam_slot *s, int map, struct err *e);
/* Drawings of an item into the tar, if there is one; items in order. */
int drawing_put(struct cam *c, struct cam_slot *s, struct err *e);
/* The bytes of the file that an item was made from, with --original; one item at a time, in order. What is wrong goes
 * to s->lost. */
void original_read(struct cam *c, struct cam_slot *s);

#endif
