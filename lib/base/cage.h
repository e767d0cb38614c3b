#ifndef BASE_CAGE_H
#define BASE_CAGE_H

#include <stdio.h>

#include "base/err.h"
#include "base/file.h"

/* A parser that nobody trusts, in a process of its own, which can compute, allocate memory and write to one pipe, and
 * nothing else (sandbox.h, where the kernel can). When it breaks, the caller has an error. Private memory of the caller
 * can be read in it, but cannot leave it but through the pipe. */
struct cage {
	/* In the child: writes its answer to out; -1 with *e set, which the caller gets. */
	int (*work)(void *ctx, FILE *out, struct err *e);
	/* In the caller: reads the answer. What it gets may be anything, and be cut off. */
	int (*take)(void *ctx, struct source *in, struct err *e);
	void *ctx;
	int seconds; /* of processor time, at most */
};
/* 0, or -1: *e is work's, or take's, or says that the child broke or took too long. */
int cage_run(const struct cage *c, struct err *e);

#endif
