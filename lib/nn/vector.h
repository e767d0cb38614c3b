#ifndef NN_VECTOR_H
#define NN_VECTOR_H

#include "nn/op.h"

/* Vectors of floats as the kernels use them, and what happens to a vector of outputs on its way to memory. Private to
 * lib/nn. Vectors go to functions by pointer: their calling convention depends on the instruction set. */

typedef float v16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef float v8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef int i16 __attribute__((vector_size(64)));
typedef int i8 __attribute__((vector_size(32)));

#define INLINE static inline __attribute__((always_inline))

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

/* y = act(value + bias + residual [+ y]); bias is [channels], residual has the layout of y; either may be NULL. */
struct finish {
	const float *bias, *residual;
	enum act act;
	bool accumulate;
};

/* put16, put8: a vector for y[at + ...], which is of channel `channel` and the next. A NaN stays one. */
#define VECTOR_PUT(name, vec, ivec) \
	INLINE void name(const vec *value, const struct finish *f, size_t at, size_t channel, float *y) \
	{ \
		vec v = *value; \
\
		if (f->bias) \
			v += *(const vec *)(f->bias + channel); \
		if (f->residual) \
			v += *(const vec *)(f->residual + at); \
		if (f->accumulate) \
			v += *(const vec *)(y + at); \
		if (f->act == ACT_RELU || f->act == ACT_RELU6) \
			v = (vec)((ivec)v & ~(v < 0)); \
		if (f->act == ACT_RELU6) { \
			ivec over = v > 6; \
			vec six = (vec){0} + 6; \
\
			v = (vec)(((ivec)v & ~over) | ((ivec)six & over)); \
		} \
		*(vec *)(y + at) = v; \
		if (f->act == ACT_SIGMOID) \
			act_forward(y + at, f->act, (int)(sizeof v / sizeof *y)); \
	}
VECTOR_PUT(put16, v16, i16)
VECTOR_PUT(put8, v8, i8)
#undef VECTOR_PUT

#endif
