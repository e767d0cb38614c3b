#ifndef DATA_NAMED_H
#define DATA_NAMED_H

#include "base/file.h"

/* The private table of a list read the other way: from the id that stands in a stream to the path of the file. */
struct named;
/* Reads a list with the column id. NULL: it is no list, or has no such column. */
struct named *named_read(struct source *src, struct err *e);
void named_free(struct named *n);
/* The path of an id, n's own; NULL when the list does not have it, and for n NULL. */
const char *named_path(const struct named *n, const char *id);

#endif
