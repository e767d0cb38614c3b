/* Names of tensors: wrappers around a network put theirs in front, heads of one layer are numbered. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "zoo/views.h"

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/* Is that a parameter of the network, or of the branch the weights are for? */
static bool is_wanted(const struct weights_target *t, const char *name)
{
	const struct graph *g = t->net->g;
	size_t k = strlen(t->prefix);

	for (int p = 0; p < g->nparam; p++)
		if (!strncmp(g->param[p]->name, t->prefix, k) && !strcmp(g->param[p]->name + k, name))
			return true;
	return false;
}

static int count_wanted(const struct record *r, const struct weights_target *t, const char *prefix)
{
	size_t n = strlen(prefix);
	int count = 0;

	for (int i = 0; i < r->ntensor; i++)
		count += !strncmp(r->tensor[i].name, prefix, n) && is_wanted(t, r->tensor[i].name + n);
	return count;
}

static void rename_tensor(struct record *r, int i, char *name)
{
	free(r->tensor[i].name);
	r->tensor[i].name = name;
}

static int strip(struct record *r, const char *prefix)
{
	size_t n = strlen(prefix);
	int count = 0;

	for (int i = 0; n && i < r->ntensor; i++)
		if (!strncmp(r->tensor[i].name, prefix, n) && r->tensor[i].name[n]) {
			rename_tensor(r, i, xstrdup(r->tensor[i].name + n));
			count++;
		}
	return count;
}

/* What stands before the name of one of the first parameters, where that makes more of the names known. */
static void strip_wrapper(struct record *r, const struct weights_target *t)
{
	const struct graph *g = t->net->g;
	int best = count_wanted(r, t, "");
	char *prefix = xstrdup("");

	for (int p = 0; p < g->nparam && p < 8; p++)
		for (int i = 0; i < r->ntensor; i++) {
			const char *name = r->tensor[i].name, *want = g->param[p]->name + strlen(t->prefix);
			size_t n = strlen(name), m = strlen(want);

			if (n <= m || name[n - m - 1] != '.' || !ends_with(name, want))
				continue;
			char *candidate = xstrndup(name, n - m);
			int count = count_wanted(r, t, candidate);

			if (count > best) {
				free(prefix);
				prefix = candidate;
				best = count;
			} else {
				free(candidate);
			}
		}
	strip(r, prefix);
	free(prefix);
}

/* "classifier.0.weight", of a head that is one layer and a sigmoid, where "classifier.weight" is wanted and missing. */
static void unnumber_head(struct record *r, const struct weights_target *t)
{
	for (int i = 0; i < r->ntensor; i++) {
		const char *name = r->tensor[i].name, *last = strrchr(name, '.'), *dot = last;

		while (dot && dot > name && isdigit((unsigned char)dot[-1]))
			dot--;
		if (!last || dot == last || dot < name + 2 || dot[-1] != '.' || is_wanted(t, name))
			continue;
		char *plain = xasprintf("%.*s%s", (int)(dot - 1 - name), name, last);

		if (is_wanted(t, plain) && !record_tensor(r, plain))
			rename_tensor(r, i, plain);
		else
			free(plain);
	}
}

char *names_first(const struct record *r)
{
	struct text t = {0};

	int n = 0;

	text_add(&t, "");
	for (int i = 0; i < r->ntensor && n < 3; i++)
		if (!ends_with(r->tensor[i].name, "num_batches_tracked")) /* counters say little of a network */
			text_addf(&t, "%s%.100s", n++ ? ", " : "", r->tensor[i].name);
	return t.s;
}

int names_fit(struct record *r, const struct weights_target *t, struct err *e)
{
	if (t->strip && !strip(r, t->strip)) {
		char *first = names_first(r);

		err_set(e, "no tensor's name begins with %.100s: they are %s ...", t->strip, first);
		free(first);
		return -1;
	}
	if (!t->strip)
		strip_wrapper(r, t);
	timm_rename(r, t);
	unnumber_head(r, t);
	return 0;
}
