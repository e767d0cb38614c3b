#ifndef NN_GRADIENTS_H
#define NN_GRADIENTS_H

#include <stddef.h>

/* Gradients of the parts of a step, added up in one fixed pairwise tree: ((1 + 2) + (3 + 4)) + ... Memory grows with
 * the logarithm of the number of parts. */
struct gradients;
struct gradients *gradients_new(size_t floats);
void gradients_free(struct gradients *g); /* NULL is fine */
void gradients_add(struct gradients *g, const float *part);
/* The sum of those added since the last one (at least one), valid until the next gradients_add. */
float *gradients_sum(struct gradients *g);

#endif
