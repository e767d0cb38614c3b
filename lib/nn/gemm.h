#ifndef NN_GEMM_H
#define NN_GEMM_H

#include <stdbool.h>

#include "base/err.h"

/* The only door to OpenBLAS. gemm_start picks the kernel set from what the CPU has (OpenBLAS 0.3.21 falls back to
 * its slow Prescott kernels on CPUs newer than it knows), then loads the library; one thread per call, threads are
 * ours. Safe to call more than once. A user's own OPENBLAS_CORETYPE is left alone. */
int gemm_start(struct err *e);
const char *gemm_kernels(void); /* the kernel set in use, e.g. "SkylakeX" */
const char *gemm_library(void); /* version line of the library */

/* C[m,n] = op(A) op(B) + beta C, row-major, op transposes when ta, tb (A is then [k,m], B [n,k]). */
void gemm(bool ta, bool tb, int m, int n, int k, const float *a, int lda, const float *b, int ldb, float beta,
          float *c, int ldc);

#endif
