#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "zoo/family.h"

/* A stack: several networks look at the same image, their pooled features are joined and go through one head. */

const char *const stack_head = "bn,256,relu,drop0.5,bn,128,relu,drop0.5";

static int check_branch(const char *name, int last, int *smallest, struct err *e)
{
	const struct family *f;

	if (strcmp(name, "stack") == 0)
		return err_set(e, "a stack is no branch of a stack");
	if (!family_find(name, &f, e) || family_check_last(f, name, last, e))
		return -1;
	*smallest = f->smallest > *smallest ? f->smallest : *smallest;
	return 0;
}

int stack_check(const char *branches, int last, int *smallest, struct err *e)
{
	char *copy = xstrdup(branches), *rest = copy, *name;
	int n = 0, status = 0;

	for (*smallest = 0; !status && (name = strsep(&rest, "+")); n++)
		status = check_branch(name, last, smallest, e);
	free(copy);
	if (!status && (n < 2 || n > STACK_BRANCHES))
		status = err_set(e, "a stack has 2 to %d branches, as in stack:mobilenet_v2+densenet169, not %d", STACK_BRANCHES,
		                 n);
	return status;
}

struct node *stack_features(struct graph *g, const char *branches, struct node *input, int last)
{
	char *copy = xstrdup(branches), *rest = copy, *name, prefix[] = "a.";
	struct node *pooled[STACK_BRANCHES];
	const struct form form = {.last = last};
	int n = 0;

	for (; (name = strsep(&rest, "+")); n++, prefix[0]++) {
		const struct family *f;
		const struct variant *v = family_find(name, &f, &g->err);

		g->prefix = prefix;
		pooled[n] = graph_gap(g, "avgpool", f->features(g, v, input, &form));
		g->prefix = NULL;
	}
	free(copy);
	return graph_concat(g, "concat", pooled, n);
}
