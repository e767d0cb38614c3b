/* Is it a stream or some text? */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "stream/stream.h"

/* A source whose first bytes were looked at. */
struct peeked {
	struct source from;
	unsigned char first[9];
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

int source_is_stream(struct source *s, struct err *e)
{
	struct peeked *p = xcalloc(1, sizeof *p);
	ptrdiff_t n = source_read(s, p->first, sizeof p->first, e);

	if (n < 0) {
		free(p);
		return err_prefix(e, "%s", s->name);
	}
	p->n = n;
	p->from = *s;
	*s = (struct source){xstrdup(p->from.name), peeked_read, peeked_close, p};
	return p->n == sizeof p->first && p->first[8] == '{' && num_get64(p->first) <= 100000000;
}
