#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stream/stream.h"

static int add(struct classes *c, size_t *cap, const char *name, size_t n, struct err *e)
{
	if (!n)
		return err_set(e, "classes: an empty name");
	c->name = grow(c->name, c->n, cap, sizeof *c->name);
	c->name[c->n] = xstrndup(name, n);
	if (classes_index(c, c->name[c->n]) >= 0) {
		err_set(e, "classes: %s is there twice", c->name[c->n]);
		free(c->name[c->n]);
		return -1;
	}
	c->n++;
	return 0;
}

/* An empty list is no classes: a stream of images without labels has none. */
int classes_parse(struct classes *c, const char *list, struct err *e)
{
	size_t cap = 0;
	*c = (struct classes){0};
	if (!*list)
		return 0;
	for (;; list++) {
		size_t n = strcspn(list, ",");
		if (add(c, &cap, list, n, e)) {
			classes_free(c);
			return -1;
		}
		list += n;
		if (!*list)
			return 0;
	}
}

char *classes_list(const struct classes *c)
{
	struct text list = {0};

	text_add(&list, "");
	for (int i = 0; i < c->n; i++)
		text_addf(&list, "%s%s", i ? "," : "", c->name[i]);
	return list.s;
}

int classes_index(const struct classes *c, const char *name)
{
	for (int i = 0; i < c->n; i++)
		if (!strcmp(c->name[i], name))
			return i;
	return -1;
}

void classes_free(struct classes *c)
{
	for (int i = 0; i < c->n; i++)
		free(c->name[i]);
	free(c->name);
	*c = (struct classes){0};
}
