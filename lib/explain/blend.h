#ifndef EXPLAIN_BLEND_H
#define EXPLAIN_BLEND_H

#include "explain/map.h"
#include "explain/scale.h"
#include "nn/team.h"

/* Finished maps (scale.h) of a batch of images, of one model or several. Each is the mean of maps that were finished
 * by themselves: those of every model; where layers are fused, at every layer; and of every pose, brought back: with
 * flip, of the image and of its mirror image; with zoom, of each of both and of both as they are. A place counts in the
 * poses that show it. Layers can be fused by their product instead, of what is above 0: heat is left where all of them
 * have some. Maps that look at no image (method_is_still) are not moved. `plateau` is of the whole, its parts are
 * scaled by `max`. */
enum blend_fuse { FUSE_NOT, FUSE_MEAN, FUSE_PRODUCT };
struct blend_map {
	enum method method;
	char *layer; /* "layer4.1"; of several layers "layer3.1+layer4.1"; NULL: made at the image's resolution */
	char *name;  /* "gradcam.layer4.1", "rise": for tensors and files */
	int parts;   /* maps that it is made of, in all poses */
};
struct blend {
	/* To be set before blend_open; all borrowed. */
	struct net **net;
	int n, batch;
	struct pool *pool;
	enum blend_fuse fuse;
	bool flip;
	const double *zoom; /* [nzoom] */
	int nzoom;
	enum normaliser normalise; /* where it is given: else max, and p99 of methods from pixel to pixel */
	bool normalise_given;
	/* What there is. */
	struct team team;
	struct explain *x; /* [n]: their seed, samples ... to be set before the first image */
	struct blend_map *map;
	int nmap;
	/* private */
	struct pose *pose;
	int npose;
	float *input, *kept, *room; /* [batch,h,w,c]; the same as it was given; for each thread */
	size_t room_size;
};

/* methods and layers are those of explain_open, the same for every model. -1: what explain_open refuses, models that
 * cannot answer together (team.h) or whose default layers are not of one number and not fused. */
int blend_open(struct blend *b, const char *methods, const char *layers, struct err *e);
void blend_close(struct blend *b);
enum normaliser blend_normaliser(const struct blend *b, enum method m);
int64_t blend_runs(const struct blend *b); /* runs of networks for each image, beside the one forward and backward */

/* [batch,h,w,c], to be filled before blend_forward, and left as it is until the next; NULL when memory is out. */
float *blend_input(struct blend *b, struct err *e);
void blend_forward(struct blend *b, int n);
void blend_scores(const struct blend *b, int slot, float *logit, float *prob); /* of an image of the last forward */

/* The layer whose kept value (view.feat) is enough for every map, so that no forward is needed; or NULL. */
const struct node *blend_feature(const struct blend *b);

/* The maps of one image. */
struct maps {
	float *map;  /* [nmap][h*w] */
	bool *flat;  /* [nmap]: without any signal */
	bool broken; /* some have values that are not numbers: none of them is to be shown */
	double *peak; /* [nmap]: the logits (method_logits) that 1 stands for; 0: not known; NULL: not wanted */
	double *sum; /* [nmap]: what the raw map adds up to, of a map of one part; NULL: not wanted */
};
/* Fills *out[i] for view i of n, each of a slot of its own in the last forward. */
void blend_maps(struct blend *b, const struct view *view, int n, struct maps *const *out);

/* How far each map of those images moves at most under small noise on the image: |change| / |map|, negative values
 * taken as none; NaN for a map without signal. made: what blend_maps gave for the same view; change: [n][nmap]. Costs
 * as much as SHAKES times blend_forward and blend_maps. */
enum { SHAKES = 8 };
void blend_shake(struct blend *b, const struct view *view, int n, struct maps *const *made, uint64_t seed,
                 double *change);

#endif
