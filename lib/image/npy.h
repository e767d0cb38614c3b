#ifndef IMAGE_NPY_H
#define IMAGE_NPY_H

#include "image/image.h"

/* Arrays of numpy.save: [H,W], [H,W,1|3] or [1|3,H,W] (the former where both fit), C or Fortran order, little or big
 * endian. What is white depends on the type alone, never on the values:
 *   b1 1    u1 255    u2 65535    i2 32767 (negative values are refused)
 *   f2 f4 f8: the values as they are; recipes with depth=8 or 16 want them within 0..1
 * u1 gives u8 pixels, all others f32. Refused by name: objects, structures, other integers (they have no defined
 * white), complex numbers, values that are not finite, and files that are not exactly as long as they say. */
int npy_decode(struct image *im, const unsigned char *bytes, size_t n, struct err *e);

#endif
