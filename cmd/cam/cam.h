#ifndef CMD_CAM_H
#define CMD_CAM_H

#include <stdbool.h>

#include "data/fetch.h"
#include "data/named.h"
#include "explain/blend.h"
#include "explain/evidence.h"
#include "image/draw.h"
#include "image/mask.h"
#include "nn/runhead.h"
#include "stream/sink.h"
#include "tool/tool.h"

#define STYLES(X) X(overlay) X(side) X(hotspot) X(contour) X(heat) X(image)
enum style {
#define X(name) STYLE_##name,
	STYLES(X)
#undef X
};

#define FORMATS(X) X(png) X(npy) X(pfm)
enum map_format {
#define X(name) FORMAT_##name,
	FORMATS(X)
#undef X
};

/* What the command line says, but for what is kept where it is used. */
struct cam_options {
	const char **models, *methods, *layers, *class, *measures;
	int nmodel;
	bool asked[METHOD_COUNT]; /* by --method; else a baseline that comes along to be measured */
	char *all_methods;        /* with those */
	bool columns[EVIDENCE_COUNT]; /* by --measure; else what a method says of itself, in the metadata only */
	const char *prior;        /* masks; NULL: none */
	const char *baseline;     /* NULL: not given */
	double noise;             /* below 0: each method its own */
	double *zoom;             /* what blend.zoom is */
	int samples, patch;
	bool table, stream, force; /* stream: the result goes to standard output as one */
};

/* The maps and their measures. */
struct cam_explain {
	struct blend blend; /* its options are set from the start */
	struct net *net;    /* the first of them: all have its classes and its recipe */
	int target;         /* index of the class to explain; -1: the predicted one of each image */
	struct pool *pool;
	bool images;        /* they are wanted, not only a kept feature map */
	bool scored;        /* the stream has the model's scores; else they are made here */
	float *prior;       /* the mean mask, of the recipe's size */
	bool measured;      /* something is asked about the maps: by --measure, or what a method is to say of itself */
	struct inquest q;   /* of these; its seed and its blank are the methods' too */
	struct cam_baseline {
		char *name;   /* for the head: without a path */
		float *image; /* of a file, as the network gets it */
	} baseline;
};

/* What maps are measured against. */
struct cam_truth {
	struct cam_masks {
		struct masks masks;
		bool asked, found; /* of some image it was asked what it knows; it did know something */
		int64_t empty;     /* masks of one value */
	} lesions, lungs;
	struct cam_against { /* another run's stream of the same images */
		const char *path; /* NULL: there is none */
		struct source src;
		struct reader in;
	} against;
};

/* Files. */
struct cam_draw {
	const char *dir; /* a folder, or a .tar; NULL: none */
	struct tarball *tar; /* dir is one */
	enum style style;
	enum map_format format;
	enum colormap colormap;
	bool original, caption; /* original: on the files that the images were made from */
	const char *notice;     /* under every image, or NULL */
	bool all;               /* maps of classes that were not called, too */
	double scale;           /* logits at the top of the colours; 0: each map's own maximum */
	bool scale_given;       /* in every image; else a map that goes higher has its own maximum there */
	const char *drawn;      /* the last option given that is for images alone */
	const char *list;       /* of --original: where ids have their paths, or NULL */
	struct named *named;
	struct fetch *fetch;    /* of --original */
	int64_t items;          /* of the whole list, 0: not known */
};

/* Where a map is hot, as a share of its largest value. */
#define CUTS(X) X(otsu) X(half)
enum cut {
#define X(name) CUT_##name,
	CUTS(X)
#undef X
	CUT_share
};
struct cam_boxes {
	enum cut cut;
	double share;
	const char *path; /* of the table; NULL: none */
	struct outfile out;
};

struct cam {
	struct cam_options o;
	struct cam_explain x;
	struct cam_truth truth;
	struct cam_draw draw;
	struct cam_boxes boxes;
	struct reader in;
	struct sink out;
	struct strangers strangers; /* labels that are none of the model's classes */
	int64_t failed;
	struct progress bar;
};

/* Fills in what the command line says; exits 2 when that is wrong. */
extern const struct tool cam_tool;
void cam_options(struct cam *c, struct opts *o, int argc, char **argv);
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
