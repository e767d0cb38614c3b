/* Each pixel of a part the mean of its neighbours: a sparse symmetric system, the Laplacian of the grid's graph with
 * what is known around it as its boundary. Conjugate gradients solve it. A plain iteration carries values a pixel a
 * step, so each step is improved (preconditioned) on coarser grids first: four cells are one, edges between two cells
 * are added up, and a Gauss-Seidel sweep goes down through the grids and back up. 10 to 30 steps, by the shape. */
#include "explain/fill.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* To the right, down, down right, down left: the other four are a neighbour's. A cell has room for four channels,
 * whatever the image has: one vector. */
enum { EDGES = 4, LEVELS = 20, MOST_STEPS = 200, LANES = 4 };
static const int edge_y[EDGES] = {0, 1, 1, 1}, edge_x[EDGES] = {1, 0, 1, -1};

/* A grid of h x w cells within a margin of one that no edge leads to. */
struct level {
	int h, w, stride;
	float *edge;         /* [EDGES][cells]: weight to that neighbour, where both are unknown */
	float *sum;          /* [cells]: of all of a cell's edges and of those to what is known; 0: not unknown */
	float *x, *b, *rest; /* [cells, LANES]: solution, right side, what the solution leaves of it */
};

static size_t cells(const struct level *l)
{
	return (size_t)(l->h + 2) * (size_t)l->stride;
}

static int cell(const struct level *l, int y, int x)
{
	return (y + 1) * l->stride + x + 1;
}

static void level_new(struct level *l, int h, int w)
{
	size_t n = (size_t)(h + 2) * (size_t)(w + 2);

	*l = (struct level){.h = h, .w = w, .stride = w + 2};
	l->edge = xcalloc(n * (EDGES + 1 + 3 * LANES), sizeof *l->edge);
	l->sum = l->edge + n * EDGES;
	l->x = l->sum + n;
	l->b = l->x + n * LANES;
	l->rest = l->b + n * LANES;
}

static float *edge_at(const struct level *l, int k, int at)
{
	return &l->edge[(size_t)k * cells(l) + (size_t)at];
}

/* ---- the grids */

static void fine_level(struct level *l, const float *v, const unsigned char *part, int channels)
{
	for (int y = 0; y < l->h; y++)
		for (int x = 0; x < l->w; x++)
			for (int k = 0; k < EDGES; k++) {
				int v_y = y + edge_y[k], v_x = x + edge_x[k], at[2], from[2] = {y * l->w + x, v_y * l->w + v_x};
				float weight = edge_y[k] && edge_x[k] ? 1 : 2;

				if (v_y >= l->h || v_x < 0 || v_x >= l->w)
					continue;
				at[0] = cell(l, y, x);
				at[1] = cell(l, v_y, v_x);
				if (part[from[0]] && part[from[1]])
					*edge_at(l, k, at[0]) = weight;
				for (int i = 0; i < 2; i++) {
					l->sum[at[i]] += part[from[i]] ? weight : 0;
					for (int c = 0; c < channels && part[from[i]] && !part[from[!i]]; c++)
						l->b[at[i] * LANES + c] += weight * v[from[!i] * channels + c];
				}
			}
}

/* Which of the coarse grid's edges leads dy, dx on; the cell that has it is the other one where *turned. */
static int edge_to(int dy, int dx, bool *turned)
{
	*turned = dy < 0 || (dy == 0 && dx < 0);
	for (int k = 0; k < EDGES; k++)
		if (edge_y[k] == (*turned ? -dy : dy) && edge_x[k] == (*turned ? -dx : dx))
			return k;
	return -1;
}

/* Edges within a coarse cell vanish from its sum, twice: its cells move together. */
static void coarse_level(struct level *l, const struct level *fine)
{
	level_new(l, (fine->h + 1) / 2, (fine->w + 1) / 2);
	for (int y = 0; y < fine->h; y++)
		for (int x = 0; x < fine->w; x++) {
			int own = cell(l, y / 2, x / 2);

			l->sum[own] += fine->sum[cell(fine, y, x)];
			for (int k = 0; k < EDGES; k++) {
				float weight = *edge_at(fine, k, cell(fine, y, x));
				int to_y = (y + edge_y[k]) / 2, to_x = (x + edge_x[k]) / 2, which;
				bool turned;

				if (weight == 0)
					continue;
				if ((which = edge_to(to_y - y / 2, to_x - x / 2, &turned)) < 0)
					l->sum[own] -= 2 * weight;
				else
					*edge_at(l, which, turned ? cell(l, to_y, to_x) : own) += weight;
			}
		}
}

static int levels_new(struct level *l, const float *v, const unsigned char *part, int h, int w, int c)
{
	int n = 1;

	level_new(&l[0], h, w);
	fine_level(&l[0], v, part, c);
	for (; n < LEVELS && l[n - 1].h * l[n - 1].w > 1; n++)
		coarse_level(&l[n], &l[n - 1]);
	return n;
}

/* ---- the system */

/* What a cell's unknown neighbours pull it to: to [LANES]. */
static void pull(const struct level *l, const float *x, int at, float *to)
{
	for (int c = 0; c < LANES; c++)
		to[c] = 0;
	for (int k = 0; k < EDGES; k++) {
		int step = edge_y[k] * l->stride + edge_x[k];
		float on = *edge_at(l, k, at), back = *edge_at(l, k, at - step);

		for (int c = 0; c < LANES; c++)
			to[c] += on * x[(at + step) * LANES + c] + back * x[(at - step) * LANES + c];
	}
}

/* to = A x of the first level's unknown cells. */
static void apply(const struct level *l, const float *x, float *to)
{
	float near[LANES];

	for (int y = 0; y < l->h; y++)
		for (int at = cell(l, y, 0); at < cell(l, y, l->w); at++) {
			if (l->sum[at] <= 0)
				continue;
			pull(l, x, at, near);
			for (int c = 0; c < LANES; c++)
				to[at * LANES + c] = l->sum[at] * x[at * LANES + c] - near[c];
		}
}

/* One Gauss-Seidel sweep, from the first cell on or from the last back. */
static void sweep(struct level *l, bool back)
{
	int n = l->h * l->w;
	float near[LANES];

	for (int i = 0; i < n; i++) {
		int k = back ? n - 1 - i : i, at = cell(l, k / l->w, k % l->w);

		if (l->sum[at] <= 0)
			continue;
		pull(l, l->x, at, near);
		for (int c = 0; c < LANES; c++)
			l->x[at * LANES + c] = (l->b[at * LANES + c] + near[c]) / l->sum[at];
	}
}

/* The coarse grid's right side is what is left of the fine one's; its solution is added to the fine one's. */
static void gather(struct level *coarse, const struct level *fine)
{
	memset(coarse->b, 0, cells(coarse) * LANES * sizeof *coarse->b);
	for (int y = 0; y < fine->h; y++)
		for (int x = 0; x < fine->w; x++) {
			int at = cell(fine, y, x), to = cell(coarse, y / 2, x / 2);

			for (int c = 0; c < LANES && fine->sum[at] > 0; c++)
				coarse->b[to * LANES + c] += fine->b[at * LANES + c] - fine->rest[at * LANES + c];
		}
}

static void spread_out(const struct level *coarse, struct level *fine)
{
	for (int y = 0; y < fine->h; y++)
		for (int x = 0; x < fine->w; x++) {
			int at = cell(fine, y, x), from = cell(coarse, y / 2, x / 2);

			for (int c = 0; c < LANES && fine->sum[at] > 0; c++)
				fine->x[at * LANES + c] += coarse->x[from * LANES + c];
		}
}

/* l[0].x becomes near A^-1 l[0].b; linear and symmetric, as conjugate gradients need it. */
static void descend(struct level *l, int n)
{
	memset(l->x, 0, cells(l) * LANES * sizeof *l->x);
	sweep(l, false);
	if (n > 1) {
		apply(l, l->x, l->rest);
		gather(&l[1], l);
		descend(l + 1, n - 1);
		spread_out(&l[1], l);
	}
	sweep(l, true);
}

/* ---- conjugate gradients, channel by channel at once */

static void dots(const float *a, const float *b, size_t n, double *to)
{
	double sum[LANES] = {0};

	for (size_t i = 0; i < n; i++, a += LANES, b += LANES)
		for (int c = 0; c < LANES; c++)
			sum[c] += (double)a[c] * (double)b[c];
	memcpy(to, sum, sizeof sum);
}

/* to += share (of the channel) times by, or the other way round. */
static void add(float *to, const double *share, double sign, const float *by, size_t n)
{
	for (size_t i = 0; i < n; i++, to += LANES, by += LANES)
		for (int c = 0; c < LANES; c++)
			to[c] += (float)(sign * share[c] * (double)by[c]);
}

/* Solves A x = l[0].b, which is overwritten by what is left of it. */
static void solve(struct level *l, int nlevel, float *x)
{
	size_t n = cells(l);
	float *p = xcalloc(2 * n * LANES, sizeof *p), *ap = p + n * LANES;
	double start[LANES], left[LANES], rz[LANES] = {0}, before[LANES], curve[LANES], share[LANES];

	dots(l->b, l->b, n, start);
	for (int step = 0; step < MOST_STEPS; step++) {
		bool done = true;

		dots(l->b, l->b, n, left);
		for (int c = 0; c < LANES; c++)
			done &= left[c] <= 1e-13 * start[c];
		if (done)
			break;
		descend(l, nlevel);
		memcpy(before, rz, sizeof before);
		dots(l->b, l->x, n, rz);
		for (int c = 0; c < LANES; c++)
			share[c] = before[c] > 0 ? rz[c] / before[c] : 0;
		for (size_t i = 0; i < n * LANES; i += LANES)
			for (int c = 0; c < LANES; c++)
				p[i + (size_t)c] = l->x[i + (size_t)c] + (float)share[c] * p[i + (size_t)c];
		apply(l, p, ap);
		dots(p, ap, n, curve);
		for (int c = 0; c < LANES; c++)
			share[c] = curve[c] > 0 ? rz[c] / curve[c] : 0;
		add(x, share, 1, p, n);
		add(l->b, share, -1, ap, n);
	}
	free(p);
}

void fill_part(float *v, const unsigned char *part, int h, int w, int c)
{
	struct level level[LEVELS];
	int n = levels_new(level, v, part, h, w, c);
	float *x = xcalloc(cells(level) * LANES, sizeof *x);

	solve(level, n, x);
	for (int i = 0; i < h * w * c; i++)
		if (part[i / c])
			v[i] = x[cell(level, i / c / w, i / c % w) * LANES + i % c];
	for (int i = 0; i < n; i++)
		free(level[i].edge);
	free(x);
}
