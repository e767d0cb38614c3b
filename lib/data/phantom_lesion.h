#ifndef DATA_PHANTOM_LESION_H
#define DATA_PHANTOM_LESION_H

#include "data/phantom_body.h"

/* Inside the phantom: one to three opacities in the lungs of b (its air becomes less, its temp is used). mask is set
 * where they are, within lung; their boxes go to box, their number is returned. */
int lesions_draw(struct body *b, struct rng r, const unsigned char *lung, unsigned char *mask,
                 struct phantom_box box[PHANTOM_LESIONS]);

#endif
