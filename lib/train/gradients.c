/* The fixed tree in which gradients of parts and replicas are added up. */
#include "train/gradients.h"

#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/mem.h"

enum { TOP = 24 };
struct gradients {
	size_t floats;
	float *level[TOP + 1]; /* level k: a sum over 2^k places that waits for its right neighbour; TOP: over all */
};

struct gradients *gradients_new(size_t floats)
{
	struct gradients *g = xcalloc(1, sizeof *g);

	g->floats = floats;
	return g;
}

void gradients_free(struct gradients *g)
{
	for (int k = 0; g && k <= TOP; k++)
		free(g->level[k]);
	free(g);
}

/* to may be a. */
static CLONES void add(float *to, const float *a, const float *b, size_t n)
{
#pragma GCC ivdep
	for (size_t i = 0; i < n; i++)
		to[i] = a[i] + b[i];
}

static float *level(struct gradients *g, int k)
{
	if (!g->level[k])
		g->level[k] = xcalloc(g->floats, sizeof(float));
	return g->level[k];
}

void gradients_add(struct gradients *g, long at, long next, const float *part, size_t begin, size_t end)
{
	float *waiting[TOP], *to;
	int n = 0, k = 0;

	if (begin >= end)
		return;
	for (; k < TOP && (next < 0 || next >> (k + 1) != at >> (k + 1)); k++) /* until the right neighbour is to come */
		if (at >> k & 1)
			waiting[n++] = g->level[k] + begin;
	to = level(g, k) + begin;
	part += begin;
	for (int i = 0; i < n; i++) {
		float *sum = i < n - 1 ? waiting[i] : to;

		add(sum, waiting[i], part, end - begin);
		part = sum;
	}
	if (!n)
		memcpy(to, part, (end - begin) * sizeof *to);
}

float *gradients_sum(struct gradients *g)
{
	return level(g, TOP);
}
