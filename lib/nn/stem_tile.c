/* The transforms of stem.c, compiled for vectors of 16 and of 8 floats, with the same bits. */
#include "nn/stem.h"

#define KERNELS "nn/stem_tile.h"
#include "nn/each_vector.h"

const struct stem_kernels *stem_kernels(void)
{
	return vector_wide() ? &stem_kernels16 : &stem_kernels8;
}
