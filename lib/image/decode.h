#ifndef IMAGE_DECODE_H
#define IMAGE_DECODE_H

#include "image/image.h"

/* Inside lib/image: one decoder per family of formats, and the resampler. Decoders give 1 or 3 channels: u8 for
 * 8-bit files; f32 for the others, in the file's own units, with `top` set for integers, `stated` where the file says
 * what its white is, and `real` for arrays of floats. On error *im is empty. */

/* More pixels than this are refused before anything is allocated: a small file can claim any size. */
#define IMAGE_MAX_PIXELS 100000000
int image_check_size(int64_t width, int64_t height, struct err *e);

/* Fresh, uninitialised pixels, one of u8 and f32. -1 when memory is out. */
int image_alloc(struct image *im, int width, int height, int channels, bool u8, struct err *e);

/* What a JPEG may be shrunk to while it is decoded: by 2, 4 or 8, as long as shrunk sides stay at least twice these.
 * NULL: never. */
struct least_size {
	int width, height;
};

/* JPEG, PNG, TIFF, GIF, WebP (the first page) by libvips, plain JPEG by libjpeg, upright as EXIF's orientation says.
 * *width and *height are the file's, upright, before any shrinking. */
int vips_decode(struct image *im, const unsigned char *bytes, size_t n, const struct least_size *t, int *width,
                int *height, struct err *e);
bool vips_knows(const unsigned char *bytes, size_t n);

/* What a PNG's sBIT or a TIFF's MaxSampleValue says: the largest value, 0 for nothing said; and whether it is black. */
struct stated {
	int max;
	bool white_is_zero;
};
struct stated png_stated(const unsigned char *bytes, size_t n);
struct stated tiff_stated(const unsigned char *bytes, size_t n);

/* *mended is NULL for a JPEG with nothing odd in its headers, else fresh memory of n bytes without that. -1 for more
 * pixels or scans than are allowed. */
int jpeg_mend(const unsigned char *bytes, size_t n, unsigned char **mended, struct err *e);
/* Does it say that it has these sides? */
bool jpeg_has_size(const unsigned char *bytes, size_t n, int width, int height);
/* As vips_decode, of a whole, upright, gray or YCbCr JPEG; false with *im empty for any other. */
bool jpeg_decode(struct image *im, const unsigned char *bytes, size_t n, const struct least_size *t, int *width,
                 int *height);
/* By how much a JPEG of this size may be shrunk while it is decoded: 1, 2, 4 or 8. */
int jpeg_shrink(const struct least_size *t, int width, int height);

/* The values of a decoded image. */
struct extent {
	float lo, hi;
};
struct extent extent_of(const struct image *im);
/* Notes that the image has these n values: for decoders that have them at hand, all of them. */
void extent_add(struct image *im, const float *v, size_t n);
/* The value that becomes 1 under the recipe, above 0. */
float white_of(const struct image *im, const struct extent *x, const struct recipe *r);

/* PGM and PPM, plain and binary, any maximum up to 65535. */
int pnm_decode(struct image *im, const unsigned char *bytes, size_t n, struct err *e);
bool pnm_knows(const unsigned char *bytes, size_t n);

/* The box of src (in pixels, fractions allowed) to w x h x channels floats in the scale of src (0..255 for u8).
 * Every kernel but nearest is widened by the shrink factor (antialiased), as PIL's. For u8 sources the sums are exact
 * up to the last rounding to float, so the bits do not depend on the machine. -1 when memory is out. */
int resample(const struct image *src, struct box b, enum kernel k, int w, int h, float *out, struct err *e);

#endif
