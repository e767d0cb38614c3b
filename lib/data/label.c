/* Labels: given other names, narrowed to classes, put in order. */
#include "data/label.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "data/path.h"
#include "stream/classes.h"

/* --- Counting -------------------------------------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The index of the class that a label is, -1: none. */
static int class_of(const struct classes *c, const char *label, bool nocase)
{
	char *name = classes_escape(label);
	int i = classes_index(c, name);

	for (int k = 0; nocase && i < 0 && k < c->n; k++)
		if (!strcasecmp(c->name[k], name))
			i = k;
	free(name);
	return i;
}

/* Of all items, or of those whose label is none of the classes. */
static char *counts_of(const struct list *l, const struct classes *none_of)
{
	enum { SHOWN = 20 };
	const char **label = xcalloc(l->n + 1, sizeof *label);
	size_t n = 0, end, kinds = 0;
	struct text t = {0};

	for (size_t i = 0; i < l->n; i++)
		label[n++] = l->item[i].label;
	qsort(label, n, sizeof *label, by_bytes);
	text_add(&t, "");
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && !strcmp(label[i], label[end]); end++)
			;
		if (none_of && (!label[i][0] || class_of(none_of, label[i], false) >= 0))
			continue;
		if (kinds++ < SHOWN)
			text_addf(&t, "%s%.60s (%zu)", kinds > 1 ? ", " : "", label[i][0] ? label[i] : "no label", end - i);
	}
	if (kinds > SHOWN)
		text_addf(&t, " and %zu more", kinds - SHOWN);
	free(label);
	return t.s;
}

char *label_counts(const struct list *l)
{
	return counts_of(l, NULL);
}

char *label_strangers(const struct list *l, const struct classes *c)
{
	return counts_of(l, c);
}

/* -1 with the labels that there are. */
static int refuse(const struct list *l, struct err *e, const char *what, const char *name)
{
	char *counts = label_counts(l);

	err_set(e, "%s '%s': there are %s", what, name, counts);
	free(counts);
	return -1;
}

/* --- Other names ----------------------------------------------------------------------------------------------- */

struct relabel {
	struct classes from;
	bool *seen; /* [from] */
	char *to;
};

static int parse_rule(struct relabel *r, const char *text, struct err *e)
{
	const char *equal = strchr(text, '=');
	char *from;
	int rc;

	*r = (struct relabel){0};
	if (!equal || !equal[1])
		return err_set(e, "'%s' is not FROM=TO", text);
	from = xstrndup(text, (size_t)(equal - text));
	rc = classes_parse_given(&r->from, from, e);
	free(from);
	if (rc)
		return -1;
	r->seen = xcalloc((size_t)r->from.n + 1, sizeof *r->seen);
	r->to = classes_label(equal + 1);
	return r->from.n ? 0 : err_set(e, "'%s' is not FROM=TO", text);
}

static void apply(struct item *it, struct relabel *r, size_t n, bool nocase)
{
	for (size_t k = 0; k < n; k++) {
		int i = class_of(&r[k].from, it->label, nocase);

		if (i < 0)
			continue;
		r[k].seen[i] = true;
		free(it->label);
		it->label = xstrdup(r[k].to);
		return;
	}
}

int label_change(struct list *l, char *const *rule, size_t n, bool nocase, struct err *e)
{
	struct relabel *r = xcalloc(n + 1, sizeof *r);
	char *before = label_counts(l);
	int rc = 0;

	for (size_t k = 0; k < n && !rc; k++)
		rc = parse_rule(&r[k], rule[k], e);
	for (size_t i = 0; i < l->n && !rc; i++)
		apply(&l->item[i], r, n, nocase);
	for (size_t k = 0; k < n; k++) {
		for (int i = 0; i < r[k].from.n && !rc; i++)
			if (!r[k].seen[i])
				rc = err_set(e, "no image is labelled '%s': there are %s", r[k].from.name[i], before);
		classes_free(&r[k].from);
		free(r[k].seen);
		free(r[k].to);
	}
	free(before);
	free(r);
	return rc;
}

/* --- Classes --------------------------------------------------------------------------------------------------- */

static bool has_class(const struct item *it, size_t i, void *ctx)
{
	(void)i;
	return class_of(ctx, it->label, false) >= 0;
}

static int check_all_occur(const struct list *l, const struct classes *c, struct err *e)
{
	for (int k = 0; k < c->n; k++) {
		size_t i = 0;

		while (i < l->n && class_of(c, l->item[i].label, false) != k)
			i++;
		if (i == l->n)
			return refuse(l, e, "no image of class", c->name[k]);
	}
	return 0;
}

static void set_order(struct list *l, const struct classes *c)
{
	free(l->order);
	l->order = classes_list(c);
}

int label_classify(struct list *l, const char *classes, bool nocase, size_t *left, char **others, struct err *e)
{
	size_t before = l->n;
	struct classes c;
	int rc;

	*others = NULL;
	if (classes_parse_given(&c, classes, e))
		return -1;
	for (size_t i = 0; i < l->n; i++) {
		const char *finding = path_finding(l->item[i].path);
		int k = finding ? class_of(&c, finding, nocase) : -1;

		if (k < 0)
			k = class_of(&c, l->item[i].label, nocase);
		if (k < 0)
			continue;
		free(l->item[i].label);
		l->item[i].label = classes_label(c.name[k]);
	}
	if (!(rc = check_all_occur(l, &c, e))) {
		*others = label_strangers(l, &c);
		list_keep(l, has_class, &c);
		*left = before - l->n;
		set_order(l, &c);
	}
	classes_free(&c);
	return rc;
}

int label_positive(struct list *l, const char *label, struct err *e)
{
	char *list = list_classes(l), *text = classes_label(label), *name = classes_escape(text);
	struct classes c;
	int rc = classes_parse(&c, list, e);

	if (!rc && !(rc = classes_index(&c, name) < 0 ? refuse(l, e, "no image of class", name) :
	                                               classes_put_last(&c, name, e)))
		set_order(l, &c);
	classes_free(&c);
	free(list);
	free(text);
	free(name);
	return rc;
}
