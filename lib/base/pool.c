/* A pool of threads that shares out n fixed blocks of work. What a block does never depends on who does it. */
#include "base/pool_parts.h"

#include <stdlib.h>

#include "base/mem.h"

static _Thread_local const struct worker *self; /* NULL in a thread that no pool started */

static void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* Does blocks until none is left to claim. */
static void drain(struct pool *p, struct job *j, int worker)
{
	size_t left = atomic_load(&j->left);
	while (left) {
		if (!atomic_compare_exchange_weak(&j->left, &left, left - 1))
			continue;
		j->work(j->ctx, j->n - left, worker);
		if (atomic_fetch_sub(&j->unfinished, 1) == 1 && atomic_load(&j->waiting)) {
			pthread_mutex_lock(&p->lock);
			pthread_cond_broadcast(&p->done);
			pthread_mutex_unlock(&p->lock);
		}
		left = atomic_load(&j->left);
	}
}

/* Sleeps until there are blocks of the job to claim, or *news is no longer what was seen of it. */
static void await_job(struct pool *p, struct job *j, const atomic_uint *news, unsigned seen)
{
	for (int i = 0; i < p->spin; i++) {
		if (atomic_load(&j->left) || atomic_load(news) != seen)
			return;
		relax();
	}
	pthread_mutex_lock(&p->lock);
	atomic_fetch_add(&p->sleepers, 1);
	while (!atomic_load(&j->left) && atomic_load(news) == seen)
		pthread_cond_wait(&p->start, &p->lock);
	atomic_fetch_sub(&p->sleepers, 1);
	pthread_mutex_unlock(&p->lock);
}

/* The calling thread's number in this pool. */
static int number_in(const struct pool *p)
{
	return self && self->pool == p ? self->id : 0;
}

void pool_help(struct pool *p, const atomic_uint *news, unsigned seen)
{
	await_job(p, &p->inner, news, seen);
	drain(p, &p->inner, number_in(p));
}

static void *worker_main(void *arg)
{
	struct pool *p = (self = arg)->pool;
	while (!atomic_load(&p->quit)) {
		drain(p, &p->outer, self->id);
		await_job(p, &p->outer, &p->quit, 0);
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
	atomic_store(&p->quit, 1);
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

static void await_blocks(struct pool *p, struct job *j)
{
	for (int i = 0; i < p->spin; i++) {
		if (!atomic_load(&j->unfinished))
			return;
		relax();
	}
	pthread_mutex_lock(&p->lock);
	atomic_store(&j->waiting, true);
	while (atomic_load(&j->unfinished))
		pthread_cond_wait(&p->done, &p->lock);
	atomic_store(&j->waiting, false);
	pthread_mutex_unlock(&p->lock);
}

static void wake(struct pool *p, size_t n)
{
	pthread_mutex_lock(&p->lock);
	if (n < (size_t)p->threads - 1)
		for (size_t i = 0; i < n; i++)
			pthread_cond_signal(&p->start);
	else
		pthread_cond_broadcast(&p->start);
	pthread_mutex_unlock(&p->lock);
}

void pool_job(struct pool *p, struct job *j, size_t n, void (*work)(void *ctx, size_t block, int worker), void *ctx)
{
	int worker = number_in(p);
	if (p->threads == 1 || n <= 1) {
		for (size_t i = 0; i < n; i++)
			work(ctx, i, worker);
		return;
	}
	j->n = n;
	j->work = work;
	j->ctx = ctx;
	atomic_store(&j->unfinished, n);
	atomic_store(&j->left, n);
	if (atomic_load(&p->sleepers))
		wake(p, n - 1);
	drain(p, j, worker);
	await_blocks(p, j);
}

void pool_run(struct pool *p, size_t n, void (*work)(void *ctx, size_t block, int worker), void *ctx)
{
	pool_job(p, p->piping ? &p->inner : &p->outer, n, work, ctx);
}
