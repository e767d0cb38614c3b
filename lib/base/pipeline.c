/* Items that are read in order, worked on by all threads in any order, and written in order again. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/pool_parts.h"

/* Items are numbered from 0; item i lives in slot i % slots. first <= taken <= grouped <= next: those before first are
 * consumed, those before taken were given to a worker, those before grouped may be, those before next are read. */
struct line {
	struct pool *pool; /* its lock is the line's too, so that one signal wakes for either */
	const struct pipeline *l;
	uint64_t slots, batch;
	bool *ready; /* per slot: worked on, waiting to be consumed */
	uint64_t first, taken, grouped, next;
	bool producing, grouping, consuming, ended, stopped;
	bool produce_failed;
	struct err produce_err, consume_err;
	atomic_uint changes;
};

/* These four are called with the lock held and let it go while the caller's function runs. */
static void consume_one(struct line *s)
{
	int slot = s->first % s->slots;
	s->consuming = true;
	pthread_mutex_unlock(&s->pool->lock);
	int rc = s->l->consume(s->l->ctx, slot, &s->consume_err);
	pthread_mutex_lock(&s->pool->lock);
	s->consuming = false;
	s->ready[slot] = false;
	s->first++;
	if (rc)
		s->stopped = true;
}

static void work_one(struct line *s, int worker)
{
	int slot = s->taken++ % s->slots;
	pthread_mutex_unlock(&s->pool->lock);
	if (s->l->work)
		s->l->work(s->l->ctx, slot, worker);
	pthread_mutex_lock(&s->pool->lock);
	s->ready[slot] = true;
}

static void group_some(struct line *s)
{
	uint64_t n = s->next - s->grouped < s->batch ? s->next - s->grouped : s->batch;
	s->grouping = true;
	pthread_mutex_unlock(&s->pool->lock);
	s->l->group(s->l->ctx, s->grouped % s->slots, n);
	pthread_mutex_lock(&s->pool->lock);
	s->grouping = false;
	s->grouped += n;
}

/* An error ends the input like an end does: what came before it is still worked on and consumed, so that the output
 * does not depend on how far ahead the threads had read. */
static void produce_one(struct line *s)
{
	s->producing = true;
	pthread_mutex_unlock(&s->pool->lock);
	int rc = s->l->produce(s->l->ctx, s->next % s->slots, &s->produce_err);
	pthread_mutex_lock(&s->pool->lock);
	s->producing = false;
	s->ended = rc <= 0;
	s->produce_failed = rc < 0;
	if (rc > 0)
		s->next++;
	if (rc > 0 && !s->l->group)
		s->grouped++;
}

static bool can_group(const struct line *s)
{
	return !s->grouping && (s->next - s->grouped >= s->batch || (s->ended && s->grouped < s->next));
}

/* Nothing to do here: for what a group runs in the pool, or for a change. */
static void help(struct line *s)
{
	unsigned seen = s->changes;
	pthread_mutex_unlock(&s->pool->lock);
	pool_help(s->pool, &s->changes, seen);
	pthread_mutex_lock(&s->pool->lock);
}

static void run(void *ctx, size_t block, int worker)
{
	struct line *s = ctx;
	(void)block;
	pthread_mutex_lock(&s->pool->lock);
	while (!s->stopped && !(s->ended && s->first == s->next)) {
		if (!s->consuming && s->first < s->next && s->ready[s->first % s->slots])
			consume_one(s);
		else if (s->taken < s->grouped)
			work_one(s, worker);
		else if (can_group(s))
			group_some(s);
		else if (!s->producing && !s->ended && s->next - s->first < s->slots)
			produce_one(s);
		else {
			help(s);
			continue;
		}
		s->changes++;
		pthread_cond_broadcast(&s->pool->start);
	}
	pthread_mutex_unlock(&s->pool->lock);
}

int pool_pipeline(struct pool *p, int slots, const struct pipeline *l, struct err *e)
{
	struct line s = {.pool = p, .l = l, .slots = slots > 0 ? slots : 1, .batch = l->batch > 0 ? l->batch : 1};
	s.ready = xcalloc(s.slots, sizeof *s.ready);
	p->piping = true;
	pool_job(p, &p->outer, (size_t)p->threads, run, &s);
	p->piping = false;
	free(s.ready);
	if (!s.stopped && !s.produce_failed)
		return 0;
	if (e)
		*e = s.stopped ? s.consume_err : s.produce_err;
	return -1;
}
