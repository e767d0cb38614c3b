#ifndef ZOO_KERAS_H
#define ZOO_KERAS_H

#include "zoo/views.h"

/* keras.applications beside torchvision: which networks are the same function, and their names. Private to lib/zoo. */
struct keras_family {
	const char *arch;   /* ours */
	const char *refuse; /* why its weights do not fit; NULL: they do */
	/* Module of a layer, false: none. */
	bool (*module)(const struct keras_family *f, const char *layer, const char *kind, const int counts[2], char to[64]);
	int variant;
	float eps;          /* of its batch norms */
	bool same;          /* padding "same": like ours only where odd sizes are halved */
	const char *sizes;  /* such a size of images */
	bool bgr;           /* trained on BGR, 0..255, less a mean */
	float mean, std;    /* of the pixels it was trained on, 0..1 (bgr: its own); std 0: ImageNet's, as our recipes have */
	const char *first, *shift; /* the first convolution's weight, and what takes a shift of the pixels */
};
/* By our name of an architecture ("vgg16", "densenet121:classes=2"); NULL with a message. */
const struct keras_family *keras_find(const char *arch, struct err *e);
/* Is it the same function at the net's size? */
int keras_check(const struct keras_family *f, const struct weights_target *t, struct err *e);

/* Layers that Keras numbers by itself (conv2d_1, batch_normalization_7) are known by their order. */
struct keras_counts {
	int n[2]; /* convolutions, batch norms so far */
};
void keras_count(struct keras_counts *c, const char *layer);
bool keras_module(const struct keras_family *f, const char *layer, const char *kind, const struct keras_counts *c,
                  char to[64]);

/* Has the first convolution take pixels of recipe r in place of those that Keras' preprocess_input makes. */
void keras_input(const struct keras_family *f, struct views *s, const struct recipe *r);

#endif
