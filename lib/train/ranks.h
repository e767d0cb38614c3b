#ifndef TRAIN_RANKS_H
#define TRAIN_RANKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Processes that train together: `n` of them, a power of two, this one being `me`. They say everything to each other in
 * pairs, in an order that is fixed, so that sums have the same bits whatever the network does. All of them make the
 * same calls in the same order. Calls with NULL do what one process alone needs: nothing. */
struct ranks {
	int n, me;
	struct talk *talk; /* private */
};

/* How two ranks exchange bytes: sends nout to peer and receives nin from it, as it does the same the other way round.
 * Called by one thread at a time. It cannot fail: a lost peer is the end of the process. */
struct wire {
	void *ctx;
	void (*exchange)(void *ctx, int peer, const void *out, size_t nout, void *in, size_t nin);
};
struct ranks *ranks_new(int n, int me, struct wire w, struct err *e); /* NULL: no thread to be had */
void ranks_free(struct ranks *r);

/* These return at once; a thread does them one after another. What they were given must stay untouched, and their
 * results are there, after ranks_wait.
 *
 * Of n floats every rank has its own part [*begin, *end), which is cut at multiples of RANKS_BLOCK. ranks_scatter: this
 * part of v[n] becomes the sum of the first `active` ranks' ones, added up as a pairwise tree over ranks:
 * (0 + 1) + (2 + 3)... The others' values do not matter, nor does what is left in the rest of v. ranks_spread:
 * everybody gets the parts of all. ranks_sum: both. */
enum { RANKS_BLOCK = 1 << 12 };
void ranks_own(const struct ranks *r, size_t n, size_t *begin, size_t *end);
void ranks_scatter(struct ranks *r, float *v, size_t n, int active);
void ranks_spread(struct ranks *r, float *v, size_t n);
void ranks_sum(struct ranks *r, float *v, size_t n, int active);
/* Rank k has bytes [at[k], at[k + 1]) of buf; afterwards everybody has all of them. at [n + 1] is copied. */
void ranks_gather(struct ranks *r, void *buf, const size_t *at);
void ranks_wait(struct ranks *r);

/* Whether anybody says so. */
bool ranks_any(struct ranks *r, bool mine);
/* The share of this rank in n things (alone: all), and then what the ranks made of theirs, `size` bytes each. */
void ranks_share(const struct ranks *r, size_t n, size_t *begin, size_t *end);
void ranks_collect(struct ranks *r, void *buf, size_t n, size_t size);
/* -1 and the same message everywhere when the n bytes are not the same on all ranks: "rank 2 has another WHAT than rank
 * 0". */
int ranks_same(struct ranks *r, const char *what, const void *bytes, size_t n, struct err *e);

/* The processes that mpirun (or srun) started: *r is NULL when this one is alone. -1: there are several, and the
 * program was built without MPI. ranks_close waits for all of them. All that is of MPI is behind these three. */
int ranks_open(struct ranks **r, struct err *e);
void ranks_close(struct ranks *r);
const char *ranks_library(void); /* version line; NULL: built without */

#endif
