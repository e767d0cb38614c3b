#ifndef DATA_PHANTOM_DRAW_H
#define DATA_PHANTOM_DRAW_H

#include "base/rng.h"

/* Inside the phantom: thickness planes, and the shapes that add to them. Coordinates are anatomical: the middle of the
 * chest is 0,0, half its width about 1, y grows downwards, x to the right of the image (the patient's left). */

struct phantom_view {
	float c, s;    /* cosine and sine of the rotation */
	float k;       /* pixels per unit */
	float px, py;  /* pixel of the anatomical 0,0 */
	int size;
};
struct spot {
	float x, y;
};
struct spot view_pixel(const struct phantom_view *v, float x, float y);
struct spot view_point(const struct phantom_view *v, float px, float py); /* the way back */

/* A plane of thicknesses and the scratch that its shapes are drawn with; the views of both are the same. */
struct canvas {
	struct phantom_view view;
	float *scratch; /* zero between shapes */
	int x0, y0, x1, y1; /* what of scratch is in use */
};

/* Tubes: knots of a line with radius and peak thickness; cortex > 0 makes the wall denser than the inside, as in
 * bones. Overlapping pieces of one tube count once. */
struct knot {
	float x, y, r, m;
};
void draw_tube(struct canvas *c, float *plane, const struct knot *k, int n, float cortex);
/* The same with the maximum of plane and tube instead of the sum. */
void draw_tube_max(struct canvas *c, float *plane, const struct knot *k, int n);

/* Ellipses: thickness m (1 - q)^power, q = u^2 + v^2 (or u^4 + v^4 when boxy). power .5 is an ellipsoid. */
struct ellipse {
	float x, y, a, b, angle, m, power;
	int boxy, max;
};
void draw_ellipse(const struct phantom_view *v, float *plane, const struct ellipse *e);

/* Smooth noise with values about -1 .. 1 (sd about .35), cells of size 1, octaves of half the size and weight. */
#define NOISE_SIDE 64
struct noise {
	float at[NOISE_SIDE * NOISE_SIDE];
};
void noise_init(struct noise *n, struct rng r);
float noise_at(const struct noise *n, float x, float y, int octaves);

/* Three box filters of the given radius in pixels, edges repeated: nearly a Gaussian with sd = radius. temp is a
 * plane. */
void plane_blur(float *plane, float *temp, int size, int radius);

static inline float clamp(float v, float lo, float hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}
static inline float smooth(float lo, float hi, float v)
{
	float t = clamp((v - lo) / (hi - lo), 0, 1);

	return t * t * (3 - 2 * t);
}
static inline float between(struct rng *r, double lo, double hi)
{
	return (float)rng_between(r, lo, hi);
}

#endif
