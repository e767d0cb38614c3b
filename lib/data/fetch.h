#ifndef DATA_FETCH_H
#define DATA_FETCH_H

#include <stddef.h>

#include "base/err.h"
#include "data/list.h"

/* The bytes of a list's items, in the order of the list. Archives are walked forward once; a member that lies
 * behind the walk's position starts a new walk (correct, slow). */
struct fetch;
struct fetch *fetch_new(void);
/* Bytes of path into *bytes, *cap (a buffer that grows and is reused), *n. 0, or -1 with the cause (without the
 * path). Files over 1 GiB are refused. */
int fetch_get(struct fetch *f, const char *path, unsigned char **bytes, size_t *n, size_t *cap, struct err *e);
void fetch_free(struct fetch *f);

/* A source that decompresses gzip, zstd, xz, bzip2 (libarchive's filters) and passes plain bytes through. Opens
 * path ("-" is stdin). */
int source_open_any(struct source *s, const char *path, struct err *e);

#endif
