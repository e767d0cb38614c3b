/* The names of classes and their order. */
#include "stream/classes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tsv.h"
#include "stream/gate.h"

static int add(struct classes *c, size_t *cap, const char *name, size_t n, struct err *e)
{
	if (!n)
		return err_set(e, "classes: an empty name");
	if (gate_text("classes: a name", name, n, GATE_NAME, e))
		return -1;
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

/* A comma, which separates, as an escape like any other. */
char *classes_escape(const char *label)
{
	char *text = text_escape(label, strlen(label));
	struct text t = {0};

	text_add(&t, "");
	for (const char *p = text; *p; p++)
		if (*p == ',')
			text_add(&t, "\\x2c");
		else
			text_addn(&t, p, 1);
	free(text);
	return t.s;
}

char *classes_label(const char *name)
{
	return text_unescape(name, NULL);
}

int classes_parse_given(struct classes *c, const char *list, struct err *e)
{
	struct text t = {0}; /* the same list, every name escaped */

	text_add(&t, "");
	while (*list) {
		struct text name = {0};

		text_add(&name, "");
		for (; *list && *list != ','; list++) {
			if (list[0] == '\\' && list[1] == ',')
				list++;
			text_addn(&name, list, 1);
		}
		char *label = classes_label(name.s), *escaped = classes_escape(label);

		text_add(&t, escaped);
		text_addn(&t, list, *list == ',');
		list += *list == ',';
		free(name.s);
		free(label);
		free(escaped);
	}
	int rc = classes_parse(c, t.s, e);
	free(t.s);
	return rc;
}

int classes_put_last(struct classes *c, const char *name, struct err *e)
{
	int i = classes_index(c, name);
	char *list = classes_list(c);

	if (i < 0)
		err_set(e, "'%s' is none of the classes %s", name, list);
	free(list);
	if (i < 0)
		return -1;
	char *last = c->name[i];

	for (; i + 1 < c->n; i++)
		c->name[i] = c->name[i + 1];
	c->name[i] = last;
	return 0;
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
