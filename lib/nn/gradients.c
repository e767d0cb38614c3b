#include "nn/gradients.h"

#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/mem.h"

enum { LEVELS = 24 };
struct gradients {
	size_t floats, parts;
	float *level[LEVELS]; /* level k holds a sum of 2^k parts where bit k of parts is set */
};

struct gradients *gradients_new(size_t floats)
{
	struct gradients *g = xcalloc(1, sizeof *g);

	g->floats = floats;
	return g;
}

void gradients_free(struct gradients *g)
{
	for (int k = 0; g && k < LEVELS; k++)
		free(g->level[k]);
	free(g);
}

static CLONES void add(float *restrict to, const float *restrict from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] += from[i];
}

static float *level(struct gradients *g, int k)
{
	if (!g->level[k])
		g->level[k] = xcalloc(g->floats, sizeof(float));
	return g->level[k];
}

static void swap(struct gradients *g, int a, int b)
{
	float *t = g->level[a];

	g->level[a] = g->level[b];
	g->level[b] = t;
}

void gradients_add(struct gradients *g, const float *part)
{
	int k = 0;

	if (!(g->parts & 1)) {
		memcpy(level(g, 0), part, g->floats * sizeof *part);
	} else {
		add(level(g, 0), part, g->floats);
		for (k = 1; g->parts >> k & 1; k++) {
			add(level(g, k), g->level[k - 1], g->floats);
		}
		level(g, k);
		swap(g, k, k - 1);
	}
	g->parts++;
}

float *gradients_sum(struct gradients *g)
{
	int at = 0;

	while (!(g->parts >> at & 1))
		at++;
	for (int k = at + 1; g->parts >> k; k++)
		if (g->parts >> k & 1) {
			add(g->level[k], g->level[at], g->floats);
			at = k;
		}
	g->parts = 0;
	return g->level[at];
}
