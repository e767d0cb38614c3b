#ifndef NN_AUGMENT_H
#define NN_AUGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Changes of a training picture, made on plain arrays [h,w,c] in pixel scale, before normalising. */
struct augment { /* what may be done */
	bool hflip; /* every other picture mirrored left to right */
};
struct augment_draw { /* what is done to one picture */
	bool flip;
};

/* A function of (seed, epoch, item) alone. */
struct augment_draw augment_at(const struct augment *a, uint64_t seed, uint64_t epoch, uint64_t item);
/* In place; each pixel is `pixel` bytes (channels times element size). */
void augment_apply(const struct augment_draw *d, void *image, int h, int w, size_t pixel);

#endif
