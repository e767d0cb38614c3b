#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

/* How a block finds its thread: `left` counts the blocks not yet claimed and is all that threads compete for. Who
 * takes it from k to k-1 owns block n-k; only then does he look at the job, which cannot change before his block is
 * done, since pool_run waits for `unfinished` to be zero. A worker that wakes late finds left == 0 and sleeps on. */
struct pool {
	int threads;
	int spin; /* looks before going to sleep (some 0.2 ms): a network calls pool_run thousands of times per second */
	size_t n;
	void (*work)(void *ctx, size_t block, int worker);
	void *ctx;
	atomic_size_t left, unfinished;
	atomic_int sleepers; /* workers (about to be) asleep */
	atomic_bool waiting, quit;
	pthread_mutex_t lock;
	pthread_cond_t start, done;
	struct worker {
		struct pool *pool;
		pthread_t thread;
		int id;
	} *worker;
};

static void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* Does blocks until none is left to claim. */
static void drain(struct pool *p, int worker)
{
	size_t left = atomic_load(&p->left);
	while (left) {
		if (!atomic_compare_exchange_weak(&p->left, &left, left - 1))
			continue;
		p->work(p->ctx, p->n - left, worker);
		if (atomic_fetch_sub(&p->unfinished, 1) == 1 && atomic_load(&p->waiting)) {
			pthread_mutex_lock(&p->lock);
			pthread_cond_signal(&p->done);
			pthread_mutex_unlock(&p->lock);
		}
		left = atomic_load(&p->left);
	}
}

static void await_job(struct pool *p)
{
	for (int i = 0; i < p->spin; i++) {
		if (atomic_load(&p->left) || atomic_load(&p->quit))
			return;
		relax();
	}
	pthread_mutex_lock(&p->lock);
	atomic_fetch_add(&p->sleepers, 1);
	while (!atomic_load(&p->left) && !atomic_load(&p->quit))
		pthread_cond_wait(&p->start, &p->lock);
	atomic_fetch_sub(&p->sleepers, 1);
	pthread_mutex_unlock(&p->lock);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	while (!atomic_load(&w->pool->quit)) {
		drain(w->pool, w->id);
		await_job(w->pool);
	}
	return NULL;
}

/* A machine that refuses another thread gets a smaller pool. */
struct pool *pool_new(int threads)
{
	struct pool *p = xcalloc(1, sizeof *p);
	int wanted = threads > 1 ? threads : 1;
	p->spin = wanted <= pool_cpus() ? 8000 : 0;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->start, NULL);
	pthread_cond_init(&p->done, NULL);
	p->worker = xcalloc(wanted, sizeof *p->worker);
	for (p->threads = 1; p->threads < wanted; p->threads++) {
		struct worker *w = &p->worker[p->threads];
		*w = (struct worker){.pool = p, .id = p->threads};
		if (pthread_create(&w->thread, NULL, worker_main, w))
			break;
	}
	return p;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	atomic_store(&p->quit, true);
	pthread_cond_broadcast(&p->start);
	pthread_mutex_unlock(&p->lock);
	for (int i = 1; i < p->threads; i++)
		pthread_join(p->worker[i].thread, NULL);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->start);
	pthread_cond_destroy(&p->done);
	free(p->worker);
	free(p);
}

int pool_threads(const struct pool *p)
{
	return p->threads;
}

static void await_blocks(struct pool *p)
{
	for (int i = 0; i < p->spin; i++) {
		if (!atomic_load(&p->unfinished))
			return;
		relax();
	}
	pthread_mutex_lock(&p->lock);
	atomic_store(&p->waiting, true);
	while (atomic_load(&p->unfinished))
		pthread_cond_wait(&p->done, &p->lock);
	atomic_store(&p->waiting, false);
	pthread_mutex_unlock(&p->lock);
}

void pool_run(struct pool *p, size_t n, void (*work)(void *ctx, size_t block, int worker), void *ctx)
{
	if (p->threads == 1 || n <= 1) {
		for (size_t i = 0; i < n; i++)
			work(ctx, i, 0);
		return;
	}
	p->n = n;
	p->work = work;
	p->ctx = ctx;
	atomic_store(&p->unfinished, n);
	atomic_store(&p->left, n);
	if (atomic_load(&p->sleepers)) {
		pthread_mutex_lock(&p->lock);
		if (n - 1 < (size_t)p->threads - 1)
			for (size_t i = 1; i < n; i++)
				pthread_cond_signal(&p->start);
		else
			pthread_cond_broadcast(&p->start);
		pthread_mutex_unlock(&p->lock);
	}
	drain(p, 0);
	await_blocks(p);
}
