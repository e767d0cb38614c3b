#ifndef EXPLAIN_MAP_H
#define EXPLAIN_MAP_H

#include "base/pool.h"
#include "explain/method.h"
#include "nn/net.h"

/* Raw maps of a batch of pictures: one for every method at every layer asked for, from one forward and at most one
 * backward. Where the layer is what the head averages (head.h) no backward is run, and a feature map that somebody
 * else kept gives the same bits as a forward here. */
struct target {
	enum method method;
	const struct node *layer;
	bool head; /* the gradient is known without a backward */
};
struct explain {
	struct net *net;
	struct pool *pool;
	struct target *target; /* methods fastest */
	int ntarget, batch;
	bool backward;     /* some target needs one */
	bool score;        /* set before the first picture: explain_logits has the bits of a plain inference */
	/* private */
	struct plan *plan; /* made at the first picture that needs one */
	struct plan *scorer; /* a plan that keeps nothing, where keeping a layer changes bits */
	float *raw, *scratch;
	size_t largest, grad_size; /* floats of the largest map; of the head's gradient */
};

/* methods and layers are comma lists; layers NULL: the default one. n and pool are borrowed. 0 or -1: unknown names,
 * a method that the network has no head for. */
int explain_open(struct explain *x, struct net *n, const char *methods, const char *layers, int batch,
                 struct pool *pool, struct err *e);
void explain_close(struct explain *x);

/* The plan's input [batch,h,w,c], to be filled before explain_forward; NULL when memory is out. */
float *explain_input(struct explain *x, struct err *e);
void explain_forward(struct explain *x, int n);
const float *explain_logits(const struct explain *x); /* [n, logits] */

/* One picture of a batch: its feature map at the head's layer (only when no target needs a backward) or its place in
 * the forward just run; and the class whose score is explained. */
struct view {
	const float *feat;
	int slot, class;
};
/* Maps of n <= batch pictures; runs the backward that they need (then a slot may be named once only: it has one
 * gradient). */
void explain_maps(struct explain *x, const struct view *view, int n);
const float *explain_raw(const struct explain *x, int picture, int target); /* [layer->h, layer->w] */

#endif
