#ifndef DATA_PHANTOM_H
#define DATA_PHANTOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Synthetic frontal chest radiographs with known lungs and lesions. Drawn from a simple model of the chest (body,
 * lungs, heart, bones, vessels as thicknesses along the ray), they are no image of anybody. Everything is a function
 * of (seed, index, the shares below): a longer set starts with the shorter one. */
#define PHANTOM_MIN 64
#define PHANTOM_MAX 2048
struct phantom_options {
	uint64_t seed;
	int size;          /* pixels, PHANTOM_MIN .. PHANTOM_MAX, square */
	double prevalence; /* share of patients with pneumonia */
	double test;       /* share of the patients of each class in the test split */
	double shortcut;   /* share of pneumonia images with the shortcut marker, */
	bool moved;        /* or of normal ones */
};

/* Who is on image `index`. Patients have one to three images, all of one class and one split, of one anatomy. */
struct phantom_case {
	uint64_t index, patient; /* from 0 */
	int view;                /* number of the image among the patient's, from 1 */
	bool pneumonia, test, shortcut;
};
void phantom_plan(struct phantom_case *cases, size_t n, const struct phantom_options *o);

enum corner { CORNER_NONE, CORNER_TOP_LEFT, CORNER_TOP_RIGHT, CORNER_BOTTOM_LEFT, CORNER_BOTTOM_RIGHT };
const char *corner_name(enum corner c); /* "none", "top-left" ... */

/* Where a lesion is, in pixels: columns x .. x+width-1, rows y .. y+height-1. */
struct phantom_box {
	int x, y, width, height;
};
#define PHANTOM_LESIONS 3

/* What the image was taken with. */
struct phantom_pose {
	double rotation;         /* degrees, positive turns the patient clockwise in the image */
	double scale;            /* half the image's width is 1/scale units; the chest is about 2 units wide */
	double shift_x, shift_y; /* of the chest, in shares of half the image's width */
	double inspiration;      /* -1 shallow .. 1 deep */
	double arms;             /* 0 hanging .. 1 raised */
};

struct phantom {
	int size;
	unsigned char *pixels; /* size x size, gray */
	unsigned char *lung;   /* 255 where aerated lung is seen (not behind heart and diaphragm), else 0 */
	unsigned char *lesion; /* 255 where an opacity is, else 0; always inside the lungs */
	struct phantom_box box[PHANTOM_LESIONS];
	int nbox;
	enum corner letter, shortcut; /* where the side letter (any class) and the shortcut marker are */
	struct phantom_pose pose;
};
/* Draws a case. The planes are fresh memory, phantom_free's to give back. -1 when memory is out. Thread-safe. */
int phantom_draw(struct phantom *p, const struct phantom_options *o, const struct phantom_case *c, struct err *e);
void phantom_free(struct phantom *p);

#endif
