#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "stream/recipe.h"

/* Pixels of one image, H x W x C, rows from the top. */
struct image {
	int width, height, channels;
	unsigned char *u8; /* one of the two: 8-bit pixels, */
	float *f32;        /* or floats: 0..1 of a loaded image, in the file's own units of a decoded one (decode.h) */
	float top, stated; /* of a decoded file: what its type makes white (0: 255, or 1), and what the file says (0: none) */
	bool real;         /* of a decoded file: an array of floats, whose units nobody knows */
	int pages;         /* of a decoded file: pages or frames, of which this is the first; 0: one */
	bool hidden;       /* of a decoded file: its alpha channel hides every pixel */
	bool ranged;       /* of a decoded file: its values are known to be from lo to hi */
	float lo, hi;
};
void image_free(struct image *im);

/* Starts libvips once per process, with untrusted loaders blocked and one thread per call; image_stop ends it. */
int image_start(const char *program, struct err *e);
void image_stop(void);

/* From here on DICOM files of raw detector data (FOR PROCESSING) are taken. */
void image_take_raw(void);

#define IMAGE_WORDS 120
/* What a file turned out to hold. */
struct image_facts {
	int width, height;      /* of the file */
	bool burned;            /* of DICOM: its header says that there may be names in the pixels */
	bool no_window;         /* of DICOM: its header has a window that cannot be */
	int pages;              /* or frames of the file, when there are several; the first is read */
	char flat[IMAGE_WORDS];   /* why the result has no contrast, in words; empty when it has */
	char narrow[IMAGE_WORDS]; /* in words when the values use less than a sixteenth of what white is; else empty */
};
/* Decodes a file's bytes (JPEG, PNG, TIFF, GIF, WebP, PGM, PPM, .npy by content), resizes as the recipe says. The
 * result has the recipe's size and channels, u8 for depth=8, else f32 on the 0..1 scale (before normalising).
 * Thread-safe. A flat image is no error here: that is the caller's to say. */
int image_load(struct image *im, const struct recipe *r, const unsigned char *bytes, size_t n, struct image_facts *f,
               struct err *e);
/* Which part of an image of width x height becomes which part of the recipe's result: squash fills, crop cuts the
 * centre out of the image, pad leaves black around. */
struct box {
	double x, y, width, height;
};
struct placing {
	struct box box;
	int x, y, width, height;
};
struct placing image_place(const struct recipe *r, double width, double height);
/* The normalised tensor of a loaded image: out has height*width*channels floats. */
void image_normalise(const struct image *im, const struct recipe *r, float *out);

/* Full-size decode without resizing, 8-bit RGB or gray as in the file. */
int image_decode(struct image *im, const unsigned char *bytes, size_t n, struct err *e);
/* Into an open file, whose end tells what could not be written: PNG of a u8 image with 1 or 3 channels, deterministic
 * bytes, no time stamps; width x height floats, rows from the top, as a NumPy array or a portable float map
 * (little-endian, with the bottom row first, as those have it). */
int image_put_png(const struct image *im, FILE *f, struct err *e);
int image_put_npy(const float *v, int width, int height, FILE *f, struct err *e);
void image_put_pfm(const float *v, int width, int height, FILE *f);
/* The PNG as a file of a derived name (outfile_open_derived), whole or absent. */
int image_write_png(const struct image *im, const char *path, struct err *e);

#endif
