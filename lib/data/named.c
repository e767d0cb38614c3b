/* From ids to paths: a list whose column id hides the paths from what is made of it. */
#include "data/named.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/list.h"

struct named {
	struct list list;
	struct pair {
		const char *id, *path;
	} *pair;
	size_t n;
};

static int by_id(const void *x, const void *y)
{
	return strcmp(((const struct pair *)x)->id, ((const struct pair *)y)->id);
}

static int fill(struct named *n, struct err *e)
{
	int column = list_column(&n->list, "id");

	if (column < 0)
		return err_set(e, "a list without the column id, as cxr-list --key makes it");
	n->pair = xcalloc(n->list.n + 1, sizeof *n->pair);
	for (size_t i = 0; i < n->list.n; i++) {
		const char *id = list_value(&n->list, i, column);

		if (*id)
			n->pair[n->n++] = (struct pair){id, n->list.item[i].path};
	}
	qsort(n->pair, n->n, sizeof *n->pair, by_id);
	return 0;
}

struct named *named_read(struct source *src, struct err *e)
{
	struct named *n = xcalloc(1, sizeof *n);

	if (!list_read(&n->list, src, '\n', e) && !fill(n, e))
		return n;
	named_free(n);
	return NULL;
}

void named_free(struct named *n)
{
	if (!n)
		return;
	list_free(&n->list);
	free(n->pair);
	free(n);
}

const char *named_path(const struct named *n, const char *id)
{
	struct pair key = {id, NULL}, *found;

	if (!n || !(found = bsearch(&key, n->pair, n->n, sizeof *n->pair, by_id)))
		return NULL;
	return found->path;
}
