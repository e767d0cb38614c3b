#ifndef NN_STRESS_H
#define NN_STRESS_H

#include <stdint.h>

#include "base/rng.h"

/* Shifts that another hospital, machine or image archive brings, made on an image of 8 bits before normalising: a
 * fixed battery under which a model is scored again (cxr-infer --stress). A strength of 0 changes nothing. */
struct plane { /* [h,w,c], pixels 0..1; scratch: as many floats */
	float *v, *scratch;
	int h, w, c;
	struct rng rng; /* for what differs between images: side, margins, grain */
};

struct stress {
	const char *name;
	void (*change)(struct plane *p, double strength);
	double strength;
};

enum { STRESS_N = 24 };
extern const struct stress stress_battery[STRESS_N];

/* In place; a function of the pixels, the shift and the item's key alone. Channels that are equal stay equal. */
void stress_apply(const struct stress *s, uint64_t item, unsigned char *pixels, int h, int w, int c);

#endif
