/* Includes the file that KERNELS names for v16 and for v8, with NAME, VECTOR, PUT, LANES and VECTOR_CLONES defined
 * around it: the names of its functions end in 16 and in 8; those of 16 run where vector_wide() says so. Without a
 * guard: every inclusion is for another file. */
#define VECTOR v16
#define PUT put16
#define LANES 16
#define VECTOR_CLONES CLONES_WIDE
#define NAME(name) name##16
#include KERNELS
#undef VECTOR
#undef PUT
#undef LANES
#undef VECTOR_CLONES
#undef NAME
#define VECTOR v8
#define PUT put8
#define LANES 8
#define VECTOR_CLONES CLONES_NARROW
#define NAME(name) name##8
#include KERNELS
#undef VECTOR
#undef PUT
#undef LANES
#undef VECTOR_CLONES
#undef NAME
#undef KERNELS
