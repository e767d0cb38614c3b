#ifndef CMD_CAM_H
#define CMD_CAM_H

#include <stdbool.h>

#include "data/fetch.h"
#include "explain/blend.h"
#include "explain/evidence.h"
#include "image/draw.h"
#include "stream/stream.h"
#include "stream/table.h"
#include "tool.h"

#define STYLES(X) X(overlay) X(side) X(hotspot) X(contour) X(heat)
enum style {
#define X(name) STYLE_##name,
	STYLES(X)
#undef X
};

#define FORMATS(X) X(png) X(npy) X(pfm)
enum format {
#define X(name) FORMAT_##name,
	FORMATS(X)
#undef X
};

/* Masks in a directory or boxes in a table. */
struct truth {
	const char *path; /* NULL: nothing is known */
	/* private */
	bool dir;
	struct truth_row {
		char *name;
		double box[4]; /* x y width height, in pixels of the file */
	} *row;
	size_t n, cap;
};

/* Another run's stream of the same pictures. */
struct against {
	const char *path; /* NULL: there is none */
	/* private */
	struct source src;
	struct reader in;
};

struct cam {
	/* options */
	const char **models, *methods, *layers, *class, *dir, *measures;
	int nmodel;
	bool asked[METHOD_COUNT]; /* by --method; else a baseline that comes along to be measured */
	char *all_methods;        /* with those */
	struct truth truth, lungs;
	struct against against;
	int samples, patch;
	bool table;
	enum style style;
	enum format format;
	enum colormap colormap;
	bool original; /* draw on the files that the pictures were made from */
	bool force, caption, stream; /* stream: the result goes to standard output too */
	/* while it runs */
	struct blend blend;   /* the maps; its options are set from the start */
	struct net *net;      /* the first of them: all have its classes and its recipe */
	int target;           /* index of the class to explain; -1: the predicted one of each picture */
	struct pool *pool;
	struct fetch *fetch;  /* of --original */
	struct reader in;
	struct writer out;    /* or */
	struct table rows;
	bool pictures;        /* they are wanted, not only a kept feature map */
	struct inquest q;     /* of --measure; its seed is the methods' too */
	int64_t items;        /* of the whole list, 0: not known */
	bool scored;          /* the stream has the model's scores; else they are made here */
	int64_t failed;
	struct progress bar;
};

/* Fills in what the command line says; exits 2 when that is wrong. */
extern const struct tool cam_tool;
void cam_options(struct cam *c, struct opts *o, int argc, char **argv);
void cam_check_names(struct cam *c);
/* Dies when the stream's recipe is not the model's. */
void cam_check_head(struct cam *c);
/* Reads to the first item: are the scores those of our model (dies when they are another's), or are there none? Then
 * writes the head, all model records and, where we score, our own. first is left holding the first item; returns 1, 0
 * for a stream without items, -1 on error. */
int cam_open(struct cam *c, struct record *first, struct err *e);
/* Maps for every item, first being the one already read (NULL: none). */
int cam_items(struct cam *c, const struct record *first, struct err *e);
/* n more pictures or runs are done; ctx is the struct cam. Thread-safe. */
void cam_progress(void *ctx, int n);
/* How many maps were asked for, and is this one of them? */
int cam_shown(const struct cam *c);
bool cam_shows(const struct cam *c, int map);
/* An item on its way through the pipeline. */
struct slot {
	struct record item;
	int place;      /* in the batch's maps, or -1: passes as it is */
	int class;
	bool flat;      /* some map that is shown is */
	unsigned char *truth, *lungs; /* masks of the map's size, or NULL */
	struct maps maps;
	struct record before; /* the item in the stream to agree with */
	struct image picture; /* that maps are drawn on */
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
	int pictures;
	bool run;           /* some picture needs a forward */
};
/* Chooses the pictures of n slots that can be explained and fills the input; what is wrong with the others is in
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
/* What is known of an item's picture at the size of its map, 1 inside: fresh memory, or NULL for nothing and, where e
 * has a text, for what cannot be read. Thread-safe. */
unsigned char *truth_mask(const struct truth *t, const struct recipe *recipe, const struct record *item, struct err *e);

int against_open(struct against *a, struct err *e);
void against_close(struct against *a);
/* Reads on to the same item. 0, with nothing found where there is no such stream; -1: it is not there. */
int against_find(struct against *a, const struct record *item, struct record *found, struct err *e);
const float *against_map(const struct cam *c, const struct slot *s, int map); /* NULL when it is not there */
/* The name of a map's tensor: "map", or "map.<method>.<layer>" where there are several. Fresh memory. */
char *map_tensor(const struct cam *c, int map);

int measure_open(struct cam *c, struct err *e);
void measure_close(struct cam *c);
bool measure_shakes(const struct cam *c); /* maps of moved pictures are wanted */
void measure_batch(struct batch *b); /* into the items' metadata */
int measure_head(struct cam *c, struct err *e);         /* the table's lines */
int measure_rows(struct cam *c, const struct slot *s, struct err *e);

/* Fills s->picture; false when there is none to draw on, and s->lost says why. Thread-safe, as the others. */
bool cam_picture(const struct cam *c, struct slot *s);
/* Writes one map of an explained item into c->dir; a flat map is called one. */
int cam_draw(const struct cam *c, const struct slot *s, int map, struct err *e);

/* The file that an item was made from, with --original: its bytes (one item at a time, in order) and its pixels. What
 * is wrong goes to s->lost. */
void original_read(struct cam *c, struct slot *s);
int original_decode(struct slot *s);
/* A map of the recipe's size on a picture of width x height; fresh memory. */
float *original_map(const struct recipe *r, const float *map, int width, int height);

#endif
