#ifndef NN_DILATE_H
#define NN_DILATE_H

/* Grows what is in the mask [h,w] by a 28th of its width to each side: lungs, so that their edge is with them.
 * scratch as large. */
void mask_dilate(float *mask, float *scratch, int h, int w);

#endif
