#ifndef DATA_TARBALL_H
#define DATA_TARBALL_H

#include <stddef.h>

#include "base/err.h"

/* A tar archive that is written file by file and appears whole or not at all; the same files in the same order give the
 * same bytes. All return 0, or -1 with *e set; after an error only tarball_abort may follow. */
struct tarball;
struct tarball *tarball_open(const char *path, struct err *e); /* NULL on error */
/* A name that is there is an error. */
int tarball_add(struct tarball *t, const char *name, const void *bytes, size_t n, struct err *e);
int tarball_close(struct tarball *t, struct err *e); /* frees it */
void tarball_abort(struct tarball *t);

#endif
