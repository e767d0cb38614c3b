/* Memory that is there or ends the program through mem_fail, arrays that grow, and texts that are built up. */
#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/num.h"

void (*mem_fail)(size_t bytes);

static _Noreturn void fail(size_t bytes)
{
	if (mem_fail)
		mem_fail(bytes);
	abort();
}

void *xmalloc(size_t bytes)
{
	void *p = malloc(bytes ? bytes : 1);
	if (!p)
		fail(bytes);
	return p;
}

void *xcalloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);
	if (!p)
		fail(count * size);
	return p;
}

void *xrealloc(void *old, size_t bytes)
{
	void *p = realloc(old, bytes ? bytes : 1);
	if (!p)
		fail(bytes);
	return p;
}

void *xreallocarray(void *p, size_t count, size_t size)
{
	size_t bytes;
	if (!num_mul(count, size, &bytes))
		fail(SIZE_MAX);
	return xrealloc(p, bytes);
}

char *xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *xstrndup(const char *s, size_t n)
{
	n = strnlen(s, n);
	char *p = xmalloc(n + 1);
	memcpy(p, s, n);
	p[n] = 0;
	return p;
}

char *xasprintf(const char *format, ...)
{
	char *s;
	va_list ap;
	va_start(ap, format);
	int n = vasprintf(&s, format, ap);
	va_end(ap);
	if (n < 0)
		fail(0);
	return s;
}

void *grow(void *array, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return array;
	size_t cap = *capacity ? *capacity : 8;
	while (cap <= count)
		if (!num_mul(cap, 2, &cap))
			fail(SIZE_MAX);
	array = xreallocarray(array, cap, size);
	*capacity = cap;
	return array;
}

enum { HUGE_PAGE = 2 << 20, HUGE_FROM = 2 * HUGE_PAGE };

void *mem_big(size_t count, size_t size)
{
	size_t bytes;
	void *p;
	if (!num_mul(count, size, &bytes) || bytes > PTRDIFF_MAX) {
		errno = ENOMEM;
		return NULL;
	}
	int rc = posix_memalign(&p, bytes < HUGE_FROM ? 64 : HUGE_PAGE, bytes ? bytes : 1);
	if (rc) {
		errno = rc;
		return NULL;
	}
#ifdef MADV_HUGEPAGE
	if (bytes >= HUGE_FROM)
		madvise(p, bytes, MADV_HUGEPAGE); /* fewer page faults and TLB misses; where it is refused nothing is lost */
#endif
	memset(p, 0, bytes);
	return p;
}

/* realloc first: a large block that came aligned is usually extended by moving pages, which keeps its alignment. */
void *mem_realign(void *old, size_t keep, size_t bytes)
{
	void *moved = NULL, *p;
	if (bytes > PTRDIFF_MAX)
		return NULL;
	if (old && keep > 1 << 20) {
		moved = realloc(old, bytes);
		if (!moved || (uintptr_t)moved % 64 == 0)
			return moved;
		old = moved;
	}
	if (posix_memalign(&p, 64, bytes ? bytes : 1))
		return moved; /* aligned to 16, or NULL */
	if (keep)
		memcpy(p, old, keep);
	free(old);
	return p;
}

void text_addn(struct text *t, const char *s, size_t n)
{
	size_t need;
	if (!num_add(t->len, n, &need) || need == SIZE_MAX)
		fail(SIZE_MAX);
	t->s = grow(t->s, need, &t->cap, 1); /* room for the NUL too */
	memcpy(t->s + t->len, s, n);
	t->len += n;
	t->s[t->len] = 0;
}

void text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void text_addf(struct text *t, const char *format, ...)
{
	va_list ap;
	char *s;
	va_start(ap, format);
	int n = vasprintf(&s, format, ap);
	va_end(ap);
	if (n < 0)
		fail(0);
	text_addn(t, s, n);
	free(s);
}

static ssize_t add_bytes(void *ctx, const char *bytes, size_t n)
{
	text_addn(ctx, bytes, n);
	return (ssize_t)n;
}

FILE *text_open(struct text *t)
{
	FILE *f = fopencookie(t, "w", (cookie_io_functions_t){.write = add_bytes});

	if (!f)
		fail(0);
	return f;
}

void text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){0};
}
