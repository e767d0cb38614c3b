#ifndef IMAGE_UNLOAD_H
#define IMAGE_UNLOAD_H

#include "stream/record.h"
#include "stream/recipe.h"

/* The inverse of normalising (recipe_normalise, image_normalise): n values, channels fastest, as shares of white, which
 * may lie a little beyond 0..1. With norm=image the mean and deviation that were taken away are not known: the image's
 * own range is spread over 0..1 (a flat image is 0). */
void image_unload(const struct recipe *r, const float *v, size_t n, float *share);
/* The same as bytes. */
void image_unload_bytes(const struct recipe *r, const float *v, size_t n, unsigned char *pixel);
/* An item's image as bytes, whatever it is stored as. Fresh memory; NULL for another type. */
unsigned char *image_unload_tensor(const struct recipe *r, const struct tensor *t);

#endif
