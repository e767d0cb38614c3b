/* The transforms of tiles, compiled for vectors of 16 and of 8 floats. Sums have the same order in both, so the
 * bits are the same. Their factors are in winograd_tile.h. */
#include "nn/winograd.h"

static const float zeros[WINOGRAD_LANES];

#define KERNELS "nn/winograd_tile.h"
#include "nn/each_vector.h"

const struct winograd_kernels *winograd_kernels(void)
{
	return vector_wide() ? &kernels16 : &kernels8;
}
