#ifndef IMAGE_DRAW_H
#define IMAGE_DRAW_H

#include "image/image.h"

/* Pictures of a heat map over an X-ray. Maps are H x W floats, 0..1 when rectified, any range when signed. */
#define COLORMAPS(X) X(jet) X(turbo) X(viridis) X(inferno)
enum colormap {
#define X(name) CM_##name,
	COLORMAPS(X)
#undef X
};
int colormap_parse(const char *name, enum colormap *cm, struct err *e);
void colormap_rgb(enum colormap cm, float v, unsigned char rgb[3]); /* v clipped to 0..1 */

/* All results are fresh 8-bit RGB images; gray is the X-ray (1 or 3 channels). */
void draw_overlay(struct image *out, const struct image *gray, const float *map, enum colormap cm, float alpha);
/* Original | overlay, with a colour bar and a caption line below (caption NULL: none). */
int draw_side(struct image *out, const struct image *gray, const float *map, enum colormap cm, float alpha,
              const char *caption, struct err *e);
/* Only the top share (0.05) of the map, slightly blurred, red on gray. */
void draw_hotspot(struct image *out, const struct image *gray, const float *map, float share);
void draw_heat(struct image *out, const float *map, int width, int height, enum colormap cm);

#endif
