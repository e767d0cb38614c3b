#ifndef NN_VECTOR_H
#define NN_VECTOR_H

#include <math.h>

#include "nn/op.h"

/* Vectors of floats as the kernels use them, and what happens to a vector of outputs on its way to memory. Private to
 * lib/nn. Vectors go to functions by pointer: their calling convention depends on the instruction set. */

typedef float v16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef float v8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef int i16 __attribute__((vector_size(64)));
typedef int i8 __attribute__((vector_size(32)));

#define INLINE static inline __attribute__((always_inline))

/* CLONES of functions that run only where vector_wide() is true, and of those that do their work elsewhere. */
#ifdef CLONED
#define CLONES_WIDE __attribute__((target("arch=x86-64-v4")))
#define CLONES_NARROW __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define CLONES_WIDE
#define CLONES_NARROW
#endif

/* Is a v16 one register in the clones that run here? Code of another shape then is faster, with the same bits. */
static inline bool vector_wide(void)
{
#if defined(CLONED)
	return __builtin_cpu_supports("x86-64-v4");
#elif defined(__AVX512F__)
	return true;
#else
	return false;
#endif
}

/* What happens to a sum on its way to y: bias and residual are added, and ReLU or ReLU6 leaves [low, high] of it. bias
 * is [channels], residual has the layout of y and may be it; either may be NULL. */
struct finish {
	const float *bias, *residual;
	float low, high;
};

static inline struct finish finish_with(const float *bias, const float *residual, enum act act)
{
	return (struct finish){bias, residual, act == ACT_NONE ? -INFINITY : 0, act == ACT_RELU6 ? 6 : INFINITY};
}

/* The number for y[at], which is of this channel. A NaN stays one. */
static inline float finish_one(float v, const struct finish *f, size_t at, size_t channel)
{
	v += f->bias ? f->bias[channel] : 0;
	v += f->residual ? f->residual[at] : 0;
	return v < f->low ? f->low : v > f->high ? f->high : v;
}

/* put16, put8: the same of a vector, for y[at + ...] and the next. After a short sum this is half of the work, so
 * kernels keep their struct finish where y cannot overwrite it. */
#define VECTOR_PUT(name, vec, ivec) \
	INLINE void name(const vec *value, const struct finish *f, size_t at, size_t channel, float *y) \
	{ \
		vec v = *value, low = (vec){0} + f->low, high = (vec){0} + f->high; \
		ivec out; \
\
		if (f->bias) \
			v += *(const vec *)(f->bias + channel); \
		if (f->residual) \
			v += *(const vec *)(f->residual + at); \
		out = v < low; \
		v = (vec)(((ivec)v & ~out) | ((ivec)low & out)); \
		out = v > high; \
		v = (vec)(((ivec)v & ~out) | ((ivec)high & out)); \
		*(vec *)(y + at) = v; \
	}
VECTOR_PUT(put16, v16, i16)
VECTOR_PUT(put8, v8, i8)
#undef VECTOR_PUT

#endif
