#include "nn/start.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

static int file_digest(const char *path, char hex[SHA256_HEX], struct err *e)
{
	struct source src;
	struct sha256 sha;
	unsigned char buf[1 << 16];
	ptrdiff_t n;

	if (source_file(&src, path, e))
		return -1;
	sha256_init(&sha);
	while ((n = source_read(&src, buf, sizeof buf, e)) > 0)
		sha256_add(&sha, buf, (size_t)n);
	source_close(&src);
	sha256_hex(&sha, hex);
	return (int)n;
}

/* Parameters of one module follow each other: each name is written once. */
static void list_random(const struct graph *g, const bool *loaded, struct text *t)
{
	const struct node *last = NULL;

	for (int i = 0; i < g->nparam; i++)
		if (!loaded[i] && g->param[i]->node != last) {
			last = g->param[i]->node;
			text_addf(t, "%s%s", t->len ? ", " : "", last->name);
		}
}

static int load(struct net *n, const char *path, struct start *s, struct err *e)
{
	bool *loaded = xcalloc((size_t)n->g->nparam, sizeof *loaded);
	struct record r = {0};
	char hex[SHA256_HEX];
	int rc = record_read_file(&r, path, e) < 0 ? -1 : 0;

	if (!rc && (rc = net_fill(n, &r, loaded, &s->unused, e)))
		err_prefix(e, "%s", path);
	for (int i = 0; i < n->g->nparam; i++)
		s->loaded += loaded[i];
	list_random(n->g, loaded, &s->random);
	record_free(&r);
	free(loaded);
	if (rc || file_digest(path, hex, e))
		return -1;
	record_set(&n->meta, "init.sha256", hex);
	return 0;
}

int start_net(struct net *n, uint64_t seed, const char *path, struct start *s, struct err *e)
{
	*s = (struct start){.total = n->g->nparam};
	text_add(&s->random, "");
	text_add(&s->unused, "");
	net_init(n, seed, NULL);
	return path ? load(n, path, s, e) : 0;
}

void start_free(struct start *s)
{
	text_free(&s->random);
	text_free(&s->unused);
}
