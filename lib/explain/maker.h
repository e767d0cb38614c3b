#ifndef EXPLAIN_MAKER_H
#define EXPLAIN_MAKER_H

#include "base/rng.h"
#include "explain/map.h"
#include "nn/plan.h"

/* How a method makes the map of one image. Private to lib/explain.
 *
 * A maker with variants has the network run on images made from the image (or, with NEED_TAIL, on values of the
 * layer made from its value, through what is behind the layer): `count` of them, each filled by `variant`, on any
 * thread and in batches with those of other images. Their scores are in s->score when `map` is called. `take` sees
 * each run's gradients, in order. Whatever is random is drawn by subject_rng, so that it depends on the image and
 * the variant alone. */
enum need {
	NEED_HEAD = 1,      /* the layer is averaged and goes through one dense layer to the output (head.h) */
	NEED_VALUE = 2,     /* the layer's value */
	NEED_GRADIENT = 4,  /* and the gradient there */
	NEED_PICTURE = 8,   /* the image */
	NEED_TAIL = 16,     /* runs of the part behind the layer */
	NEED_RUNS = 32,     /* runs of the network: scores */
	NEED_SLOPES = 64,   /* the same with the gradient at the image */
	NEED_EVERY = 128,   /* and at everything that has a bias */
	NEED_SIZE = 256,    /* the layer's resolution */
	NEED_BLANK = 512,   /* an image without anything in it (blank.h) */
};
#define NEED_LAYER (NEED_VALUE | NEED_TAIL | NEED_SIZE)

struct subject {
	const struct explain *x;
	const struct target *t;
	const float *image; /* [h,w,c], as the network gets it */
	const float *a, *g;   /* [t->h, t->w, channels] of the layer and of the gradient there */
	int class;
	uint64_t item;
	float *nothing;       /* [h,w,c], with NEED_BLANK: what takes the place of the image */
	double *score;        /* [count] */
	void *state;          /* from begin; free() ends it */
};

struct maker {
	const char *title;
	unsigned needs;
	enum { LOGITS_NOT, LOGITS_MEAN, LOGITS_SUM } logits; /* what of the map is a share of the score, in logits */
	bool fine;                                /* from pixel to pixel: a few are far above the rest */
	bool sums;                                /* to the score of the image less that of nothing */
	int samples;                              /* default of explain.samples; 0: takes none */
	double noise;                             /* default of explain.noise */
	int (*count)(const struct subject *s);    /* of x and t alone, the same for every image; NULL: no variants */
	void *(*begin)(const struct subject *s);  /* NULL: no state */
	void (*variant)(const struct subject *s, int i, float *v);
	void (*take)(struct subject *s, int i, const struct plan *p, int slot);
	void (*map)(const struct subject *s, float *map); /* [t->h, t->w] */
};
#define X(name) extern const struct maker maker_##name;
METHODS(X)
#undef X
const struct maker *maker_of(enum method m);

/* Size of the image. */
static inline const struct node *subject_input(const struct subject *s)
{
	return s->x->net->g->input;
}
size_t subject_floats(const struct subject *s);
int subject_samples(const struct subject *s); /* what was asked for, or the method's own number */
struct rng subject_rng(const struct subject *s, int i);
/* map = sum of weight k times channel k of s->a. */
void weighted_channels(const struct subject *s, const double *weight, float *map);
int subject_patch(const struct subject *s);   /* side of the squares that are taken away, in pixels */

#endif
