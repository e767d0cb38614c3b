/* A stack: several networks look at the same image, their pooled features are joined and go through one head. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "zoo/family.h"

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
	int n, status = 0;
	char **name = choice_split(branches, '+', &n);

	*smallest = 0;
	for (int k = 0; k < n && !status; k++)
		status = check_branch(name[k], last, smallest, e);
	free(name);
	if (!status && (n < 2 || n > STACK_BRANCHES))
		status = err_set(e, "a stack has 2 to %d branches, as in stack:mobilenet_v2+densenet169, not %d", STACK_BRANCHES,
		                 n);
	return status;
}

struct node *stack_features(struct graph *g, const char *branches, struct node *input, int last)
{
	int n;
	char **name = choice_split(branches, '+', &n), prefix[] = "a.";
	struct node *pooled[STACK_BRANCHES];
	const struct form form = {.last = last};

	for (int k = 0; k < n; k++, prefix[0]++) {
		const struct family *f;
		const struct variant *v = family_find(name[k], &f, &g->err);

		g->prefix = prefix;
		pooled[k] = graph_gap(g, "avgpool", f->features(g, v, input, &form));
		g->prefix = NULL;
	}
	free(name);
	return graph_concat(g, "concat", pooled, n);
}
