#ifndef NN_NET_H
#define NN_NET_H

#include <stdbool.h>

#include "base/mem.h"
#include "nn/graph.h"
#include "stream/record.h"
#include "stream/recipe.h"
#include "stream/stream.h"

/* A network with its parameters and what a model file says of it. */
struct net {
	struct graph *g;      /* owned */
	float *value;         /* g->count floats; conv weights OHWI */
	char *arch;           /* canonical spec */
	struct classes classes;
	struct recipe recipe;
	double threshold, temperature; /* .5 and 1 unless the file says otherwise */
	double bias;          /* of two classes: what the last one's log odds gain after the temperature; else 0 */
	struct record meta;   /* all further metadata of the file (no tensors): provenance, train.sha256 ... */
	char digest[65];      /* of arch and tensor bytes; set by net_from_record and net_to_record */
};

/* Takes g (which must have ended well); all parameters zero. NULL when memory is out. */
struct net *net_new(struct graph *g, const char *arch, struct err *e);
void net_free(struct net *n);

/* Random start as torchvision's: conv Kaiming normal fan-out (ReLU), bn 1 and 0 (mean 0, variance 1), dense uniform in
 * +-1/sqrt(fan in), biases of convolutions 0. Only the parameters marked in which (NULL: all); counter-based, each
 * parameter by its own name. */
void net_init(struct net *n, uint64_t seed, const bool *which);

/* Fills parameters by name from a record in torchvision names and shapes (any float type). loaded[p] (g->nparam) says
 * which parameters were filled. Tensors that are no parameter of n or of another shape are counted and named in
 * *extra (fresh comma list or ""); num_batches_tracked is ignored. A conv weight [O,3,k,k] fits one input channel
 * (summed over its three). Fails only when nothing fits. */
int net_fill(struct net *n, const struct record *r, bool *loaded, struct text *extra, struct err *e);

/* The model record (kind net) of n, and back: *n must have been built from the record's arch (lib/zoo does both). */
void net_to_record(struct net *n, struct record *r);
int net_from_record(struct net *n, const struct record *r, struct err *e);
void net_describe(const struct net *n, struct record *r); /* the record of kind model: what scored a stream */
int net_save(struct net *n, const char *path, struct err *e); /* whole or not at all */

/* Of a file's metadata, what is kept as text but decides later: marks of training images that cannot be read would be
 * taken for none. */
int net_check_meta(const struct record *r, struct err *e);

/* Are all values of the parameters marked in which (NULL: all) finite, and variances not negative? An error names what
 * is not. */
int net_check_values(const struct net *n, const bool *which, struct err *e);
int net_logits(const struct net *n);             /* outputs: 1 or K */
bool net_is_map(const struct net *n);            /* its output has places: one logit for each pixel of the image */
/* prob[k] for every class from logits z, after temperature and bias; one logit gives (1-p, p). K = classes.n. */
void net_probs(const struct net *n, const float *z, float *prob);

#endif
