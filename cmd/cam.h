#ifndef CMD_CAM_H
#define CMD_CAM_H

#include <stdbool.h>

#include "data/fetch.h"
#include "explain/blend.h"
#include "explain/evidence.h"
#include "image/draw.h"
#include "stream/stream.h"
#include "stream/table.h"
#include "tool/tool.h"

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
	bool dir, asked, found; /* of some image it was asked what it knows; it did know something */
	struct truth_row {
		char *name;
		double box[4]; /* x y width height, in pixels of the file */
	} *row;
	size_t n, cap;
};

/* Another run's stream of the same images. */
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
	const char *drawn; /* the last option given that is for images alone */
	bool original; /* draw on the files that the images were made from */
	bool force, caption, stream; /* stream: the result goes to standard output too */
	/* while it runs */
	struct blend blend;   /* the maps; its options are set from the start */
	struct net *net;      /* the first of them: all have its classes and its recipe */
	int target;           /* index of the class to explain; -1: the predicted one of each image */
	struct pool *pool;
	struct fetch *fetch;  /* of --original */
	struct reader in;
	struct writer out;    /* or */
	struct table rows;
	bool images;        /* they are wanted, not only a kept feature map */
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
/* n more images or runs are done; ctx is the struct cam. Thread-safe. */
void cam_progress(void *ctx, int n);
/* How many maps were asked for, and is this one of them? */
int cam_shown(const struct cam *c);
bool cam_shows(const struct cam *c, int map);

#endif
