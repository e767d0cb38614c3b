#ifndef STREAM_NPY_H
#define STREAM_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "stream/record.h"

/* What stands before the data of a .npy file (numpy.lib.format, versions 1 to 3). */
struct npy_head {
	char descr[16]; /* "<f4" */
	bool fortran;
	int ndim;
	int64_t shape[TENSOR_DIMS];
	size_t data; /* where the data start in the file */
};
bool npy_knows(const unsigned char *bytes, size_t n);
/* Sizes over 2^31 - 1, more than TENSOR_DIMS dimensions and structures are errors. */
int npy_head_parse(struct npy_head *h, const unsigned char *bytes, size_t n, struct err *e);

/* The header of t, which must be F32, in C order: fresh memory of *n bytes, a multiple of 64. */
unsigned char *npy_head_format(const struct tensor *t, size_t *n);

#endif
