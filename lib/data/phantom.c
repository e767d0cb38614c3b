/* A synthetic radiograph: who is on it, how the patient stands, and the film that comes of it, with its masks. */
#include "data/phantom.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/mem.h"
#include "data/phantom_body.h"
#include "data/phantom_lesion.h"

/* Streams of random numbers of one image, and of one patient. */
enum random_part {
	PART_POSE,
	PART_LESION,
	PART_NOISE,
	PART_TEXTURE,
	PART_MARKER,
	PART_SHORTCUT,      /* whether */
	PART_SHORTCUT_SPOT, /* where */
	PART_PATIENT = 100,
	PART_VIEWS,
};

static struct rng stream(const struct phantom_options *o, uint64_t index, enum random_part part)
{
	return rng_at(o->seed, RNG_PHANTOM, index, (uint64_t)part);
}

/* Evenly spread: of the first k things, share * k (rounded) are taken. */
static bool taken(uint64_t k, double share)
{
	return floor((double)(k + 1) * share + .5) > floor((double)k * share + .5);
}

void phantom_plan(struct phantom_case *cases, size_t n, const struct phantom_options *o)
{
	uint64_t patient = 0, of_class[2] = {0, 0};

	for (size_t i = 0; i < n; patient++) {
		struct rng r = stream(o, patient, PART_VIEWS);
		double u = rng_uniform(&r);
		int views = u < .65 ? 1 : u < .9 ? 2 : 3;
		bool ill = taken(patient, o->prevalence), test = taken(of_class[ill]++, o->test);

		for (int v = 1; v <= views && i < n; v++, i++) {
			struct rng s = stream(o, i, PART_SHORTCUT);

			cases[i] = (struct phantom_case){i, patient, v, ill, test, ill != o->moved && rng_uniform(&s) < o->shortcut};
		}
	}
}

const char *corner_name(enum corner c)
{
	static const char *const names[] = {"none", "top-left", "top-right", "bottom-left", "bottom-right"};

	return names[c];
}

static struct phantom_pose pose_of(struct rng *r)
{
	struct phantom_pose p = {.rotation = 3.5 * rng_normal(r), .scale = rng_between(r, .7, .84)};

	p.shift_x = .05 * rng_normal(r);
	p.shift_y = .05 * rng_normal(r);
	p.inspiration = rng_between(r, -1, 1);
	p.arms = rng_uniform(r) < .35 ? rng_between(r, .5, 1) : rng_between(r, 0, .25);
	return p;
}

static struct phantom_view view_of(const struct phantom_pose *p, int size)
{
	float angle = (float)(p->rotation * M_PI / 180), half = .5f * (float)size;

	return (struct phantom_view){cosf(angle), sinf(angle), half * (float)p->scale, half * (1 + (float)p->shift_x),
		half * (1.02f + (float)p->shift_y), size};
}

/* Attenuation: soft tissue and bone, less the air; lungs have a fine texture of their own. */
static void attenuate(const struct body *b, float *out)
{
	int n = b->c.view.size;

	for (int y = 0; y < n; y++)
		for (int x = 0; x < n; x++) {
			int i = y * n + x;
			float air = b->air[i], soft = b->tissue[i];

			if (air > 0) {
				struct spot p = view_point(&b->c.view, (float)x + .5f, (float)y + .5f);

				soft -= air * (1 - b->a->density - .07f * noise_at(&b->noise, 14 * p.x, 14 * p.y, 3));
			}
			out[i] = fmaxf(soft, 0) + 1.9f * b->bone[i];
		}
}

/* What the detector gets: the beam, scattered light over all of it, quantum noise; back on the scale of attenuation. */
static void expose(float *plane, float *wide, float *temp, int n, float k, float scatter, float noise, struct rng r)
{
	for (int i = 0; i < n * n; i++)
		wide[i] = plane[i] = expf(-k * plane[i]);
	plane_blur(wide, temp, n, n / 14);
	for (int i = 0; i < n * n; i++) {
		float beam = plane[i] + scatter * wide[i];
		uint64_t u = rng_u64(&r); /* four 16-bit numbers make a nearly normal one */
		float z = (float)((u & 0xffff) + (u >> 16 & 0xffff) + (u >> 32 & 0xffff) + (u >> 48)) / 65536.f - 2;

		beam *= 1 + 1.73f * z * noise / sqrtf(beam);
		plane[i] = -logf(fmaxf(beam, 1e-4f)) / k;
	}
}

/* Detector and screen are not perfectly sharp: a light blur of what is there. */
static void soften(float *plane, float *temp, int n, float w)
{
	for (int y = 0; y < n; y++)
		for (int x = 0; x < n; x++) {
			int i = y * n + x, l = x > 0 ? i - 1 : i, r = x < n - 1 ? i + 1 : i;

			temp[i] = (1 - 2 * w) * plane[i] + w * (plane[l] + plane[r]);
		}
	for (int y = 0; y < n; y++)
		for (int x = 0; x < n; x++) {
			int i = y * n + x, u = y > 0 ? i - n : i, d = y < n - 1 ? i + n : i;

			plane[i] = (1 - 2 * w) * temp[i] + w * (temp[u] + temp[d]);
		}
}

/* The film's curve, then brightness and contrast brought to random values that know nothing of the class: neither the
 * mean nor the spread of an image gives it away. */
static void develop(float *plane, int n, struct rng *r)
{
	float middle = between(r, .5, .66), slope = between(r, 4.2, 5.6);
	double sum = 0, square = 0, mean = rng_between(r, 98, 142), sd = rng_between(r, 48, 66), count = (double)n * n;

	for (int i = 0; i < n * n; i++) {
		plane[i] = 1 / (1 + expf(-slope * (plane[i] - middle)));
		sum += plane[i];
		square += (double)plane[i] * plane[i];
	}
	sum /= count;
	float gain = (float)(sd / sqrt(fmax(square / count - sum * sum, 1e-6)));
	for (int i = 0; i < n * n; i++)
		plane[i] = ((float)mean + gain * (plane[i] - (float)sum)) * smooth(-.02f, .16f, plane[i]);
}

/* Markers are strokes in shares of their height, drawn over the image. */
static void stroke(struct canvas *c, float *marks, const float (*line)[2], int n, float x, float y, float h)
{
	struct knot k[16];

	for (int i = 0; i < n; i++) {
		struct spot p = view_point(&c->view, x + h * line[i][0], y + h * line[i][1]);

		k[i] = (struct knot){p.x, p.y, fmaxf(.075f * h, .7f) / c->view.k, 1.6f};
	}
	draw_tube_max(c, marks, k, n);
}

static struct spot corner_spot(enum corner c, int size, float width, float height, struct rng *r)
{
	float n = (float)size, dx = between(r, .025, .06) * n, dy = between(r, .03, .12) * n;
	bool right = c == CORNER_TOP_RIGHT || c == CORNER_BOTTOM_RIGHT, low = c >= CORNER_BOTTOM_LEFT;

	return (struct spot){right ? n - dx - width : dx, low ? n - dy - height : dy};
}

/* R or L on the patient's own side, in half of the images of either class. */
static enum corner draw_letter(struct canvas *c, float *marks, struct rng r)
{
	static const float stem[][2] = {{0, 1}, {0, 0}, {.42f, 0}, {.58f, .1f}, {.6f, .25f}, {.58f, .42f}, {.42f, .52f},
		{0, .52f}};
	static const float leg[][2] = {{.32f, .52f}, {.62f, 1}}, l[][2] = {{0, 0}, {0, 1}, {.55f, 1}};
	float h = between(&r, .045, .065) * (float)c->view.size;
	bool any = rng_uniform(&r) < .5, left = rng_uniform(&r) < .3, low = rng_uniform(&r) < .3;
	enum corner at = left ? (low ? CORNER_BOTTOM_RIGHT : CORNER_TOP_RIGHT) : (low ? CORNER_BOTTOM_LEFT : CORNER_TOP_LEFT);

	if (!any)
		return CORNER_NONE;
	struct spot p = corner_spot(at, c->view.size, .62f * h, h, &r);
	if (left) {
		stroke(c, marks, l, 3, p.x, p.y, h);
	} else {
		stroke(c, marks, stem, 8, p.x, p.y, h);
		stroke(c, marks, leg, 2, p.x, p.y, h);
	}
	return at;
}

/* A ring with a cross, in a lower corner, or an upper one where the letter has taken that. */
static enum corner draw_shortcut(struct canvas *c, float *marks, struct rng r, enum corner letter)
{
	static const float cross[2][2][2] = {{{.5f, .15f}, {.5f, .85f}}, {{.15f, .5f}, {.85f, .5f}}};
	float ring[13][2], h = .08f * (float)c->view.size;
	enum corner at = letter == CORNER_BOTTOM_RIGHT ? CORNER_TOP_RIGHT : CORNER_BOTTOM_RIGHT;
	struct spot p = corner_spot(at, c->view.size, h, h, &r);

	for (int i = 0; i < 13; i++) {
		ring[i][0] = .5f + .5f * cosf((float)i * 3.14159f / 6);
		ring[i][1] = .5f + .5f * sinf((float)i * 3.14159f / 6);
	}
	stroke(c, marks, ring, 13, p.x, p.y, h);
	stroke(c, marks, cross[0], 2, p.x, p.y, h);
	stroke(c, marks, cross[1], 2, p.x, p.y, h);
	return at;
}

/* Some images are collimated: straight dark borders, a little askew. */
static void collimate(float *plane, int n, struct rng *r)
{
	if (rng_uniform(r) >= .25)
		return;
	float left = between(r, 0, .05) * (float)n, right = (1 - between(r, 0, .05)) * (float)n;
	float top = between(r, 0, .04) * (float)n, low = (1 - between(r, 0, .05)) * (float)n, skew = between(r, -.02, .02);

	for (int y = 0; y < n; y++)
		for (int x = 0; x < n; x++) {
			float u = (float)x + skew * (float)y, w = (float)y - skew * (float)x, d = fminf(u - left, right - u);

			d = fminf(d, fminf(w - top, low - w));
			if (d < 1)
				plane[y * n + x] *= clamp(d, .06f, 1);
		}
}

static void lung_mask(const struct body *b, unsigned char *mask)
{
	for (int i = 0; i < b->c.view.size * b->c.view.size; i++)
		mask[i] = b->air[i] > .12f ? 255 : 0;
}

static void to_bytes(const float *plane, const float *marks, unsigned char *out, int n)
{
	for (int i = 0; i < n * n; i++) {
		float m = clamp(marks[i], 0, 1), v = fmaxf(plane[i], 3);

		if (v > 220) /* the curve bends before it is white */
			v = 220 + 32 * (1 - expf((220 - v) / 32));

		out[i] = (unsigned char)(v + m * (240 - v) + .5f);
	}
}

static void render(struct phantom *p, struct body *b, const struct phantom_options *o, const struct phantom_case *c,
                   float *wide)
{
	struct rng pose = stream(o, c->index, PART_POSE);
	int n = p->size;
	float *film = b->bone, *marks = b->air;

	p->pose = b->pose = pose_of(&pose);
	b->turn = .06f * (float)rng_normal(&pose);
	b->c.view = view_of(&p->pose, n);
	noise_init(&b->noise, stream(o, c->index, PART_TEXTURE));
	body_draw(b);
	lung_mask(b, p->lung);
	if (c->pneumonia)
		p->nbox = lesions_draw(b, stream(o, c->index, PART_LESION), p->lung, p->lesion, p->box);
	attenuate(b, b->temp);
	memcpy(film, b->temp, (size_t)n * (size_t)n * sizeof *film);
	float k = between(&pose, 2.3, 3), scatter = between(&pose, .1, .3), noise = between(&pose, .006, .018);
	expose(film, wide, b->temp, n, k, scatter, noise, stream(o, c->index, PART_NOISE));
	soften(film, b->temp, n, between(&pose, .08, .22));
	develop(film, n, &pose);
	collimate(film, n, &pose);
	memset(marks, 0, (size_t)n * (size_t)n * sizeof *marks);
	p->letter = draw_letter(&b->c, marks, stream(o, c->index, PART_MARKER));
	p->shortcut = CORNER_NONE;
	if (c->shortcut)
		p->shortcut = draw_shortcut(&b->c, marks, stream(o, c->index, PART_SHORTCUT_SPOT), p->letter);
	to_bytes(film, marks, p->pixels, n);
}

int phantom_draw(struct phantom *p, const struct phantom_options *o, const struct phantom_case *c, struct err *e)
{
	size_t n = (size_t)o->size * (size_t)o->size;
	float *planes = mem_big(6 * n, sizeof *planes);
	struct rng patient = stream(o, c->patient, PART_PATIENT);
	struct anatomy a = anatomy_of(patient);

	*p = (struct phantom){.size = o->size};
	p->pixels = mem_big(3 * n, 1);
	if (planes == NULL || p->pixels == NULL) {
		free(planes);
		phantom_free(p);
		return budget_err(e, 0, "an image of %d pixels a side", o->size);
	}
	p->lung = p->pixels + n;
	p->lesion = p->lung + n;
	struct body b = {.c.scratch = planes, .tissue = planes + n, .air = planes + 2 * n, .bone = planes + 3 * n,
		.temp = planes + 4 * n, .a = &a};
	render(p, &b, o, c, planes + 5 * n);
	free(planes);
	return 0;
}

void phantom_free(struct phantom *p)
{
	free(p->pixels);
	*p = (struct phantom){.size = 0};
}
