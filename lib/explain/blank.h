#ifndef EXPLAIN_BLANK_H
#define EXPLAIN_BLANK_H

#include <stdbool.h>

#include "explain/pose.h"
#include "nn/net.h"

/* The image without anything in it that methods start from and measures put in place of what they take away. No such
 * image is neutral for every network: what the network says of it should be looked at, too.
 *
 *   gray   zeros: the recipe's mean (with norm=image, the image's own)
 *   blur   the image, blurred
 *   black, white   of the pixels; with norm=image the image's own darkest and brightest
 *   mean   the image's own mean in every channel
 *   file   another image */
#define BLANKS(X) X(gray) X(blur) X(black) X(white) X(mean)
enum blank_kind {
#define X(name) BLANK_##name,
	BLANKS(X)
#undef X
	BLANK_file
};
struct blank {
	enum blank_kind kind;
	bool given;        /* else measures that have their own keep it */
	const struct pose *pose; /* the image's: the file's, too; NULL: as it is */
	const float *file; /* [h,w,c], as the network gets it; borrowed */
};
/* A name; BLANK_file for any other, which is a file's. */
enum blank_kind blank_kind(const char *name);
/* Of all kinds but blur and file: the value of each channel. image [h,w,c] as the network gets it, and out below. */
void blank_values(const struct blank *b, const struct net *n, const float *image, float value[3]);
void blank_fill(const struct blank *b, const struct net *n, const float *image, float *out);

#endif
