#ifndef BASE_BOXLIST_H
#define BASE_BOXLIST_H

#include <stddef.h>

#include "base/err.h"
#include "base/file.h"

enum { BOXLIST_MOST = 1000 }; /* boxes of an image */

/* Where something is on images: a table `image x y width height`, a row for each box, or cxr-phantom's truth.tsv
 * (`path`, `lesions`); in pixels of the images' files. A zeroed one is empty. */
struct boxlist {
	struct boxlist_box {
		char *name;
		double x, y, width, height; /* an image that is known to have none: one without size */
		size_t row; /* in the table */
	} *box; /* those of an image together, in the order of the table */
	size_t n, cap;
};
int boxlist_read(struct boxlist *m, struct source *table, struct err *e); /* 0 or -1 */
/* The n boxes of the image with that id, which may be listed by the end of its id, from a slash on. NULL: not known. */
const struct boxlist_box *boxlist_of(const struct boxlist *m, const char *id, size_t *n);
void boxlist_free(struct boxlist *m);

#endif
