#ifndef BASE_KIND_H
#define BASE_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/file.h"

/* What a file is by its first bytes, whatever it is called. */
struct kind {
	const char *name;   /* "a PNG image" */
	const char *advice; /* what to do with it, or NULL */
};
enum { KIND_PEEK = 512 }; /* bytes that tell every kind */

/* Of the first n bytes of a file: files with a form of their own, such as images, archives, weights, HTML or JSON.
 * NULL: none of them. */
const struct kind *kind_of(const unsigned char *bytes, size_t n);

/* No byte among the first that text has not. */
bool kind_is_text(const unsigned char *bytes, size_t n);

/* A stream's record (one safetensors document) begins so: the length of its header, at most 100,000,000, a brace. */
bool kind_is_record(const unsigned char *bytes, size_t n);

/* For readers of lines (lists, tables), before they look for any: "a PNG image, not a list: cxr-prep reads images", -1;
 * 0 when it may be text. `wanted` has its article. */
int kind_refuse_lines(const unsigned char *bytes, size_t n, const char *wanted, struct err *e);

/* For readers of what is no text (streams, models), once it is known that these bytes are none; lists and tables are
 * told, too. Always -1. */
int kind_refuse(const unsigned char *bytes, size_t n, const char *wanted, struct err *e);

/* The first bytes of *s, which still gives all of them: how many, -1 when they cannot be read. */
ptrdiff_t source_peek(struct source *s, unsigned char first[KIND_PEEK], struct err *e);

#endif
