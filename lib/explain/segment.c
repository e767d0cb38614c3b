/* Felzenszwalb's segments: a graph of neighbouring pixels, joined from the most alike on. */
#include "explain/segment.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

/* ---- the smoothed image */

/* Fresh [h,w,c] in -1..1; of an image of one value all -1. */
static double *stretched(const float *image, size_t n)
{
	double *v = xreallocarray(NULL, n, sizeof *v);
	float lo = image[0], hi = lo;

	for (size_t i = 1; i < n; i++) {
		lo = fminf(lo, image[i]);
		hi = fmaxf(hi, image[i]);
	}
	for (size_t i = 0; i < n; i++)
		v[i] = hi > lo ? 2 * ((double)image[i] - (double)lo) / ((double)hi - (double)lo) - 1 : -1;
	return v;
}

/* Beyond the edges the image is mirrored: c b a | a b c | c b a. */
static int mirrored(int i, int n)
{
	i %= 2 * n;
	i += i < 0 ? 2 * n : 0;
	return i < n ? i : 2 * n - 1 - i;
}

struct gaussian {
	int radius;
	double *weight; /* of a distance, 0 .. radius */
};

static struct gaussian gaussian_of(double sigma)
{
	struct gaussian g = {.radius = (int)(4 * sigma + .5)};
	double sum = 0;

	g.weight = xreallocarray(NULL, (size_t)g.radius + 1, sizeof *g.weight);
	for (int k = 0; k <= g.radius; k++) {
		g.weight[k] = k ? exp(-.5 * k * k / (sigma * sigma)) : 1;
		sum += (k ? 2 : 1) * g.weight[k];
	}
	for (int k = 0; k <= g.radius; k++)
		g.weight[k] /= sum;
	return g;
}

/* n values, each `step` from the next; line [n] is room. */
static void smooth_line(const struct gaussian *g, double *v, int n, int step, double *line)
{
	for (int i = 0; i < n; i++)
		line[i] = v[(size_t)i * (size_t)step];
	for (int i = 0; i < n; i++) {
		double sum = g->weight[0] * line[i];

		for (int k = 1; k <= g->radius; k++)
			sum += g->weight[k] * (line[mirrored(i - k, n)] + line[mirrored(i + k, n)]);
		v[(size_t)i * (size_t)step] = sum;
	}
}

static void smooth(double *v, int h, int w, int c, double sigma)
{
	struct gaussian g = gaussian_of(sigma);
	double *line = xreallocarray(NULL, (size_t)(h > w ? h : w), sizeof *line);

	for (int i = 0; i < w * c; i++)
		smooth_line(&g, v + i, h, w * c, line);
	for (int y = 0; y < h; y++)
		for (int k = 0; k < c; k++)
			smooth_line(&g, v + (size_t)y * (size_t)(w * c) + k, w, c, line);
	free(line);
	free(g.weight);
}

/* ---- the graph */

static double apart(const double *a, const double *b, int c)
{
	double sum = 0;

	for (int k = 0; k < c; k++)
		sum += (a[k] - b[k]) * (a[k] - b[k]);
	return sqrt(sum);
}

static int most_alike_first(const void *a, const void *b)
{
	const struct segment_edge *p = a, *q = b;

	if (p->cost != q->cost)
		return p->cost < q->cost ? -1 : 1;
	return p->from != q->from ? (p->from > q->from) - (p->from < q->from) : (p->to > q->to) - (p->to < q->to);
}

/* To the right, below, and both ways aslant to the right: of each pair one has the edge. */
static void add_edges(struct segment_graph *g, const double *v, int h, int w, int c, int y, int x)
{
	static const int down[] = {0, 1, 1, -1}, right[] = {1, 0, 1, 1};

	for (int k = 0; k < 4; k++) {
		int from = y * w + x, to = from + down[k] * w + right[k];

		if (y + down[k] >= 0 && y + down[k] < h && x + right[k] < w)
			g->edge[g->n++] = (struct segment_edge){apart(v + (size_t)from * (size_t)c, v + (size_t)to * (size_t)c, c),
			                                        from, to};
	}
}

struct segment_graph segment_graph_of(const float *image, int h, int w, int c, double sigma)
{
	struct segment_graph g = {.pixels = h * w};
	double *v = stretched(image, (size_t)g.pixels * (size_t)c);

	smooth(v, h, w, c, sigma);
	g.edge = xreallocarray(NULL, 4 * (size_t)g.pixels, sizeof *g.edge);
	for (int i = 0; i < g.pixels; i++)
		add_edges(&g, v, h, w, c, i / w, i % w);
	if (g.n)
		qsort(g.edge, g.n, sizeof *g.edge, most_alike_first);
	free(v);
	return g;
}

void segment_graph_free(struct segment_graph *g)
{
	free(g->edge);
	*g = (struct segment_graph){0};
}

/* ---- joining */

/* Trees of pixels, a part each: a root is its own parent, and the first of its pixels. */
struct forest {
	int *parent, *size;
	double *within; /* the largest cost that joined a part */
};

static int root_of(struct forest *f, int i)
{
	while (f->parent[i] != i)
		i = f->parent[i] = f->parent[f->parent[i]];
	return i;
}

static int join(struct forest *f, int a, int b)
{
	int to = a < b ? a : b, from = a < b ? b : a;

	f->parent[from] = to;
	f->size[to] += f->size[from];
	return to;
}

static double bound(const struct forest *f, int root, double scale)
{
	return f->within[root] + scale / f->size[root];
}

static void join_alike(struct forest *f, const struct segment_edge *e, double scale)
{
	int a = root_of(f, e->from), b = root_of(f, e->to);

	if (a != b && e->cost < fmin(bound(f, a, scale), bound(f, b, scale)))
		f->within[join(f, a, b)] = e->cost;
}

static void join_small(struct forest *f, const struct segment_edge *e, int least)
{
	int a = root_of(f, e->from), b = root_of(f, e->to);

	if (a != b && (f->size[a] < least || f->size[b] < least))
		join(f, a, b);
}

int segment_parts(const struct segment_graph *g, double scale, int least, int *label)
{
	size_t n = (size_t)g->pixels;
	struct forest f = {xreallocarray(NULL, n, sizeof *f.parent), xreallocarray(NULL, n, sizeof *f.size),
	                   xcalloc(n, sizeof *f.within)};
	int count = 0;

	for (int i = 0; i < g->pixels; i++) {
		f.parent[i] = i;
		f.size[i] = 1;
	}
	for (size_t k = 0; k < g->n; k++)
		join_alike(&f, &g->edge[k], scale);
	for (size_t k = 0; k < g->n; k++)
		join_small(&f, &g->edge[k], least);
	for (int i = 0; i < g->pixels; i++) {
		int root = root_of(&f, i);

		label[i] = root == i ? count++ : label[root];
	}
	free(f.parent);
	free(f.size);
	free(f.within);
	return count;
}
