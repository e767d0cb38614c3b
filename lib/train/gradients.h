#ifndef TRAIN_GRADIENTS_H
#define TRAIN_GRADIENTS_H

#include <stddef.h>

/* Gradients of the parts of a step, added up in one fixed pairwise tree: ((0 + 1) + (2 + 3)) + ... Every part has a
 * place in it, a number; where no part has one, the other side of the pair goes up alone. Memory grows with the
 * logarithm of the number of parts. */
struct gradients;
struct gradients *gradients_new(size_t floats);
void gradients_free(struct gradients *g); /* NULL is fine */
/* Adds floats [begin, end) of the part at place `at` (< 2^24). `next` is the place of the part to come, larger than
 * `at`, -1: there is none. The ranges of a part may come in any order. */
void gradients_add(struct gradients *g, long at, long next, const float *part, size_t begin, size_t end);
/* The sum, as far as the last part has been added; valid until the next step's last part. */
float *gradients_sum(struct gradients *g);

#endif
