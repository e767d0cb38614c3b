/* How far maps move when their image hardly does: the largest change found under small noise, as a share of the map
 * (Yeh 2019, maximal sensitivity, in the L2 norm). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "explain/blend.h"

static const double NOISE = .02; /* at most, as a share of the image's range */

struct shake {
	struct blend *b;
	const struct view *view;
	struct maps *const *made, *other;
	const float *image;
	uint64_t seed;
	int turn;
	double *change;
};

/* Noise of an image and a turn alone. */
static void move_place(void *ctx, size_t place, int worker)
{
	const struct shake *s = ctx;
	size_t n = node_floats(s->b->net[0]->g->input);
	const float *from = s->image + place * n;
	float *to = s->b->input + place * n, lo = from[0], hi = from[0];
	struct rng r = rng_at(s->seed, RNG_EXPLAIN, s->view[place].item, UINT64_MAX - 2000 - (uint64_t)s->turn);

	(void)worker;
	for (size_t i = 1; i < n; i++) {
		lo = fminf(lo, from[i]);
		hi = fmaxf(hi, from[i]);
	}
	for (size_t i = 0; i < n; i++)
		to[i] = from[i] + (float)(NOISE * (double)(hi - lo) * rng_between(&r, -1, 1));
}

static double change_of(const float *map, const float *other, size_t n)
{
	double size = 0, moved = 0;

	for (size_t i = 0; i < n; i++) {
		double v = fmax((double)map[i], 0), w = fmax((double)other[i], 0);

		size += v * v;
		moved += (v - w) * (v - w);
	}
	return size > 0 ? sqrt(moved / size) : (double)NAN;
}

static void compare_place(void *ctx, size_t place, int worker)
{
	const struct shake *s = ctx;
	const struct node *in = s->b->net[0]->g->input;
	size_t n = (size_t)in->h * (size_t)in->w, nmap = (size_t)s->b->nmap;
	bool broken = s->made[place]->broken || s->other[place].broken;

	(void)worker;
	for (size_t m = 0; m < nmap; m++) {
		double c = broken ? (double)NAN : change_of(s->made[place]->map + m * n, s->other[place].map + m * n, n);
		double *most = &s->change[place * nmap + m];

		if (!(c <= *most))
			*most = c;
	}
}

void blend_shake(struct blend *b, const struct view *view, int n, struct maps *const *made, uint64_t seed,
                 double *change)
{
	const struct node *in = b->net[0]->g->input;
	size_t bytes = (size_t)n * node_floats(in) * sizeof(float), nmap = (size_t)b->nmap;
	size_t size = nmap * (size_t)in->h * (size_t)in->w;
	float *image = xmalloc(bytes + 1);
	struct maps *other = xcalloc((size_t)n + 1, sizeof *other), **at = xcalloc((size_t)n + 1, sizeof(struct maps *));
	struct shake s = {b, view, made, other, image, seed, 0, change};

	memcpy(image, b->input, bytes);
	for (int i = 0; i < n; i++) {
		other[i] = (struct maps){.map = xcalloc(size, sizeof(float)), .flat = xcalloc(nmap, sizeof(bool))};
		at[i] = &other[i];
	}
	memset(change, 0, (size_t)n * nmap * sizeof *change);
	for (; s.turn < SHAKES; s.turn++) {
		pool_run(b->pool, (size_t)n, move_place, &s);
		blend_forward(b, n);
		blend_maps(b, view, n, at);
		pool_run(b->pool, (size_t)n, compare_place, &s);
	}
	memcpy(b->input, image, bytes);
	for (int i = 0; i < n; i++) {
		free(other[i].map);
		free(other[i].flat);
	}
	free(other);
	free(at);
	free(image);
}
