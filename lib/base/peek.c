/* Looking at the first bytes of a source that is read from its start all the same. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/kind.h"
#include "base/mem.h"

/* A source whose first bytes were looked at. */
struct peeked {
	struct source from;
	unsigned char first[KIND_PEEK];
	size_t n, at;
};

static ptrdiff_t peeked_read(void *ctx, void *buf, size_t n, struct err *e)
{
	struct peeked *p = ctx;
	size_t k = p->n - p->at < n ? p->n - p->at : n;

	memcpy(buf, p->first + p->at, k);
	p->at += k;
	ptrdiff_t more = k < n ? source_read(&p->from, (char *)buf + k, n - k, e) : 0;
	return more < 0 ? -1 : (ptrdiff_t)k + more;
}

static void peeked_close(void *ctx)
{
	struct peeked *p = ctx;

	source_close(&p->from);
	free(p);
}

ptrdiff_t source_peek(struct source *s, unsigned char first[KIND_PEEK], struct err *e)
{
	struct peeked *p = xcalloc(1, sizeof *p);
	ptrdiff_t n = source_read(s, p->first, sizeof p->first, e);

	if (n < 0) {
		free(p);
		return err_prefix(e, "%s", s->name);
	}
	memcpy(first, p->first, (size_t)n);
	p->n = (size_t)n;
	p->from = *s;
	*s = (struct source){xstrdup(p->from.name), peeked_read, peeked_close, p};
	return n;
}
