#ifndef NN_AUGMENT_H
#define NN_AUGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Changes of a training image, made on plain arrays [h,w,c] in pixel scale, before normalising. Every amount is 0
 * for "not at all" and is drawn uniformly unless said otherwise; shares are of the image's side. */
struct augment {    /* what may be done */
	bool hflip;     /* every other image mirrored left to right */
	double rotate;  /* by -X .. X degrees */
	double shift;   /* by -X .. X of the side, each way */
	double zoom;    /* by 1-X .. 1+X */
	double aspect;  /* the sides' ratio by e^-X .. e^X, the area as it is: films of other formats, squashed */
	double crop;    /* to a part of X .. 1 of the area, 3:4 to 4:3, scaled to the whole */
	double brightness, contrast; /* -X .. X added (white is 1); times 1-X .. 1+X about the mean */
	double gamma;   /* pixel to the power of e^-X .. e^X: exposure */
	double noise;   /* normal, standard deviation 0 .. X (white is 1), alike in all channels */
	double blur;    /* Gaussian, standard deviation 0 .. X pixels */
	double erase;   /* with this probability a box of .02 .. .2 of the area becomes the mean (Zhong et al. 2020) */
	double mixup;   /* mixed with another image, shares from Beta(X, X), the larger its own
	                 * (Zhang et al. 2018) */
};
/* "hflip,rotate=10,zoom=0.1", into *a, which keeps what is not named. */
int augment_parse(const char *list, struct augment *a, struct err *e);
char *augment_text(const struct augment *a); /* the same without hflip, "" for nothing; fresh memory */
bool augment_random(const struct augment *a); /* is anything done at all? */

struct augment_draw { /* what is done to one image */
	bool flip, moved, toned, erased;
	double angle, dx, dy, zoom, crop_x, crop_y, crop_w, crop_h; /* radians; shares from the middle */
	double aspect;   /* its logarithm */
	double brightness, contrast, gamma, noise, blur;
	double box_x, box_y, box_w, box_h;
	uint64_t grain;  /* key of the noise */
	double partner;  /* [0,1): which image is mixed in; share of the own one, 1: all */
	double share;
};

/* A function of (seed, epoch, item) alone. */
struct augment_draw augment_at(const struct augment *a, uint64_t seed, uint64_t epoch, uint64_t item);
bool augment_only_flips(const struct augment_draw *d);
/* Mirrors in place; each pixel is `pixel` bytes (channels times element size). */
void augment_flip(void *image, int h, int w, size_t pixel);
/* The movements and the mirroring alone, in place: what a mask goes through beside its image. scratch: as many
 * floats. */
void augment_move(const struct augment_draw *d, float *image, float *scratch, int h, int w, int c);
/* All but mixing, in place, pixels 0..1 (clipped to it where brightness, contrast or noise are changed). scratch: as
 * many floats. The movements are one affine map, sampled once, bilinear; beyond its edges the image is black,
 * as where a film was not exposed (mirroring would double letters and ribs). */
void augment_apply(const struct augment_draw *d, float *image, float *scratch, int h, int w, int c);

#endif
