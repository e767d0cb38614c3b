/* The input of cxr-metrics: a score table or a scored stream, gzip and the like undone. */
#include "metrics.h"

#include <string.h>

#include "base/num.h"
#include "tool.h"

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

/* A record starts with the length of its header, at most 100,000,000, and a brace. */
static bool looks_like_stream(const struct peeked *p)
{
	return p->n == sizeof p->first && p->first[8] == '{' && num_get64(p->first) <= 100000000;
}

void input_scores(struct scores *s, const char *path, const struct filter *filter, int nfilter)
{
	struct peeked p = {0};
	struct err e;

	tool_input(&p.from, path);
	ptrdiff_t n = source_read(&p.from, p.first, sizeof p.first, &e);
	if (n < 0 && err_prefix(&e, "%s", p.from.name))
		die_err(&e);
	p.n = n;
	struct source src = {p.from.name, peeked_read, NULL, &p};
	if ((looks_like_stream(&p) ? stream_scores : scores_read)(s, &src, filter, nfilter, &e))
		die_err(&e);
	source_close(&p.from);
}
