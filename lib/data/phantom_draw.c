/* Shapes in the coordinates of the chest, drawn as thicknesses along the ray. */
#include "data/phantom_draw.h"

#include <math.h>
#include <string.h>

struct spot view_pixel(const struct phantom_view *v, float x, float y)
{
	return (struct spot){v->px + v->k * (v->c * x - v->s * y), v->py + v->k * (v->s * x + v->c * y)};
}

struct spot view_point(const struct phantom_view *v, float px, float py)
{
	float dx = (px - v->px) / v->k, dy = (py - v->py) / v->k;

	return (struct spot){v->c * dx + v->s * dy, v->c * dy - v->s * dx};
}

/* The pixels lo .. hi-1 whose centres may lie within from .. to. */
static void span(float from, float to, int size, int *lo, int *hi)
{
	*lo = (int)clamp(floorf(from), 0, (float)size);
	*hi = (int)clamp(ceilf(to) + 1, 0, (float)size);
}

/* A piece of a tube, already in pixels; scratch keeps the greatest thickness. */
static void piece(struct canvas *c, struct knot a, struct knot b, float cortex)
{
	float dx = b.x - a.x, dy = b.y - a.y, dr = b.r - a.r, dm = b.m - a.m, r = fmaxf(a.r, b.r);
	float inv = 1 / fmaxf(dx * dx + dy * dy, 1e-6f);
	int x0, y0, x1, y1, size = c->view.size;

	span(fminf(a.x, b.x) - r, fmaxf(a.x, b.x) + r, size, &x0, &x1);
	span(fminf(a.y, b.y) - r, fmaxf(a.y, b.y) + r, size, &y0, &y1);
	for (int y = y0; y < y1; y++)
		for (int x = x0; x < x1; x++) {
			float px = (float)x + .5f - a.x, py = (float)y + .5f - a.y;
			float t = clamp((px * dx + py * dy) * inv, 0, 1), rt = a.r + t * dr;
			float ex = px - t * dx, ey = py - t * dy, q = 1 - (ex * ex + ey * ey) / (rt * rt);

			if (q <= 0)
				continue;
			float v = sqrtf(q);
			if (cortex > 0)
				v = v * (1 + cortex) - cortex * sqrtf(fmaxf(q - .4f, 0));
			v *= a.m + t * dm;
			float *out = &c->scratch[y * size + x];
			*out = fmaxf(*out, v);
		}
	c->x0 = x0 < c->x0 ? x0 : c->x0;
	c->y0 = y0 < c->y0 ? y0 : c->y0;
	c->x1 = x1 > c->x1 ? x1 : c->x1;
	c->y1 = y1 > c->y1 ? y1 : c->y1;
}

/* Tubes thinner than a pixel are drawn a pixel wide and thinner, so that their mass stays. */
static struct knot to_pixels(const struct phantom_view *v, struct knot k)
{
	const float thin = .8f;
	struct spot p = view_pixel(v, k.x, k.y);
	float r = k.r * v->k;

	return r < thin ? (struct knot){p.x, p.y, thin, k.m * r / thin} : (struct knot){p.x, p.y, r, k.m};
}

static void tube(struct canvas *c, const struct knot *k, int n, float cortex)
{
	c->x0 = c->y0 = c->view.size;
	c->x1 = c->y1 = 0;
	for (int i = 0; i + 1 < n; i++)
		piece(c, to_pixels(&c->view, k[i]), to_pixels(&c->view, k[i + 1]), cortex);
}

void draw_tube(struct canvas *c, float *plane, const struct knot *k, int n, float cortex)
{
	tube(c, k, n, cortex);
	for (int y = c->y0; y < c->y1; y++)
		for (int i = y * c->view.size + c->x0; i < y * c->view.size + c->x1; i++) {
			plane[i] += c->scratch[i];
			c->scratch[i] = 0;
		}
}

void draw_tube_max(struct canvas *c, float *plane, const struct knot *k, int n)
{
	tube(c, k, n, 0);
	for (int y = c->y0; y < c->y1; y++)
		for (int i = y * c->view.size + c->x0; i < y * c->view.size + c->x1; i++) {
			plane[i] = fmaxf(plane[i], c->scratch[i]);
			c->scratch[i] = 0;
		}
}

void draw_ellipse(const struct phantom_view *v, float *plane, const struct ellipse *e)
{
	struct spot m = view_pixel(v, e->x, e->y);
	float r = v->k * (e->boxy ? hypotf(e->a, e->b) : fmaxf(e->a, e->b)), c = cosf(e->angle), s = sinf(e->angle);
	int x0, y0, x1, y1;

	span(m.x - r, m.x + r, v->size, &x0, &x1);
	span(m.y - r, m.y + r, v->size, &y0, &y1);
	for (int y = y0; y < y1; y++)
		for (int x = x0; x < x1; x++) {
			struct spot p = view_point(v, (float)x + .5f, (float)y + .5f);
			float dx = p.x - e->x, dy = p.y - e->y;
			float h = (c * dx + s * dy) / e->a, w = (c * dy - s * dx) / e->b;

			h *= h;
			w *= w;
			float q = 1 - (e->boxy ? h * h + w * w : h + w);
			if (q <= 0)
				continue;
			float t = e->m * (e->power == .5f ? sqrtf(q) : powf(q, e->power)), *out = &plane[y * v->size + x];
			*out = e->max ? fmaxf(*out, t) : *out + t;
		}
}

void noise_init(struct noise *n, struct rng r)
{
	for (int i = 0; i < NOISE_SIDE * NOISE_SIDE; i++)
		n->at[i] = between(&r, -1, 1);
}

static float lattice(const struct noise *n, float x, float y)
{
	float fx = floorf(x), fy = floorf(y), u = x - fx, v = y - fy;
	unsigned ix = (unsigned)(int)fx, iy = (unsigned)(int)fy, m = NOISE_SIDE - 1;
	const float *top = n->at + (iy & m) * NOISE_SIDE, *low = n->at + ((iy + 1) & m) * NOISE_SIDE;

	u = u * u * (3 - 2 * u);
	v = v * v * (3 - 2 * v);
	float a = top[ix & m] + u * (top[(ix + 1) & m] - top[ix & m]);
	float b = low[ix & m] + u * (low[(ix + 1) & m] - low[ix & m]);
	return a + v * (b - a);
}

float noise_at(const struct noise *n, float x, float y, int octaves)
{
	float sum = 0, weight = 1;

	for (int i = 0; i < octaves; i++) {
		sum += weight * lattice(n, x, y);
		x = 2 * x + 17.3f;
		y = 2 * y + 5.9f;
		weight *= .5f;
	}
	return sum;
}

static void box_row(const float *in, float *out, int n, int step, int radius)
{
	float sum = 0, inv = 1 / (float)(2 * radius + 1);

	for (int i = -radius; i <= radius; i++)
		sum += in[(i < 0 ? 0 : i < n ? i : n - 1) * step];
	for (int i = 0; i < n; i++) {
		int add = i + radius + 1, drop = i - radius;

		out[i * step] = sum * inv;
		sum += in[(add < n ? add : n - 1) * step] - in[(drop > 0 ? drop : 0) * step];
	}
}

/* Columns are summed a row at a time: the same sums, in the order of memory. */
static void box_columns(const float *in, float *out, int n, int radius, float *sum)
{
	float inv = 1 / (float)(2 * radius + 1);

	memset(sum, 0, (size_t)n * sizeof *sum);
	for (int i = -radius; i <= radius; i++)
		for (int x = 0; x < n; x++)
			sum[x] += in[(i < 0 ? 0 : i < n ? i : n - 1) * n + x];
	for (int y = 0; y < n; y++) {
		const float *add = in + (y + radius + 1 < n ? y + radius + 1 : n - 1) * n;
		const float *drop = in + (y - radius > 0 ? y - radius : 0) * n;

		for (int x = 0; x < n; x++) {
			out[y * n + x] = sum[x] * inv;
			sum[x] += add[x] - drop[x];
		}
	}
}

void plane_blur(float *plane, float *temp, int size, int radius)
{
	float sum[2048];

	if (radius < 1)
		return;
	for (int pass = 0; pass < 3; pass++) {
		for (int y = 0; y < size; y++)
			box_row(plane + y * size, temp + y * size, size, 1, radius);
		box_columns(temp, plane, size, radius, sum);
	}
}
