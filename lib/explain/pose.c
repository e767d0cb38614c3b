/* Images mirrored and zoomed, and maps brought back. */
#include "explain/pose.h"

#include <math.h>
#include <stddef.h>

#include "explain/blank.h"
#include "nn/augment.h"

bool pose_moves(const struct pose *p)
{
	return p->mirrored || p->zoom != 1;
}

static struct augment_draw zoomed(double zoom)
{
	return (struct augment_draw){.moved = true, .zoom = zoom, .crop_w = 1, .crop_h = 1, .share = 1};
}

/* Movements leave 0 beyond the edges: black is made 0 meanwhile. */
void pose_image(const struct pose *p, const struct net *n, float *image, float *scratch)
{
	const struct node *in = n->g->input;
	size_t channels = (size_t)in->c, count = (size_t)in->h * (size_t)in->w * channels;
	struct augment_draw zoom = zoomed(p->zoom);
	float black[3];

	if (p->zoom != 1) {
		blank_values(&(struct blank){.kind = BLANK_black}, n, image, black);
		for (size_t i = 0; i < count; i++)
			image[i] -= black[i % channels];
		augment_move(&zoom, image, scratch, in->h, in->w, in->c);
		for (size_t i = 0; i < count; i++)
			image[i] += black[i % channels];
	}
	if (p->mirrored)
		augment_flip(image, in->h, in->w, channels * sizeof *image);
}

void pose_back(const struct pose *p, float *map, float *scratch, int h, int w)
{
	struct augment_draw zoom = zoomed(1 / p->zoom);

	if (p->mirrored)
		augment_flip(map, h, w, sizeof *map);
	if (p->zoom == 1)
		return;
	augment_move(&zoom, map, scratch, h, w, 1);
	for (int i = 0; i < h * w; i++)
		if (!pose_shows(p, (i % w + .5) / w, (i / w + .5) / h))
			map[i] = 0;
}

bool pose_shows(const struct pose *p, double x, double y)
{
	return fmax(fabs(x - .5), fabs(y - .5)) * p->zoom <= .5;
}
