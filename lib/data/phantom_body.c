/* The anatomy of a synthetic patient: where body, lungs, heart, bones and vessels are. */
#include "data/phantom_body.h"

#include <math.h>

static const float apex_x = .43f; /* where the top of a lung is */

struct anatomy anatomy_of(struct rng r)
{
	struct anatomy a = {.width = between(&r, .88, 1), .taper = between(&r, .8, .95)};

	a.apex = between(&r, -1.04, -.92);
	a.dome[0] = between(&r, .46, .58);
	a.dome[1] = a.dome[0] + between(&r, .02, .1);
	a.angle = between(&r, .26, .36);
	a.depth = between(&r, .68, .76);
	a.fat = between(&r, .07, .2);
	a.heart = between(&r, .85, 1.12);
	a.heart_lean = between(&r, .45, .85);
	a.aorta = between(&r, .5, 1.1);
	a.mediastinum = between(&r, .18, .26);
	a.rib_step = between(&r, .165, .185);
	a.rib_drop = between(&r, .62, .86);
	a.rib_size = between(&r, .03, .038);
	a.bone = between(&r, .75, 1.2);
	a.spine[0] = between(&r, -.03, .03);
	a.spine[1] = between(&r, 0, 6.28);
	a.vessels = between(&r, .6, 1.35);
	a.density = between(&r, .16, .28);
	a.breast = rng_uniform(&r) < .3 ? between(&r, .03, .08) : 0;
	a.gas = rng_uniform(&r) < .5 ? between(&r, .15, .4) : 0;
	a.shoulder = between(&r, -.06, .06);
	a.details = rng_at(rng_u64(&r), RNG_PHANTOM, 0, 0);
	return a;
}

/* A deep breath pulls the diaphragm down. */
static float breath(const struct body *b)
{
	return .09f * (float)b->pose.inspiration;
}

bool lung_span(const struct body *b, int side, float y, float *in, float *out)
{
	const struct anatomy *a = b->a;
	float t = y - a->apex, wide = a->width * (.97f + .03f * smooth(-.2f, .7f, y)), arch, top;

	if (t <= 0)
		return false;
	arch = 1 - clamp(t / a->taper, 0, 1);
	top = 1 - clamp(t / .36f, 0, 1);
	*out = apex_x + (wide - apex_x) * powf(1 - arch * arch * sqrtf(arch), .52f) + (side == 1 ? -.02f : .01f);
	*in = apex_x - (apex_x - .06f) * sqrtf(1 - top * top);
	return true;
}

float lung_floor(const struct body *b, int side, float x)
{
	const struct anatomy *a = b->a;
	float middle = side == 0 ? .4f : .46f, dome = a->dome[side] + breath(b), u = x - middle;

	if (u < 0)
		return dome + .1f * u * u / (middle * middle);
	u /= a->width - middle;
	return dome + a->angle * u * u * (.55f + .45f * u * u);
}

static float spine_x(const struct body *b, float y)
{
	return b->a->spine[0] * sinf(2.2f * y + b->a->spine[1]) + .35f * b->turn;
}

/* The lungs as if there were no heart: an ellipse of a cage, its top rounded, cut by the domes. */
static float lung_depth(const struct body *b, float x, float y)
{
	int side = x > 0;
	float in, out, d = fabsf(x), below, round;

	if (!lung_span(b, side, y, &in, &out) || d <= in || d >= out)
		return 0;
	round = 1 - clamp((y - b->a->apex) / .75f, 0, 1);
	float depth = b->a->depth * sqrtf(1 - .9f * round * round) * sqrtf(1 - d * d / (out * out));
	depth *= sqrtf(clamp((d - in) / .1f, 0, 1));
	below = y - lung_floor(b, side, d);
	if (below > 0) /* behind the dome the lung goes on, thinner and thinner */
		depth *= clamp(1 - sqrtf(below / .02f), .1f, 1) * clamp(1 - below / .3f, 0, 1);
	return depth;
}

static void draw_lungs(struct body *b)
{
	int n = b->c.view.size;

	for (int y = 0; y < n; y++)
		for (int x = 0; x < n; x++) {
			struct spot p = view_point(&b->c.view, (float)x + .5f, (float)y + .5f);

			b->air[y * n + x] = lung_depth(b, p.x - .1f * b->turn, p.y);
		}
}

/* The trunk is a flattened cylinder, wider at the shoulders; neck, shoulders, arms and chin are tubes. */
static void draw_outline(struct body *b)
{
	const struct anatomy *a = b->a;
	int n = b->c.view.size;

	for (int y = 0; y < n; y++)
		for (int x = 0; x < n; x++) {
			struct spot p = view_point(&b->c.view, (float)x + .5f, (float)y + .5f);
			float wide = a->width + a->fat + .06f * smooth(.9f, -.5f, p.y);
			float u = fabsf(p.x) / wide, top = smooth(-1.5f, -.45f, p.y);

			if (u < 1)
				b->tissue[y * n + x] = (.62f + .33f * top) * sqrtf(1 - powf(u, 2.4f)) * smooth(-1.35f, -.85f, p.y);
		}
	for (int side = 0; side < 2; side++) {
		float s = side ? 1 : -1, up = (float)b->pose.arms, sy = -1.02f + a->shoulder - .12f * up;
		float ex = 1.45f + .25f * up, ey = sy + 1.1f - 1.75f * up;
		struct knot shoulder[] = {{0, -1.02f, .42f, .68f}, {s * .5f, -.96f, .38f, .64f},
			{s * 1.1f, sy + .08f, .28f, .46f}, {s * ex, ey, .24f, .36f}};
		struct knot side_wall[] = {{s * 1.0f, sy + .2f, .26f, .46f}, {s * (a->width + a->fat - .2f), .0f, .25f, .32f}};

		draw_tube_max(&b->c, b->tissue, shoulder, 4);
		draw_tube_max(&b->c, b->tissue, side_wall, 2);
	}
	struct knot neck[] = {{0, -2.2f, .36f, .6f}, {0, -1.5f, .36f, .6f}, {0, -.9f, .5f, .62f}};
	draw_tube_max(&b->c, b->tissue, neck, 3);
	plane_blur(b->tissue, b->temp, n, (int)(.035f * b->c.view.k + .5f));
}

/* Heart and great vessels take the lungs' place along the ray: their depth goes off the air. */
static void draw_heart(struct body *b, float *solid)
{
	const struct anatomy *a = b->a;
	float h = a->heart, m = a->mediastinum, x = .5f * b->turn, low = breath(b) + a->dome[1] - .55f;
	struct ellipse part[] = {
		{.15f + x, .47f + low, .36f * h, .2f, .15f, .6f, .5f, 0, 1},                    /* base, on the diaphragm */
		{.2f + x, .27f + low, .53f * h, .4f * h, a->heart_lean, .72f, .5f, 0, 1},     /* left ventricle */
		{-.05f + x, .24f + low, .29f * h, .4f * h, .1f, .64f, .5f, 0, 1},             /* right atrium */
		{.11f + x, -.04f + low, .26f * h, .27f * h, 0, .62f, .5f, 0, 1},                /* pulmonary trunk */
		{.09f + x, -.35f, .15f + .07f * a->aorta, .15f + .06f * a->aorta, 0, .6f, .5f, 0, 1}, /* aortic arch */
	};
	struct knot band[] = {{.1f * x, -1.3f, m * 1.05f, .55f}, {x, -.7f, m, .6f}, {x, -.2f, m * 1.1f, .65f},
		{x, 1.3f, m, .65f}};

	for (int i = 0; i < 5; i++)
		draw_ellipse(&b->c.view, solid, &part[i]);
	draw_tube_max(&b->c, solid, band, 4);
	plane_blur(solid, b->temp, b->c.view.size, (int)(.012f * b->c.view.k + .5f));
}

/* Rib k: a tilted ellipse round the cage, seen from the front: its back half falls gently from the spine, its front
 * half steeply from the side to the cartilage. Where it runs along the ray it is thick. */
static void draw_rib(struct body *b, int k, int side)
{
	enum { STEPS = 30 };
	const struct anatomy *a = b->a;
	struct knot line[STEPS + 1];
	struct rng jitter = rng_at(a->details.state, RNG_PHANTOM, (uint64_t)k, (uint64_t)side);
	float s = side ? 1 : -1, y0 = a->apex - .02f + a->rib_step * ((float)k - .1f) + between(&jitter, -.008, .008);
	float drop = a->rib_drop * (.45f + .55f * smooth(0, 5, (float)k)) * (1 - .035f * (float)(k > 7 ? k - 7 : 0));
	float in, out, end = k < 7 ? 2.45f : k < 10 ? 2.1f : 1.45f;

	if (!lung_span(b, side, y0 + .42f * drop, &in, &out))
		out = .45f;
	out += .012f;
	if (k > 9)
		out *= 1 - .06f * (float)(k - 9);
	for (int i = 0; i <= STEPS; i++) {
		float t = .12f + (end - .12f) * (float)i / STEPS, sn = sinf(t), cs = cosf(t), along;
		float y = y0 + drop * (.5f * (1 - cs) - .05f * sinf(2 * t));

		along = 1 / sqrtf(1 - .88f * sn * sn * sn * sn);
		line[i] = (struct knot){b->turn * .3f * cs + s * (.02f + (out - .02f) * powf(sn, .9f)), y,
			a->rib_size * (t < 1.57f ? 1 : 1.12f) * (1 - .3f * sn * sn), a->bone * (k > 8 ? .026f : .036f) * along};
		if (t > 1.57f)
			line[i].m *= .8f * (1 - .75f * smooth(end - .35f, end, t));
	}
	draw_tube(&b->c, b->bone, line, STEPS + 1, .8f);
}

static void draw_spine(struct body *b)
{
	const struct anatomy *a = b->a;
	float m = a->bone, step = .168f;

	for (float y = -1.62f; y < 1.6f; y += step) {
		float x = spine_x(b, y), w = .105f + .012f * y, cy = y;
		struct ellipse body = {x, cy, w, step * .48f, 0, .075f * m, .4f, 1, 0};
		struct ellipse process = {x + .3f * b->turn, cy + .06f, .02f, .05f, 0, .035f * m, .5f, 0, 0};

		draw_ellipse(&b->c.view, b->bone, &body);
		draw_ellipse(&b->c.view, b->bone, &process);
		for (int s = -1; s <= 1; s += 2) {
			struct ellipse pedicle = {x + .066f * (float)s, cy - .02f, .02f, .032f, 0, .035f * m, .5f, 0, 0};
			struct knot transverse[] = {{x + (float)s * .08f, cy - .02f, .03f, .02f * m},
				{x + (float)s * .2f, cy - .045f, .024f, .017f * m}};

			draw_ellipse(&b->c.view, b->bone, &pedicle);
			draw_tube(&b->c, b->bone, transverse, 2, .5f);
		}
	}
}

static void draw_girdle(struct body *b, int side)
{
	const struct anatomy *a = b->a;
	float s = side ? 1 : -1, m = a->bone, up = (float)b->pose.arms, lift = a->shoulder - .14f * up, t = .4f * b->turn;
	float jx = s * (1.13f + .04f * up), jy = -.98f + lift;
	struct knot clavicle[] = {{s * .15f + t, -.83f, .045f, .055f * m}, {s * .28f + t, -.875f, .034f, .07f * m},
		{s * .5f, -.95f + .3f * lift, .028f, .075f * m}, {s * .75f, -1.01f + .6f * lift, .028f, .075f * m},
		{s * 1.0f, -1.1f + lift, .036f, .07f * m}};
	struct knot humerus[] = {{jx, jy, .1f, .09f * m}, {jx + s * .03f, jy + .02f, .095f, .09f * m},
		{jx + s * (.1f + .07f * up), jy + .16f - .3f * up, .062f, .1f * m},
		{s * (1.42f + .25f * up), jy + 1.1f - 1.8f * up, .055f, .1f * m}};
	struct knot border[] = {{s * 1.0f, -.86f + lift, .03f, .07f * m}, {s * 1.02f, -.5f + lift, .022f, .05f * m},
		{s * (.93f + .05f * up), -.12f, .028f, .03f * m}};
	struct knot blade[] = {{s * .98f, -.8f + lift, .1f, .012f * m}, {s * (.93f + .03f * up), -.5f, .12f, .012f * m},
		{s * (.9f + .05f * up), -.2f, .05f, .012f * m}};
	struct knot acromion[] = {{s * .88f, -.94f + lift, .03f, .05f * m}, {s * 1.1f, -1.12f + lift, .04f, .06f * m}};

	draw_tube(&b->c, b->bone, clavicle, 5, .9f);
	draw_tube(&b->c, b->bone, humerus, 4, 1.2f);
	draw_tube(&b->c, b->bone, border, 3, .3f);
	draw_tube(&b->c, b->bone, blade, 3, 0);
	draw_tube(&b->c, b->bone, acromion, 2, .4f);
}

/* A vessel that halves into two until it is too thin to see. */
static void draw_vessel(struct body *b, struct rng *r, struct knot from, float dir, float length, int level)
{
	struct knot line[4] = {from};

	for (int i = 1; i < 4; i++) {
		dir += between(r, -.14, .14);
		line[i] = (struct knot){line[i - 1].x + cosf(dir) * length / 3, line[i - 1].y + sinf(dir) * length / 3,
			line[i - 1].r * .93f, line[i - 1].m * .93f};
	}
	draw_tube(&b->c, b->temp, line, 4, 0);
	if (level == 0)
		return;
	for (int s = -1; s <= 1; s += 2) {
		struct knot next = line[3];
		float thin = between(r, .66, .82);

		next.r *= thin;
		next.m *= thin;
		draw_vessel(b, r, next, dir + (float)s * between(r, .2, .55), length * between(r, .7, .9), level - 1);
	}
}

static void draw_vessels(struct body *b)
{
	struct rng r = rng_at(b->a->details.state, RNG_PHANTOM, 99, 0);
	int n = b->c.view.size;

	for (int i = 0; i < n * n; i++)
		b->temp[i] = 0;
	for (int side = 0; side < 2; side++) {
		float s = side ? 1 : -1, x = .5f * b->turn + s * (side ? .27f : .22f), y = side ? -.14f : -.08f;

		struct ellipse hilum = {x, y + .03f, .1f, .17f, 0, .09f * b->a->vessels, 1, 0, 0};
		draw_ellipse(&b->c.view, b->temp, &hilum);
		for (int i = 0; i < 7; i++) {
			float dir = -1.35f + .42f * (float)i + between(&r, -.12, .12), size = between(&r, .8, 1.2);
			struct knot root = {x, y + .025f * (float)(i - 3), .03f * size, .07f * size * b->a->vessels};

			draw_vessel(b, &r, root, side ? dir : 3.1416f - dir, between(&r, .2, .3), 4);
		}
	}
	for (int i = 0; i < n * n; i++)
		b->air[i] = fmaxf(b->air[i] - b->temp[i] * smooth(0, .25f, b->air[i]), fminf(b->air[i], .02f));
}

static void draw_abdomen(struct body *b)
{
	const struct anatomy *a = b->a;
	struct rng r = rng_at(a->details.state, RNG_PHANTOM, 98, 0);
	float low = breath(b) + a->dome[1];
	struct knot trachea[] = {{.2f * b->turn, -1.8f, .06f, -.13f}, {.4f * b->turn, -.45f, .055f, -.11f}};
	struct knot bronchus[2][2] = {{{.4f * b->turn, -.47f, .045f, -.08f}, {-.2f, -.18f, .035f, -.06f}},
		{{.4f * b->turn, -.47f, .04f, -.08f}, {.25f, -.17f, .03f, -.06f}}};
	struct canvas *c = &b->c;

	for (int i = 0; i < c->view.size * c->view.size; i++)
		b->temp[i] = 0;
	for (int k = 0; k < 2; k++) /* tubes keep the greatest thickness: draw positive, take off */
		trachea[k].m = -trachea[k].m, bronchus[0][k].m = -bronchus[0][k].m, bronchus[1][k].m = -bronchus[1][k].m;
	draw_tube_max(c, b->temp, trachea, 2);
	draw_tube_max(c, b->temp, bronchus[0], 2);
	draw_tube_max(c, b->temp, bronchus[1], 2);
	if (a->gas > 0) {
		struct ellipse stomach = {between(&r, .42, .6), low + .06f + .6f * a->gas * .4f, a->gas * .75f, a->gas * .42f,
			between(&r, -.3, .3), .22f, .7f, 0, 1};

		draw_ellipse(&c->view, b->temp, &stomach);
	}
	for (int i = 0; i < 6; i++) {
		float size = between(&r, .03, .1);
		struct ellipse bowel = {between(&r, -.1, .75), low + between(&r, .4, .8), size * 1.4f, size, between(&r, -1, 1),
			.12f * a->gas, .5f, 0, 1};

		draw_ellipse(&c->view, b->temp, &bowel);
	}
	for (int i = 0; i < c->view.size * c->view.size; i++)
		b->tissue[i] = fmaxf(b->tissue[i] - b->temp[i], b->tissue[i] * .3f);
}

static void draw_breasts(struct body *b)
{
	for (int s = -1; s <= 1 && b->a->breast > 0; s += 2) {
		struct ellipse e = {(float)s * .56f, .42f, .36f, .32f, 0, b->a->breast, 1, 0, 0};

		draw_ellipse(&b->c.view, b->tissue, &e);
	}
}

void body_draw(struct body *b)
{
	int n = b->c.view.size;
	float *solid = b->bone; /* borrowed until the bones are drawn */

	draw_outline(b);
	draw_lungs(b);
	draw_heart(b, solid);
	for (int i = 0; i < n * n; i++) {
		b->air[i] = fmaxf(fminf(b->air[i], .9f * b->tissue[i]) - solid[i], 0);
		solid[i] = 0;
	}
	draw_vessels(b);
	draw_abdomen(b);
	draw_breasts(b);
	for (int side = 0; side < 2; side++) {
		for (int k = 0; k < 12; k++)
			draw_rib(b, k, side);
		draw_girdle(b, side);
	}
	draw_spine(b);
}
