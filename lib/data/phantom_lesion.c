/* Consolidations of a synthetic patient: where they lie, what they look like, and their boxes. */
#include "data/phantom_lesion.h"

#include <math.h>

/* A patch of consolidation: an ellipse with a ragged, soft edge. */
struct patch {
	float x, y, a, b, angle, strength, edge;
	float cut; /* y of the fissure that bounds it below, or a large number */
};

/* Whether the lung is aerated at a point, and a little around it: no lesion hides behind the heart alone. */
static bool aerated(const struct body *b, struct spot at)
{
	static const float around[5][2] = {{0, 0}, {-.08f, 0}, {.08f, 0}, {0, -.08f}, {0, .08f}};
	const struct phantom_view *v = &b->c.view;

	for (int i = 0; i < 5; i++) {
		struct spot p = view_pixel(v, at.x + around[i][0], at.y + around[i][1]);

		if (p.x < 0 || p.y < 0 || p.x >= (float)v->size || p.y >= (float)v->size ||
		    b->air[(int)p.y * v->size + (int)p.x] < .2f)
			return false;
	}
	return true;
}

/* Somewhere in aerated lung; the last try stands if none is (a very shallow lung). */
static struct spot place(struct rng *r, const struct body *b, int side)
{
	struct spot at = {0, 0};

	for (int i = 0; i < 50; i++) {
		float in = 0, out = 1, t = between(r, .3, .82);

		at.y = b->a->apex + between(r, .25, .95) * (b->a->dome[side] - b->a->apex);
		lung_span(b, side, at.y, &in, &out);
		at.x = (in + t * (out - in)) * (side ? 1 : -1);
		if (aerated(b, at))
			break;
	}
	return at;
}

static struct patch patch_new(struct rng *r, const struct body *b, int side, bool lobar)
{
	struct spot at = place(r, b, side);
	float size = lobar ? between(r, .26, .42) : between(r, .13, .24);
	struct patch p = {at.x, at.y, size * between(r, .85, 1.3), size, between(r, -1.5, 1.5), between(r, .42, .8),
		between(r, .6, 1.1), 9};

	if (lobar && side == 0 && at.y < 0) /* the upper lobe ends at the horizontal fissure */
		p.cut = at.y + between(r, .05, .15);
	return p;
}

static float patch_at(const struct patch *p, const struct noise *n, float x, float y)
{
	float dx = x - p->x, dy = y - p->y, c = cosf(p->angle), s = sinf(p->angle);
	float u = (c * dx + s * dy) / p->a, w = (c * dy - s * dx) / p->b, q = u * u + w * w, ragged;

	if (q > 4)
		return 0;
	ragged = noise_at(n, 4 * x, 4 * y, 2);
	return p->strength * smooth(0, p->edge, 1 - sqrtf(q) + .4f * ragged) * (1 - smooth(p->cut - .02f, p->cut + .02f, y));
}

/* Dark branching lines: the bronchi keep their air. */
static void bronchogram(struct rng *r, struct body *b, const struct patch *p)
{
	for (int i = 0; i < 4; i++) {
		float dir = atan2f(p->y + .1f, p->x) + between(r, -.6, .6), len = p->a * between(r, .6, 1.1);
		float x = p->x - cosf(dir) * len * .5f + between(r, -.3, .3) * p->a;
		float y = p->y - sinf(dir) * len * .5f + between(r, -.3, .3) * p->b, bend = between(r, -.4, .4);
		struct knot line[] = {{x, y, .014f, .3f}, {x + cosf(dir) * len * .5f, y + sinf(dir) * len * .5f, .012f, .25f},
			{x + cosf(dir + bend) * len, y + sinf(dir + bend) * len, .009f, .2f}};

		draw_tube_max(&b->c, b->temp, line, 3);
	}
}

static void bounds(struct phantom_box *box, int x, int y)
{
	int right = box->x + box->width, low = box->y + box->height;

	if (box->width == 0) {
		*box = (struct phantom_box){x, y, 1, 1};
		return;
	}
	right = x + 1 > right ? x + 1 : right;
	low = y + 1 > low ? y + 1 : low;
	box->x = x < box->x ? x : box->x;
	box->y = y < box->y ? y : box->y;
	box->width = right - box->x;
	box->height = low - box->y;
}

/* One patch replaces air by fluid; where enough of it is, the mask is set. */
static struct phantom_box fill(struct body *b, const struct patch *p, const unsigned char *lung, unsigned char *mask)
{
	const struct phantom_view *v = &b->c.view;
	struct spot m = view_pixel(v, p->x, p->y);
	int n = v->size, r = (int)(2 * v->k * fmaxf(p->a, p->b)) + 1;
	struct phantom_box box = {0, 0, 0, 0};

	for (int y = (int)clamp(m.y - (float)r, 0, (float)n); y < n && y < (int)m.y + r; y++)
		for (int x = (int)clamp(m.x - (float)r, 0, (float)n); x < n && x < (int)m.x + r; x++) {
			struct spot at = view_point(v, (float)x + .5f, (float)y + .5f);
			int i = y * n + x;
			float o = b->air[i] > 0 ? patch_at(p, &b->noise, at.x, at.y) : 0;

			if (o <= 0)
				continue;
			if (o > .35f * p->strength && lung[i] && at.x * p->x > 0) {
				mask[i] = 255;
				bounds(&box, x, y);
			}
			if (at.x * p->x > 0)
				b->air[i] *= 1 - o * (1 - b->temp[i]) * (.92f + .12f * noise_at(&b->noise, 18 * at.x, 18 * at.y, 2));
		}
	return box;
}

int lesions_draw(struct body *b, struct rng r, const unsigned char *lung, unsigned char *mask,
                 struct phantom_box box[PHANTOM_LESIONS])
{
	bool lobar = rng_uniform(&r) < .45;
	int n = lobar ? 1 + (rng_uniform(&r) < .25) : 1 + (int)rng_below(&r, PHANTOM_LESIONS);
	int side = (int)rng_below(&r, 2), found = 0;

	for (int i = 0; i < n; i++) {
		struct patch p = patch_new(&r, b, side, lobar && i == 0);

		for (int k = 0; k < b->c.view.size * b->c.view.size; k++)
			b->temp[k] = 0;
		if (p.strength > .5f && p.a > .2f)
			bronchogram(&r, b, &p);
		box[found] = fill(b, &p, lung, mask);
		found += box[found].width > 0;
		if (rng_uniform(&r) < .5)
			side = 1 - side;
	}
	return found;
}
