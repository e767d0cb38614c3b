#ifndef STREAM_RECIPE_H
#define STREAM_RECIPE_H

#include <stdbool.h>

#include "base/err.h"
#include "stream/record.h"

/* How an image becomes a tensor, as one line of text that travels in heads and models:
 *   size=224x224 channels=3 fit=squash kernel=linear shrink=full depth=8 mean=0.485,0.456,0.406 std=0.229,0.224,0.225
 * norm=image stands for each image's own mean and standard deviation in place of mean and std. What white is stands
 * behind the depth unless it is white=auto: white=4095 (in the units of the file) or white=p99.9 (of its pixels).
 * dicom=full, which ignores the window of a DICOM header, stands next; dicom=voi, which follows it, is not printed. */
enum fit { FIT_SQUASH, FIT_CROP, FIT_PAD };
enum kernel { KERNEL_NEAREST, KERNEL_LINEAR, KERNEL_CUBIC, KERNEL_LANCZOS3, KERNEL_MITCHELL };
struct recipe {
	int width, height, channels; /* channels 1 or 3 */
	enum fit fit;
	enum kernel kernel;
	bool shrink_on_load;
	int depth;           /* 8, 16, or 0 for float: rounding after the resize */
	float white;         /* the value that becomes 1, as white_percent says; 0: auto, what the file says */
	bool white_percent;  /* white is a percentile of the image's own pixels */
	bool dicom_full;     /* of DICOM files the whole range of stored values, not the window of the header */
	bool per_image;      /* norm=image */
	float mean[3], std[3]; /* on the 0..1 scale; unused when per_image */
};

/* The lowest white: below it, 255 / white and its like are no numbers any more. */
#define RECIPE_WHITE_MIN 1e-30F

/* From a line (any order of fields; missing fields keep what *r holds: start from recipe_default) or a short name
 * (imagenet, gray, perimage). */
void recipe_default(struct recipe *r); /* imagenet */
int recipe_parse(struct recipe *r, const char *line, struct err *e);
#define RECIPE_TEXT 256
const char *recipe_format(const struct recipe *r, char text[RECIPE_TEXT]); /* canonical: equal recipes, equal text */

/* Sets the number of channels: 1 -> 3 repeats mean and std, 3 -> 1 averages them. */
void recipe_set_channels(struct recipe *r, int channels);

/* The normalised float image [H,W,C] of an item, whatever it is stored as: U8 pixels get (v/255 - mean) / std, F32 is
 * copied. out has room for height*width*channels floats.
 * Fails when the image is absent, of another shape, or not finite. */
int recipe_image(const struct recipe *r, const struct record *item, float *out, struct err *e);
/* The same arithmetic for n pixels of 8 bits: prep uses it too, so that both forms give the same bits. */
void recipe_normalise(const struct recipe *r, const unsigned char *pixels, int n, float *out);

#endif
