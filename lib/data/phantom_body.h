#ifndef DATA_PHANTOM_BODY_H
#define DATA_PHANTOM_BODY_H

#include "data/phantom.h"
#include "data/phantom_draw.h"

/* Inside the phantom: the chest itself. Side 0 is the patient's right (left in the image), side 1 the left. */

/* What belongs to the patient. Lengths in units of half a chest. */
struct anatomy {
	float width, taper;          /* half-width of the lungs at the base; how bell-shaped */
	float apex, dome[2], angle;  /* y of the lungs' tops, of the domes, of the costophrenic angles */
	float depth, fat;            /* greatest depth of a lung; soft tissue around the cage */
	float heart, heart_lean, aorta, mediastinum;
	float rib_step, rib_drop, rib_size, bone;
	float spine[2];              /* amplitude and phase of its curve */
	float vessels, density, breast, gas, shoulder;
	struct rng details;          /* for what need not be kept: branching, textures */
};
struct anatomy anatomy_of(struct rng r);

/* Thickness planes of one image, size x size each. */
struct body {
	struct canvas c;
	float *tissue, *air, *bone; /* the body without its lungs; air along the ray; bone */
	float *temp;
	const struct anatomy *a;
	struct phantom_pose pose;
	struct noise noise;
	float turn;                 /* of the body about its long axis: the middle moves aside */
};
/* Fills the planes, which are zero. air is final: where it is, lung is seen. */
void body_draw(struct body *b);

/* Inner and outer border of a lung at height y, as distances from the middle; false above the apex. */
bool lung_span(const struct body *b, int side, float y, float *in, float *out);
float lung_floor(const struct body *b, int side, float x); /* y of the diaphragm at distance x from the middle */

#endif
