#ifndef IMAGE_BOXES_H
#define IMAGE_BOXES_H

#include <stdbool.h>

/* The connected parts of a map [height,width] (by sides and corners) where it is at least `threshold`, which is above
 * 0; those of less than a thousandth of the image are left out. Hottest peak first. */
struct map_box {
	int x, y, width, height, area;
	int first_x;        /* of its pixels in the row y, the leftmost */
	int peak_x, peak_y; /* of several as hot the first */
	float peak;
	double share;       /* of the map's heat, negative values taken as none */
};
/* Fresh *box; how many. inside [height,width]: NULL, or the places of these parts become true. */
int map_boxes(const float *map, int width, int height, float threshold, bool *inside, struct map_box **box);

/* Where a line round such a part runs, holes left out: clockwise, by the middles of its pixels' edges, in pixels of the
 * map. Fresh *point; how many, at least four; the first is not repeated. */
struct map_point {
	double x, y;
};
int map_outline(const float *map, int width, int height, float threshold, const struct map_box *box,
                struct map_point **point);

#endif
