#ifndef CMD_CAM_ITEM_H
#define CMD_CAM_ITEM_H

#include "cam.h"

/* An item on its way through the pipeline. */
struct slot {
	struct record item;
	int place;      /* in the batch's maps, or -1: passes as it is */
	int class;
	bool flat;      /* some map that is shown is */
	unsigned char *truth, *lungs; /* masks of the map's size, or NULL */
	struct maps maps;
	struct record before; /* the item in the stream to agree with */
	struct image image; /* that maps are drawn on */
	unsigned char *bytes; /* of its file, with --original */
	size_t nbytes, bytecap;
	struct err lost;      /* why there is no such file, and nothing is drawn */
	struct err why; /* it cannot be explained and becomes an error record */
	struct err err; /* of drawing, of reading masks */
};

/* Items that are explained together, and all slots. */
struct batch {
	struct cam *c;
	const struct record *first; /* already read; NULL when it has been taken */
	struct slot *slot;
	struct view *view;  /* by place */
	struct slot **at;   /* by place */
	struct maps **maps; /* by place */
	int images;
	bool run;           /* some image needs a forward */
};
/* Chooses the images of n slots that can be explained and fills the input; what is wrong with the others is in
 * their `why`. */
void batch_take(struct batch *b, int slot, int n);
/* Runs and maps n slots (struct pipeline's group). */
void explain_batch(void *ctx, int slot, int n);
static inline float *slot_map(const struct cam *c, const struct slot *s, int map)
{
	return s->maps.map + (size_t)map * (size_t)c->net->recipe.height * (size_t)c->net->recipe.width;
}

int truth_open(struct truth *t, struct err *e);
void truth_close(struct truth *t);
/* What is known of an item's image at the size of its map, 1 inside: fresh memory, or NULL for nothing and, where e
 * has a text, for what cannot be read. Thread-safe. */
unsigned char *truth_mask(const struct truth *t, const struct recipe *recipe, const struct record *item, struct err *e);

int against_open(struct against *a, struct err *e);
void against_close(struct against *a);
/* Reads on to the same item. 0, with nothing found where there is no such stream; -1: it or a map asked for is not
 * there. */
int against_find(struct cam *c, const struct record *item, struct record *found, struct err *e);
/* The map of that name and of the same class; NULL: there is none to agree with. */
const float *against_map(const struct cam *c, const struct slot *s, int map);
void add_map(const struct cam *c, struct slot *s, int map); /* to the item */

int measure_open(struct cam *c, struct err *e);
void measure_close(struct cam *c);
bool measure_shakes(const struct cam *c); /* maps of moved images are wanted */
void measure_batch(struct batch *b); /* into the items' metadata */
int measure_head(struct cam *c, struct err *e);         /* the table's lines */
int measure_rows(struct cam *c, const struct slot *s, struct err *e);

/* Fills s->image; false when there is none to draw on, and s->lost says why. Thread-safe, as the others. */
bool cam_image(const struct cam *c, struct slot *s);
/* Writes one map of an explained item into c->dir; a flat map is called one. */
int cam_draw(const struct cam *c, const struct slot *s, int map, struct err *e);

/* The file that an item was made from, with --original: its bytes (one item at a time, in order) and its pixels. What
 * is wrong goes to s->lost. */
void original_read(struct cam *c, struct slot *s);
int original_decode(struct slot *s);
/* A map of the recipe's size on an image of width x height; fresh memory. */
float *original_map(const struct recipe *r, const float *map, int width, int height);

#endif
