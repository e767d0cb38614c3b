#ifndef BASE_BOXLIST_H
#define BASE_BOXLIST_H

#include <stddef.h>

#include "base/err.h"
#include "base/file.h"

/* Where something is on images: a table `image x y width height`, a row for each box, or cxr-phantom's truth.tsv
 * (`path`, `lesions`); in pixels of the images' files. A zeroed one is empty. */
struct boxlist {
	struct boxlist_box {
		char *name;
		double x, y, width, height; /* an image that is known to have none: one without size */
	} *box; /* in the order of the table */
	size_t n, cap;
};
int boxlist_read(struct boxlist *m, struct source *table, struct err *e); /* 0 or -1 */
/* The name under which an image with that id is listed: the id, or its end from a slash on. NULL: it is not known.
 * Borrowed from the id. */
const char *boxlist_name(const struct boxlist *m, const char *id);
void boxlist_free(struct boxlist *m);

#endif
