#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/pool.h"

/* Items are numbered from 0; item i lives in slot i % slots. Those in flight are first <= i < next. */
struct line {
	const struct pipeline *l;
	int slots;
	bool *ready; /* per slot: worked on, waiting to be consumed */
	uint64_t first, next;
	bool producing, consuming, ended, stopped;
	bool produce_failed;
	struct err produce_err, consume_err;
	pthread_mutex_t lock;
	pthread_cond_t change;
};

/* These three are called with the lock held and let it go while the caller's function runs. */
static void consume_one(struct line *s)
{
	int slot = s->first % s->slots;
	s->consuming = true;
	pthread_mutex_unlock(&s->lock);
	int rc = s->l->consume(s->l->ctx, slot, &s->consume_err);
	pthread_mutex_lock(&s->lock);
	s->consuming = false;
	s->ready[slot] = false;
	s->first++;
	if (rc)
		s->stopped = true;
	pthread_cond_broadcast(&s->change);
}

static void work_one(struct line *s, int slot, int worker)
{
	pthread_mutex_unlock(&s->lock);
	s->l->work(s->l->ctx, slot, worker);
	pthread_mutex_lock(&s->lock);
	s->ready[slot] = true;
	pthread_cond_broadcast(&s->change);
}

/* An error ends the input like an end does: what came before it is still worked on and consumed, so that the output
 * does not depend on how far ahead the threads had read. */
static void produce_one(struct line *s, int worker)
{
	int slot = s->next % s->slots;
	s->producing = true;
	pthread_mutex_unlock(&s->lock);
	int rc = s->l->produce(s->l->ctx, slot, &s->produce_err);
	pthread_mutex_lock(&s->lock);
	s->producing = false;
	s->ended = rc <= 0;
	s->produce_failed = rc < 0;
	pthread_cond_broadcast(&s->change);
	if (rc > 0) {
		s->next++;
		work_one(s, slot, worker);
	}
}

static void run(void *ctx, size_t block, int worker)
{
	struct line *s = ctx;
	(void)block;
	pthread_mutex_lock(&s->lock);
	while (!s->stopped && !(s->ended && s->first == s->next)) {
		if (!s->consuming && s->first < s->next && s->ready[s->first % s->slots])
			consume_one(s);
		else if (!s->producing && !s->ended && s->next - s->first < (uint64_t)s->slots)
			produce_one(s, worker);
		else
			pthread_cond_wait(&s->change, &s->lock);
	}
	pthread_mutex_unlock(&s->lock);
}

int pool_pipeline(struct pool *p, int slots, const struct pipeline *l, struct err *e)
{
	struct line s = {.l = l, .slots = slots > 0 ? slots : 1};
	s.ready = xcalloc(s.slots, sizeof *s.ready);
	pthread_mutex_init(&s.lock, NULL);
	pthread_cond_init(&s.change, NULL);
	pool_run(p, pool_threads(p), run, &s);
	pthread_mutex_destroy(&s.lock);
	pthread_cond_destroy(&s.change);
	free(s.ready);
	if (!s.stopped && !s.produce_failed)
		return 0;
	if (e)
		*e = s.stopped ? s.consume_err : s.produce_err;
	return -1;
}
