#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

#include "base/err.h"

/* A small thread pool. Work is cut into n blocks by the caller, never by the number of threads; threads only
 * decide who does a block. The calling thread works too; a pool of 1 starts no thread. */
struct pool;
struct pool *pool_new(int threads);
void pool_free(struct pool *p); /* NULL is fine */
int pool_threads(const struct pool *p);

/* Calls work(ctx, block, worker) once for every block in 0 .. n-1, worker in 0 .. threads-1 (for scratch), and
 * returns when all are done. Not reentrant, but for a pipeline's group: what it runs in the pipeline's own pool is done
 * by its thread and those that the pipeline has nothing else for. */
void pool_run(struct pool *p, size_t n, void (*work)(void *ctx, size_t block, int worker), void *ctx);

/* An ordered pipeline over a stream of unknown length, constant in memory: produce, group and consume run one call at
 * a time each and in order, work runs on any thread, and at most `slots` items are in flight (slot 0 .. slots-1 is the
 * item's storage). Any idle thread first consumes, else works, else groups, else produces, so all stay busy.
 * produce returns 1 (slot filled), 0 (end) or -1 (error in *e, after which what came before is still finished);
 * consume returns 0 or -1 (error in *e), which stops everything. Work and group cannot fail: they note it in the slot.
 * Group, where there is one, is handed all items in batches before they are worked on: slots slot .. slot+n-1, n being
 * `batch` but at the end; slots must then be a multiple of batch, and two of them let the next batch be read and the
 * last be finished while one is computed. Work may be NULL. Returns 0 or -1. */
struct pipeline {
	void *ctx;
	int (*produce)(void *ctx, int slot, struct err *e);
	void (*work)(void *ctx, int slot, int worker);
	int (*consume)(void *ctx, int slot, struct err *e);
	void (*group)(void *ctx, int slot, int n);
	int batch;
};
int pool_pipeline(struct pool *p, int slots, const struct pipeline *l, struct err *e);

int pool_cpus(void); /* the CPUs this process may use (affinity and cgroup quota), at least 1 */

#endif
