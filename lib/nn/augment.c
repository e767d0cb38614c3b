/* Random changes of training images: which, by how much, and the pixels that come of it. */
#include "nn/augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/choice.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"

/* Lists */

static const struct change {
	const char *name;
	size_t at;
	double most;
} kinds[] = {
	{"rotate", offsetof(struct augment, rotate), 180}, {"shift", offsetof(struct augment, shift), .5},
	{"zoom", offsetof(struct augment, zoom), .9}, {"aspect", offsetof(struct augment, aspect), 1},
	{"crop", offsetof(struct augment, crop), 1},
	{"brightness", offsetof(struct augment, brightness), 1}, {"contrast", offsetof(struct augment, contrast), 1},
	{"gamma", offsetof(struct augment, gamma), 2}, {"noise", offsetof(struct augment, noise), 1},
	{"blur", offsetof(struct augment, blur), 10}, {"erase", offsetof(struct augment, erase), 1},
	{"mixup", offsetof(struct augment, mixup), 1},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static double *amount(const struct augment *a, int k)
{
	return (double *)(void *)((char *)a + kinds[k].at);
}

static int no_change(const char *name, struct err *e)
{
	struct text all = {0};

	for (int k = 0; k < KINDS; k++)
		text_addf(&all, ", %s", kinds[k].name);
	err_set(e, "no change '%s': choose one of hflip%s", name, all.s);
	text_free(&all);
	return -1;
}

static int parse_word(struct augment *a, char *word, struct err *e)
{
	char *value = strchr(word, '=');
	double x;

	if (!strcmp(word, "hflip")) {
		a->hflip = true;
		return 0;
	}
	if (value)
		*value++ = '\0';
	for (int k = 0; k < KINDS; k++) {
		if (strcmp(word, kinds[k].name))
			continue;
		if (!value || !num_double(value, &x) || !(x > 0 && x <= kinds[k].most))
			return err_set(e, "%s wants a number above 0, at most %g", word, kinds[k].most);
		*amount(a, k) = x;
		return 0;
	}
	return no_change(word, e);
}

int augment_parse(const char *list, struct augment *a, struct err *e)
{
	int n, rc = 0;
	char **word = choice_split(list, ',', &n);

	for (int k = 0; k < n && !rc; k++)
		rc = parse_word(a, word[k], e);
	free(word);
	return rc;
}

char *augment_text(const struct augment *a)
{
	struct text t = {0};

	text_add(&t, "");
	for (int k = 0; k < KINDS; k++)
		if (*amount(a, k) > 0)
			text_addf(&t, "%s%s=%.9g", t.len ? "," : "", kinds[k].name, *amount(a, k));
	return t.s;
}

bool augment_random(const struct augment *a)
{
	bool any = a->hflip;

	for (int k = 0; k < KINDS; k++)
		any |= *amount(a, k) > 0;
	return any;
}

/* Draws */

static double either(struct rng *r, double x)
{
	return x * (2 * rng_uniform(r) - 1);
}

static void draw_crop(struct augment_draw *d, struct rng *r, double least)
{
	double area = least > 0 ? 1 - (1 - least) * rng_uniform(r) : (rng_uniform(r), 1);
	double ratio = exp(either(r, log(4. / 3))), x = rng_uniform(r), y = rng_uniform(r);

	d->crop_w = d->crop_h = 1;
	if (!(least > 0))
		return;
	d->crop_w = fmin(1, sqrt(area * ratio));
	d->crop_h = fmin(1, sqrt(area / ratio));
	d->crop_x = (x - .5) * (1 - d->crop_w);
	d->crop_y = (y - .5) * (1 - d->crop_h);
}

static void draw_box(struct augment_draw *d, struct rng *r, double probability)
{
	d->erased = rng_uniform(r) < probability;
	double area = rng_between(r, .02, .2), ratio = exp(either(r, log(3.3)));

	d->box_w = fmin(1, sqrt(area * ratio));
	d->box_h = fmin(1, sqrt(area / ratio));
	d->box_x = rng_uniform(r) * (1 - d->box_w);
	d->box_y = rng_uniform(r) * (1 - d->box_h);
}

/* The larger share of Beta(a, a), for a <= 1 (Johnk 1964). */
static double draw_beta(struct rng *r, double a)
{
	for (;;) {
		double x = pow(rng_uniform(r), 1 / a), y = pow(rng_uniform(r), 1 / a);

		if (x + y > 0 && x + y <= 1)
			return fmax(x, y) / (x + y);
	}
}

struct augment_draw augment_at(const struct augment *a, uint64_t seed, uint64_t epoch, uint64_t item)
{
	struct rng r = rng_at(seed, RNG_AUGMENT, epoch, item);
	struct augment_draw d = {.share = 1};

	/* Every kind draws whether it is wanted or not: switching one on leaves the others' draws alone. */
	d.flip = (rng_uniform(&r) < .5) && a->hflip;
	d.angle = either(&r, a->rotate) * M_PI / 180;
	d.dx = either(&r, a->shift);
	d.dy = either(&r, a->shift);
	d.zoom = 1 + either(&r, a->zoom);
	draw_crop(&d, &r, a->crop);
	d.brightness = either(&r, a->brightness);
	d.contrast = 1 + either(&r, a->contrast);
	d.gamma = exp(either(&r, a->gamma));
	d.noise = a->noise * rng_uniform(&r);
	d.grain = rng_u64(&r);
	d.blur = a->blur * rng_uniform(&r);
	draw_box(&d, &r, a->erase);
	d.partner = rng_uniform(&r);
	d.aspect = either(&r, a->aspect);
	if (a->mixup > 0)
		d.share = draw_beta(&r, a->mixup);
	d.moved = a->rotate > 0 || a->shift > 0 || a->zoom > 0 || a->aspect > 0 || a->crop > 0;
	d.toned = a->brightness > 0 || a->contrast > 0 || a->gamma > 0 || a->noise > 0;
	return d;
}

bool augment_only_flips(const struct augment_draw *d)
{
	return !d->moved && !d->toned && !d->erased && !(d->blur > 0);
}

/* Doing it */

static void flip_row(unsigned char *row, int w, size_t pixel)
{
	unsigned char t[64];
	unsigned char *left = row, *right = row + (size_t)(w - 1) * pixel;

	for (; left < right; left += pixel, right -= pixel) {
		memcpy(t, left, pixel);
		memcpy(left, right, pixel);
		memcpy(right, t, pixel);
	}
}

void augment_flip(void *image, int h, int w, size_t pixel)
{
	for (int y = 0; y < h; y++)
		flip_row((unsigned char *)image + (size_t)y * (size_t)w * pixel, w, pixel);
}

/* Mirrored at the first and last pixel. */
static int mirror(int i, int n)
{
	int period = n > 1 ? 2 * (n - 1) : 1;

	i %= period;
	i = i < 0 ? i + period : i;
	return i < n ? i : period - i;
}

/* Source of pixel x, y: (xx x + xy y + x0, yx x + yy y + y0). */
struct affine {
	double xx, xy, x0, yx, yy, y0;
};

/* From the result back: the crop's place, then shift, zoom, rotation and aspect undone about the middle. */
static struct affine way_back(const struct augment_draw *d, int h, int w)
{
	double c = cos(d->angle) / d->zoom, s = sin(d->angle) / d->zoom;
	double x = (d->crop_x - d->dx) * w - d->crop_w * (w - 1) / 2, y = (d->crop_y - d->dy) * h - d->crop_h * (h - 1) / 2;

	double across = exp(-d->aspect / 2), down = 1 / across;

	return (struct affine){
		across * c * d->crop_w, across * s * d->crop_h, across * (c * x + s * y) + (w - 1) / 2.,
		down * -s * d->crop_w, down * c * d->crop_h, down * (-s * x + c * y) + (h - 1) / 2.,
	};
}

/* Pixels beyond the edge are black. */
static void edge_pixel(const float *from, float *to, int x0, int y0, float u, float v, int h, int w, int c)
{
	const float weight[] = {(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v};

	memset(to, 0, (size_t)c * sizeof *to);
	for (int i = 0; i < 4; i++) {
		int x = x0 + i % 2, y = y0 + i / 2;

		for (int k = 0; x >= 0 && x < w && y >= 0 && y < h && k < c; k++)
			to[k] += weight[i] * from[(y * w + x) * c + k];
	}
}

static CLONES void warp_row(const float *restrict from, float *restrict to, const struct affine *a, int y, int h, int w,
                            int c)
{
	for (int x = 0; x < w; x++, to += c) {
		float sx = (float)(a->xx * x + a->xy * y + a->x0), sy = (float)(a->yx * x + a->yy * y + a->y0);
		float fx = floorf(sx), fy = floorf(sy), u = sx - fx, v = sy - fy;
		int x0 = (int)fx, y0 = (int)fy;

		if (x0 < 0 || x0 + 1 >= w || y0 < 0 || y0 + 1 >= h) {
			edge_pixel(from, to, x0, y0, u, v, h, w, c);
			continue;
		}
		const float *p = from + (y0 * w + x0) * c, *r = p + w * c;

		for (int k = 0; k < c; k++) {
			float top = p[k] + u * (p[k + c] - p[k]), low = r[k] + u * (r[k + c] - r[k]);

			to[k] = top + v * (low - top);
		}
	}
}

static void warp(const struct augment_draw *d, float *image, float *scratch, int h, int w, int c)
{
	struct affine a = way_back(d, h, w);

	memcpy(scratch, image, (size_t)h * (size_t)w * (size_t)c * sizeof *scratch);
	for (int y = 0; y < h; y++)
		warp_row(scratch, image + (size_t)y * (size_t)w * (size_t)c, &a, y, h, w, c);
}

/* One direction of a Gaussian: n places `step` floats apart, in `lines` neighbouring lines. */
static CLONES void blur_line(const float *restrict from, float *restrict to, const float *kernel, int radius, int n,
                             size_t step, int lines)
{
	for (int i = 0; i < n; i++) {
		float *out = to + (size_t)i * step;

		memset(out, 0, (size_t)lines * sizeof *out);
		for (int k = -radius; k <= radius; k++) {
			const float *in = from + (size_t)mirror(i + k, n) * step;
			float weight = kernel[k + radius];

			for (int j = 0; j < lines; j++)
				out[j] += weight * in[j];
		}
	}
}

enum { RADIUS = 30 };
static void blur(float *image, float *scratch, double sd, int h, int w, int c)
{
	float kernel[2 * RADIUS + 1];
	int radius = (int)ceil(3 * sd), row = w * c;
	double sum = 0;

	radius = radius > RADIUS ? RADIUS : radius;
	for (int k = -radius; k <= radius; k++)
		sum += exp(-k * k / (2 * sd * sd));
	for (int k = -radius; k <= radius; k++)
		kernel[k + radius] = (float)(exp(-k * k / (2 * sd * sd)) / sum);
	blur_line(image, scratch, kernel, radius, h, (size_t)row, row);
	for (int y = 0; y < h; y++)
		blur_line(scratch + (size_t)y * (size_t)row, image + (size_t)y * (size_t)row, kernel, radius, w, (size_t)c, c);
}

static double mean_of(const float *image, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += image[i];
	return sum / (double)n;
}

/* Nearly normal, mean 0, variance 1: four 16-bit numbers added up. */
static float grain(struct rng *r)
{
	uint64_t u = rng_u64(r);
	float sum = (float)((u & 0xffff) + (u >> 16 & 0xffff) + (u >> 32 & 0xffff) + (u >> 48));

	return (sum / 65535 - 2) * 1.7320508f;
}

static void tone(const struct augment_draw *d, float *image, size_t pixels, int c)
{
	struct rng r = {d->grain};
	float mean, k = (float)d->contrast, more, sd = (float)d->noise;

	if (d->gamma != 1)
		for (size_t i = 0; i < pixels * (size_t)c; i++)
			image[i] = powf(fmaxf(image[i], 0), (float)d->gamma);
	mean = (float)mean_of(image, pixels * (size_t)c);
	more = mean - mean * k + (float)d->brightness;
	for (size_t i = 0; i < pixels; i++) {
		float add = more + (sd > 0 ? sd * grain(&r) : 0);

		for (int j = 0; j < c; j++) {
			float v = image[i * (size_t)c + (size_t)j] * k + add;

			image[i * (size_t)c + (size_t)j] = v < 0 ? 0 : v > 1 ? 1 : v;
		}
	}
}

static void erase(const struct augment_draw *d, float *image, int h, int w, int c)
{
	int x0 = (int)(d->box_x * w), y0 = (int)(d->box_y * h);
	int x1 = (int)((d->box_x + d->box_w) * w), y1 = (int)((d->box_y + d->box_h) * h);
	float mean = (float)mean_of(image, (size_t)h * (size_t)w * (size_t)c);

	for (int y = y0; y < y1 && y < h; y++)
		for (int i = x0 * c; i < x1 * c && i < w * c; i++)
			image[y * w * c + i] = mean;
}

void augment_move(const struct augment_draw *d, float *image, float *scratch, int h, int w, int c)
{
	if (d->moved)
		warp(d, image, scratch, h, w, c);
	if (d->flip)
		augment_flip(image, h, w, (size_t)c * sizeof *image);
}

void augment_apply(const struct augment_draw *d, float *image, float *scratch, int h, int w, int c)
{
	augment_move(d, image, scratch, h, w, c);
	if (d->blur > .1)
		blur(image, scratch, d->blur, h, w, c);
	if (d->toned)
		tone(d, image, (size_t)h * (size_t)w, c);
	if (d->erased)
		erase(d, image, h, w, c);
}
