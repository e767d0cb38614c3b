/* Shifts as another hospital might bring them: the same image exposed, blurred, turned, cut otherwise. */
#include "nn/stress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/augment.h"

/* What training can do to an image, here with an amount that is not drawn. */
static const struct augment_draw nothing = {.zoom = 1, .crop_w = 1, .crop_h = 1, .contrast = 1, .gamma = 1, .share = 1};

static void apply(struct plane *p, const struct augment_draw *d)
{
	augment_apply(d, p->v, p->scratch, p->h, p->w, p->c);
}

/* One of two directions. */
static double side(struct plane *p)
{
	return rng_uniform(&p->rng) < .5 ? -1 : 1;
}

static void tone(struct plane *p, double brightness, double contrast, double gamma, double noise)
{
	struct augment_draw d = nothing;

	d.toned = true;
	d.brightness = brightness;
	d.contrast = exp(contrast);
	d.gamma = exp(gamma);
	d.noise = noise;
	d.grain = rng_u64(&p->rng);
	apply(p, &d);
}

static void brightness(struct plane *p, double x)
{
	tone(p, x, 0, 0, 0);
}

static void contrast(struct plane *p, double x)
{
	tone(p, 0, x, 0, 0);
}

static void gamma_curve(struct plane *p, double x)
{
	tone(p, 0, 0, x, 0);
}

static void noise(struct plane *p, double x)
{
	tone(p, 0, 0, 0, x);
}

/* Standard deviation as a share of the side, so that images of any size lose the same detail. */
static void blur(struct plane *p, double x)
{
	struct augment_draw d = nothing;

	d.blur = x * sqrt((double)p->w * p->h);
	apply(p, &d);
}

static void move(struct plane *p, double degrees, double dx, double dy, double zoom)
{
	struct augment_draw d = nothing;

	d.moved = true;
	d.angle = degrees * M_PI / 180;
	d.dx = dx;
	d.dy = dy;
	d.zoom = exp(zoom);
	apply(p, &d);
}

static void rotate(struct plane *p, double degrees)
{
	move(p, side(p) * degrees, 0, 0, 0);
}

static void shift(struct plane *p, double x)
{
	double dx = side(p) * x, dy = side(p) * x;

	move(p, 0, dx, dy, 0);
}

static void zoom(struct plane *p, double x)
{
	move(p, 0, 0, 0, x);
}

/* Margins (left, right, top, bottom) as shares of the side, cut off, or added in black where they are below 0. */
static void cut(struct plane *p, const double m[4])
{
	struct augment_draw d = nothing;

	d.moved = true;
	d.crop_x = (m[0] - m[1]) / 2;
	d.crop_y = (m[2] - m[3]) / 2;
	d.crop_w = 1 - m[0] - m[1];
	d.crop_h = 1 - m[2] - m[3];
	apply(p, &d);
}

/* Each margin is its own, x/2 .. x. */
static void margins(struct plane *p, double x)
{
	double m[4];

	for (int i = 0; i < 4; i++)
		m[i] = x * rng_between(&p->rng, .5, 1);
	cut(p, m);
}

/* Wider for one half of the images, taller for the other, as where films of other formats are squashed. */
static void aspect(struct plane *p, double x)
{
	double m = (1 - exp(-x)) / 2;

	cut(p, side(p) > 0 ? (double[]){m, m, 0, 0} : (double[]){0, 0, m, m});
}

/* A black box in each corner, x of the width and up to as much of the height: letters and markers taken away. */
static void corners(struct plane *p, double x)
{
	for (int i = 0; i < 4; i++) {
		int w = (int)(x * p->w), h = (int)(x * p->h * rng_between(&p->rng, .5, 1));
		int x0 = i % 2 ? p->w - w : 0, y0 = i / 2 ? p->h - h : 0;

		for (int y = y0; y < y0 + h; y++)
			memset(p->v + ((size_t)y * (size_t)p->w + (size_t)x0) * (size_t)p->c, 0,
			       (size_t)w * (size_t)p->c * sizeof *p->v);
	}
}

/* JPEG's loss: each block of 8 x 8 through a cosine transform whose coefficients are rounded to multiples of x times
 * the standard's luminance table (ITU T.81, table K.1; x = 1 is libjpeg's quality 50, 2 its 25). */
enum { B = 8 };
static const unsigned char steps[B][B] = {
	{16, 11, 10, 16, 24, 40, 51, 61}, {12, 12, 14, 19, 26, 58, 60, 55}, {14, 13, 16, 24, 40, 57, 69, 56},
	{14, 17, 22, 29, 51, 87, 80, 62}, {18, 22, 37, 56, 68, 109, 103, 77}, {24, 35, 55, 64, 81, 104, 113, 92},
	{49, 64, 78, 87, 103, 121, 120, 101}, {72, 92, 95, 98, 112, 100, 103, 99},
};

/* out = a b, or a transposed b. */
static void multiply(float a[B][B], float b[B][B], float out[B][B], bool transposed)
{
	for (int i = 0; i < B; i++)
		for (int j = 0; j < B; j++) {
			out[i][j] = 0;
			for (int k = 0; k < B; k++)
				out[i][j] += (transposed ? a[k][i] : a[i][k]) * b[k][j];
		}
}

static void transpose(float a[B][B])
{
	for (int i = 0; i < B; i++)
		for (int j = 0; j < i; j++) {
			float t = a[i][j];

			a[i][j] = a[j][i];
			a[j][i] = t;
		}
}

/* D X D' is (D (D X)')'. */
static void quantise(float block[B][B], float dct[B][B], double x)
{
	float t[B][B];

	for (int pass = 0; pass < 2; pass++) {
		multiply(dct, block, t, false);
		transpose(t);
		memcpy(block, t, sizeof t);
	}
	for (int i = 0; i < B; i++)
		for (int j = 0; j < B; j++) {
			float step = (float)(x * steps[i][j] / 255);

			block[i][j] = rintf(block[i][j] / step) * step;
		}
	for (int pass = 0; pass < 2; pass++) {
		multiply(dct, block, t, true);
		transpose(t);
		memcpy(block, t, sizeof t);
	}
}

/* Blocks beyond the edge repeat the last pixel, as encoders do. */
static void jpeg_block(struct plane *p, float dct[B][B], double x, int x0, int y0, int k)
{
	const float middle = 128 / 255.f;
	float block[B][B];

	for (int i = 0; i < B; i++)
		for (int j = 0; j < B; j++) {
			int y = y0 + i < p->h ? y0 + i : p->h - 1, col = x0 + j < p->w ? x0 + j : p->w - 1;

			block[i][j] = p->v[(y * p->w + col) * p->c + k] - middle;
		}
	quantise(block, dct, x);
	for (int i = 0; i < B && y0 + i < p->h; i++)
		for (int j = 0; j < B && x0 + j < p->w; j++)
			p->v[((y0 + i) * p->w + x0 + j) * p->c + k] = block[i][j] + middle;
}

static void jpeg(struct plane *p, double x)
{
	float dct[B][B];

	if (!(x > 0))
		return;
	for (int i = 0; i < B; i++)
		for (int j = 0; j < B; j++)
			dct[i][j] = (float)(i ? .5 * cos((2 * j + 1) * i * M_PI / 16) : sqrt(.125));
	for (int y = 0; y < p->h; y += B)
		for (int col = 0; col < p->w; col += B)
			for (int k = 0; k < p->c; k++)
				jpeg_block(p, dct, x, col, y, k);
}

const struct stress stress_battery[STRESS_N] = {
	{"brighter", brightness, .15}, {"darker", brightness, -.15},
	{"gamma-light-1", gamma_curve, -.3}, {"gamma-light-2", gamma_curve, -.6},
	{"gamma-dark-1", gamma_curve, .3}, {"gamma-dark-2", gamma_curve, .6},
	{"contrast-low-1", contrast, -.3}, {"contrast-low-2", contrast, -.6}, {"contrast-high", contrast, .4},
	{"blur-1", blur, .004}, {"blur-2", blur, .008}, {"noise-1", noise, .02}, {"noise-2", noise, .05},
	{"jpeg-1", jpeg, 1}, {"jpeg-2", jpeg, 2}, {"rotate-1", rotate, 5}, {"rotate-2", rotate, 10},
	{"shift", shift, .08}, {"zoom-in", zoom, .15}, {"zoom-out", zoom, -.15}, {"aspect", aspect, .15},
	{"border-cropped", margins, .08}, {"border-black", margins, -.1}, {"corners-blank", corners, .16},
};

void stress_apply(const struct stress *s, uint64_t item, unsigned char *pixels, int h, int w, int c)
{
	size_t n = (size_t)h * (size_t)w * (size_t)c;
	struct plane p = {
		.v = xmalloc(n * sizeof *p.v), .scratch = xmalloc(n * sizeof *p.v), .h = h, .w = w, .c = c,
		.rng = rng_at(0, RNG_STRESS, item, rng_hash(s->name, strlen(s->name))),
	};

	for (size_t i = 0; i < n; i++)
		p.v[i] = pixels[i] / 255.f;
	s->change(&p, s->strength);
	for (size_t i = 0; i < n; i++)
		pixels[i] = (unsigned char)(fminf(fmaxf(p.v[i], 0), 1) * 255 + .5f);
	free(p.v);
	free(p.scratch);
}
