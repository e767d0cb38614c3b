/* gzip through zlib, to the last byte of it. */
#include "data/gunzip.h"

#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/mem.h"

enum { BLOCK = 1 << 17, GZIP_ONLY = 16, NOT_LATER = 1 << 30 };

struct gunzip {
	struct source in;
	z_stream z;
	bool ended; /* between two parts, or behind the last */
	unsigned char packed[BLOCK];
};

/* More packed bytes: 1, 0 at the end of the file, -1. */
static int refill(struct gunzip *g, struct err *e)
{
	ptrdiff_t n;

	if (g->z.avail_in)
		return 1;
	if ((n = source_read(&g->in, g->packed, sizeof g->packed, e)) < 0)
		return -1;
	g->z.next_in = g->packed;
	g->z.avail_in = (uInt)n;
	return n > 0;
}

/* Between two parts: does another one begin? */
static int next_part(struct gunzip *g, struct err *e)
{
	if (*g->z.next_in != 0x1f)
		return err_set(e, "damaged: bytes after the end of the compressed data");
	g->ended = false;
	return inflateReset(&g->z) == Z_OK ? 0 : err_set(e, "damaged gzip input");
}

static int inflate_some(struct gunzip *g, struct err *e)
{
	switch (inflate(&g->z, Z_NO_FLUSH)) {
	case Z_OK:
	case Z_BUF_ERROR:
		return 0;
	case Z_STREAM_END:
		g->ended = true;
		return 0;
	case Z_MEM_ERROR:
		mem_fail(0);
		return -1;
	default:
		return err_set(e, "damaged gzip input: %s", g->z.msg ? g->z.msg : "no gzip data");
	}
}

static ptrdiff_t read_gunzip(void *ctx, void *buf, size_t n, struct err *e)
{
	struct gunzip *g = ctx;
	size_t most = n < NOT_LATER ? n : NOT_LATER;

	g->z.next_out = buf;
	g->z.avail_out = (uInt)most;
	while (g->z.avail_out) {
		int more = refill(g, e);

		if (more < 0)
			return -1;
		if (!more && g->ended)
			break;
		if (!more)
			return err_set(e, "truncated gzip input");
		if ((g->ended && next_part(g, e)) || inflate_some(g, e))
			return -1;
	}
	return (ptrdiff_t)(most - g->z.avail_out);
}

static void close_gunzip(void *ctx)
{
	struct gunzip *g = ctx;

	inflateEnd(&g->z);
	source_close(&g->in);
	free(g);
}

void source_gunzip(struct source *s, struct source *in)
{
	struct gunzip *g = xcalloc(1, sizeof *g);

	if (inflateInit2(&g->z, MAX_WBITS + GZIP_ONLY) != Z_OK)
		mem_fail(sizeof *g);
	g->in = *in;
	*s = (struct source){xstrdup(in->name), read_gunzip, close_gunzip, g};
}
