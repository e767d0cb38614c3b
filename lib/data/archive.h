#ifndef DATA_ARCHIVE_H
#define DATA_ARCHIVE_H

#include <stddef.h>

#include "base/err.h"

/* A forward walk over the regular files of a .zip, .tar or compressed .tar, nothing unpacked to disk. Messages
 * carry the cause alone: the caller knows the archive's name. */
struct walk;
struct walk *walk_open(const char *path, struct err *e); /* NULL: cannot open, or not an archive */
void walk_close(struct walk *w);                         /* NULL is fine */

/* The next file: 1, 0 after a proper end, -1 damage. Its name (without a leading "./") and, for a hard link, the
 * name of the member that holds the bytes (else NULL) are valid until the next call. */
int walk_next(struct walk *w, struct err *e);
const char *walk_name(const struct walk *w);
const char *walk_link(const struct walk *w);

/* The current file's bytes, once, into *bytes, a buffer of *cap that grows. 0, or -1 (damaged, encrypted, over max
 * bytes); the walk can go on after that. */
int walk_read(struct walk *w, size_t max, unsigned char **bytes, size_t *n, size_t *cap, struct err *e);

/* The current file's first bytes, at most n, instead of walk_read. How many; 0 when it cannot be read. */
size_t walk_peek(struct walk *w, unsigned char *bytes, size_t n);

#endif
