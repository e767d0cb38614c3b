#ifndef EXPLAIN_MAP_H
#define EXPLAIN_MAP_H

#include <stdint.h>

#include "base/pool.h"
#include "explain/blank.h"
#include "explain/method.h"
#include "explain/run.h"
#include "nn/net.h"

/* Raw maps of a batch of images: one for every method at every layer asked for. All that is made from a layer's value
 * and gradient comes from one forward and at most one backward; where the layer is what the head averages (head.h) no
 * backward is run, and a feature map that somebody else kept gives the same bits as a forward here. Methods that try
 * the network on many images (maker.h) run them in full batches. */
struct target {
	enum method method;
	const struct node *layer; /* NULL: made at the image's resolution */
	int h, w;                 /* of the raw map */
	bool head;                /* the gradient is known without a backward */
	struct net *tail;         /* what is behind the layer, for methods that run it */
	struct runner rest;
};
struct explain {
	struct net *net;
	struct pool *pool;
	struct target *target; /* methods fastest; those without a layer once */
	int ntarget, batch;
	bool backward;     /* some target needs one */
	bool images;     /* some target (or the caller) needs the image, not only a feature map */
	/* To be set before the first image. */
	bool score;        /* explain_logits has the bits of a plain inference */
	uint64_t seed;     /* of all that is drawn; with the item's number */
	int samples;       /* images tried by methods that choose how many; 0: each its own number */
	int patch;         /* side of what is taken away, in pixels; 0: a seventh of the shorter side */
	const float *prior; /* [h,w] of the image: the map of METHOD_prior; NULL: zeros */
	struct blank blank; /* what stands for nothing */
	double noise;      /* standard deviation of added noise, as a share of the image's range; below 0: by method */
	void (*tick)(void *ctx, int n); /* n of explain_runs are done; NULL */
	void *tick_ctx;
	/* private */
	struct plan *plan; /* made at the first image that needs one */
	struct plan *scorer; /* a plan that keeps nothing, where keeping a layer changes bits */
	struct runner runner[RUN_EVERY + 1];
	const float *image; /* what explain_forward was given */
	float *raw, *scratch;
	size_t largest, grad_size; /* floats of the largest map; of the head's gradient */
};

/* methods and layers are comma lists; layers NULL: the default one. n and pool are borrowed. 0 or -1: unknown names,
 * a method that the network has no head for. */
int explain_open(struct explain *x, struct net *n, const char *methods, const char *layers, int batch,
                 struct pool *pool, struct err *e);
void explain_close(struct explain *x);

/* Runs of the network for each image, beside the one forward and backward. */
int64_t explain_runs(const struct explain *x);

/* Takes the memory that a forward needs; again, it does nothing. -1: there is none. */
int explain_ready(struct explain *x, struct err *e);
/* n images [n,h,w,c], borrowed until their maps are made. */
void explain_forward(struct explain *x, const float *images, int n);
const float *explain_logits(const struct explain *x); /* [n, logits] */

/* One image of a batch: its feature map at the head's layer (only when no target needs a backward or an image) or
 * its place in the forward just run; the class whose score is explained; and its number in the whole list, which with
 * the seed says what is drawn for it. */
struct view {
	const float *feat;
	int slot, class;
	uint64_t item;
};
/* Maps of n <= batch images; runs the backward that they need (then a slot may be named once only: it has one
 * gradient). */
void explain_maps(struct explain *x, const struct view *view, int n);
const float *explain_raw(const struct explain *x, int image, int target); /* [target->h, target->w] */

#endif
