#ifndef IMAGE_DRAW_H
#define IMAGE_DRAW_H

#include "image/image.h"

/* Images of a heat map over an X-ray. Maps are H x W floats. A rectified map (normalise max, minmax, p99) is drawn as
 * it is. A map with values outside 0..1 (normalise none) is drawn as normalise=max would show it: evidence against the
 * class as nothing, the rest divided by the maximum. A map without signal draws the X-ray alone. */
#define COLORMAPS(X) X(jet) X(turbo) X(viridis) X(inferno)
enum colormap {
#define X(name) CM_##name,
	COLORMAPS(X)
#undef X
};
int colormap_parse(const char *name, enum colormap *cm, struct err *e);
void colormap_rgb(enum colormap cm, float v, unsigned char rgb[3]); /* v clipped to 0..1 */

#define DRAW_ALPHA 0.5f
#define DRAW_SHARE 0.05f
#define DRAW_LOGITS 20 /* at the top of the colours */

/* All results are fresh 8-bit RGB images, the caller's to image_free; gray is the X-ray (u8, 1 or 3 channels). */

/* jet: alpha everywhere, as the published systems do it. The perceptual maps: alpha grows with the heat, from 0 where
 * there is none (the X-ray stays as it was) to a little over alpha at the top. */
void draw_overlay(struct image *out, const struct image *gray, const float *map, enum colormap cm, float alpha);
/* What stands beside the images: the value that the map's 1 is, at the top of the bar, its unit (NULL: none), and a
 * caption (NULL: none; long ones are wrapped). */
struct legend {
	double top;
	const char *unit, *caption;
};
/* Original | overlay, with a colour bar, in the colours as they lie over middle gray, and a caption below. Small images
 * are enlarged by a whole factor. -1 when memory is out. */
int draw_side(struct image *out, const struct image *gray, const float *map, enum colormap cm, float alpha,
              const struct legend *legend, struct err *e);
/* Only the top share of the map, slightly blurred, red on gray. */
void draw_hotspot(struct image *out, const struct image *gray, const float *map, float share);
/* The X-ray with a line and a box around each part of the places of at least `threshold` (0: none) that is no speck
 * (map_boxes), nor around holes that are. What runs over the edge is closed there. */
void draw_contour(struct image *out, const struct image *gray, const float *map, float threshold);
/* The X-ray alone. */
void draw_plain(struct image *out, const struct image *gray);
void draw_heat(struct image *out, const float *map, int width, int height, enum colormap cm);
/* Adds a strip with text below an RGB image; its lines are wrapped. Small images are enlarged by a whole factor, as by
 * draw_side. -1 when memory is out. */
int draw_notice(struct image *io, const char *text, struct err *e);

#endif
