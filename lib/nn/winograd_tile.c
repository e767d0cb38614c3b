#include "nn/winograd.h"

static const float zeros[WINOGRAD_LANES];

#define VECTOR v16
#define PUT put16
#define LANES 16
#define NAME(name) name##16
#include "nn/winograd_tile.h"
#undef VECTOR
#undef PUT
#undef LANES
#undef NAME
#define VECTOR v8
#define PUT put8
#define LANES 8
#define NAME(name) name##8
#include "nn/winograd_tile.h"

const struct winograd_kernels *winograd_kernels(void)
{
	return vector_wide() ? &kernels16 : &kernels8;
}
