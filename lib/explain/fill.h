#ifndef EXPLAIN_FILL_H
#define EXPLAIN_FILL_H

/* Fills the marked part of v [h,w,c], c at most 3, so that each of its pixels is the weighted mean of its neighbours,
 * those beside it counting twice the diagonal ones (Rong 2022, noisy linear imputation, without its noise). The pixels
 * of the part need not be set; where all are in the part they become 0. Exact to about 1e-5 of the values' size. */
void fill_part(float *v, const unsigned char *part, int h, int w, int c);

#endif
