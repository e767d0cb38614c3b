#ifndef CMD_CAM_H
#define CMD_CAM_H

#include <stdbool.h>

#include "explain/head.h"
#include "explain/map.h"
#include "explain/scale.h"
#include "image/draw.h"
#include "stream/stream.h"
#include "tool.h"

#define STYLES(X) X(overlay) X(side) X(hotspot) X(heat)
enum style {
#define X(name) STYLE_##name,
	STYLES(X)
#undef X
};

struct cam {
	/* options */
	const char *model, *methods, *layers, *class, *dir;
	enum style style;
	enum colormap colormap;
	enum normaliser normalise;
	bool force, caption, stream; /* stream: the result goes to standard output too */
	int batch;
	/* while it runs */
	struct net *net;
	int target;           /* index of the class to explain; -1: the predicted one of each picture */
	struct pool *pool;
	struct explain x;
	struct reader in;
	struct writer out;
	int64_t items;        /* of the whole list, 0: not known */
	bool scored;          /* the stream has the model's scores; else they are made here */
	int64_t failed;
	struct progress bar;
};

/* A wrong name in the comma list is a usage error, found before anything is opened. */
void cam_check_methods(const char *methods);
/* Dies when the stream's recipe is not the model's. */
void cam_check_head(struct cam *c);
/* The model's classes as a comma list (fresh memory). */
char *cam_classes(const struct cam *c);
/* Reads to the first item: are the scores those of our model (dies when they are another's), or are there none? Then
 * writes the head, all model records and, where we score, our own. first is left holding the first item; returns 1, 0
 * for a stream without items, -1 on error. */
int cam_open(struct cam *c, struct record *first, struct err *e);
/* Maps for every item, first being the one already read (NULL: none). */
int cam_items(struct cam *c, const struct record *first, struct err *e);
/* An item on its way through the pipeline. */
struct slot {
	struct record item;
	int place;      /* in the batch's maps, or -1: passes as it is */
	int class;
	bool flat;      /* some map is */
	bool broken;    /* some map has values that are not numbers */
	float *map;     /* of every target, finished [target][h*w] */
	bool *map_flat;
	struct err why; /* it cannot be explained and becomes an error record */
	struct err err; /* of drawing */
};

/* Items that are explained together, and all slots. */
struct batch {
	struct cam *c;
	const struct record *first; /* already read; NULL when it has been taken */
	struct slot *slot;
	struct view *view;  /* by place */
	struct slot **at;   /* by place */
	int pictures;
	bool run;           /* some picture needs a forward */
	float *input;       /* of it */
};
/* Chooses the pictures of n slots that can be explained and fills the input; what is wrong with the others is in
 * their `why`. */
void batch_take(struct batch *b, int slot, int n);
/* Runs and maps n slots (struct pipeline's group). */
void explain_batch(void *ctx, int slot, int n);
static inline float *slot_map(const struct cam *c, const struct slot *s, int target)
{
	return s->map + (size_t)target * (size_t)c->net->recipe.height * (size_t)c->net->recipe.width;
}

/* Draws one picture of an explained item into c->dir; a flat map is called one. Thread-safe. */
int cam_draw(const struct cam *c, const struct record *item, int class, int target, const float *map, bool flat,
             struct err *e);

#endif
