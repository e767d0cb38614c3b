#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* Small allocations (names, list entries) do not fail: when memory is out, mem_fail is called, which cmd/ sets
 * to a function that says so and exits (default: abort). Everything from xmalloc and friends goes to free(). */
extern void (*mem_fail)(size_t bytes);

void *xmalloc(size_t bytes);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t bytes);
void *xreallocarray(void *p, size_t count, size_t size); /* count * size checked for overflow */
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes room for one more element in a growing array of elements of size bytes (doubling). */
void *grow(void *array, size_t count, size_t *capacity, size_t size);

/* Large, zeroed, 64-byte aligned blocks (activations, data sets) can fail: NULL, errno ENOMEM. free() them. */
void *mem_big(size_t count, size_t size);

/* 64-byte aligned, not zeroed, the first `keep` bytes those of old, which is given back. NULL: old is as it was. */
void *mem_realign(void *old, size_t keep, size_t bytes);

/* A string that grows: used for text whose length is not known before. Always NUL-terminated once written. */
struct text {
	char *s;
	size_t len, cap;
};
void text_add(struct text *t, const char *s);
void text_addn(struct text *t, const char *s, size_t n);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *t);
/* A stream whose bytes are added to *t, all when it is flushed or closed. open_memstream of glibc drops bytes without
 * a word when memory is refused; here that is mem_fail. */
FILE *text_open(struct text *t);

#endif
