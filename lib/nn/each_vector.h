/* Includes the file that KERNELS names for v16 and for v8, with NAME, VECTOR, PUT and LANES defined around it: the
 * names of its functions end in 16 and in 8. Without a guard: every inclusion is for another file. */
#define VECTOR v16
#define PUT put16
#define LANES 16
#define NAME(name) name##16
#include KERNELS
#undef VECTOR
#undef PUT
#undef LANES
#undef NAME
#define VECTOR v8
#define PUT put8
#define LANES 8
#define NAME(name) name##8
#include KERNELS
#undef VECTOR
#undef PUT
#undef LANES
#undef NAME
#undef KERNELS
