#ifndef BASE_POOL_PARTS_H
#define BASE_POOL_PARTS_H

/* What a pool and a pipeline in it share. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/pool.h"

/* How a block finds its thread: `left` counts the blocks not yet claimed and is all that threads compete for. Who
 * takes it from k to k-1 owns block n-k; only then does he look at the job, which cannot change before his block is
 * done, since pool_run waits for `unfinished` to be zero. A thread that wakes late finds left == 0 and sleeps on. */
struct job {
	size_t n;
	void (*work)(void *ctx, size_t block, int worker);
	void *ctx;
	atomic_size_t left, unfinished;
	atomic_bool waiting; /* who runs it sleeps until it is done */
};

struct pool {
	int threads;
	int spin; /* looks before going to sleep (some 0.2 ms): a network calls pool_run thousands of times per second */
	bool piping;             /* a pipeline is the outer job; jobs that come up are inner ones */
	struct job outer, inner;
	atomic_int sleepers;     /* threads (about to be) asleep */
	atomic_uint quit;
	pthread_mutex_t lock;
	pthread_cond_t start, done;
	struct worker {
		struct pool *pool;
		pthread_t thread;
		int id;
	} *worker;
};

/* pool_run as this job of the pool. */
void pool_job(struct pool *p, struct job *j, size_t n, void (*work)(void *ctx, size_t block, int worker), void *ctx);
/* Sleeps until there are blocks of the inner job to claim, and does them, or *news is no longer what was seen of it:
 * whoever changes that then wakes all with p->start under p->lock. */
void pool_help(struct pool *p, const atomic_uint *news, unsigned seen);

#endif
