#ifndef EXPLAIN_SUPERPIXEL_H
#define EXPLAIN_SUPERPIXEL_H

/* Superpixels of an image [h,w,c] by SLIC (Achanta 2012): k-means of brightness and place from a grid of cells of
 * about `side` pixels. A pixel may only go to the centres of its own cell and the eight around it; parts that lie apart
 * are left where they are. label [h,w], 0 .. count-1; returns count, of h, w and side alone. */
int superpixels(const float *image, int h, int w, int c, int side, int *label);
int superpixel_count(int h, int w, int side);

#endif
