#ifndef EXPLAIN_POSE_H
#define EXPLAIN_POSE_H

#include <stdbool.h>

#include "nn/net.h"

/* How an image is shown to a network: mirrored left to right, smaller or larger about its middle. */
struct pose {
	bool mirrored;
	double zoom; /* 1: as it is; below 1 with black around it, as training's augmentation leaves it */
};
/* Does that change anything? */
bool pose_moves(const struct pose *p);
/* The image [h,w,c] of a network's input, as the network gets it, into the pose; scratch: as many floats. */
void pose_image(const struct pose *p, const struct net *n, float *image, float *scratch);
/* A map [h,w] of the posed image back to the image's places; 0 at those that it does not show. scratch as large. */
void pose_back(const struct pose *p, float *map, float *scratch, int h, int w);
/* Does it show a place, x and y in shares of the sides? */
bool pose_shows(const struct pose *p, double x, double y);

#endif
