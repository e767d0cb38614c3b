/* The thread pool and the ordered pipeline; meant to be run under the thread sanitizer too. */
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/pool.h"
#include "unit.h"

struct sum {
	int count[1000];
	int per_worker[16];
	int threads;
};

static void count_block(void *ctx, size_t block, int worker)
{
	struct sum *s = ctx;
	s->count[block]++; /* not atomic: a block done twice, or seen too early, is a race */
	if (worker < 0 || worker >= s->threads)
		abort();
	s->per_worker[worker]++;
}

static void every_block_once(void **state)
{
	(void)state;
	for (int threads = 0; threads <= 5; threads++) {
		struct sum s = {.threads = threads > 0 ? threads : 1};
		struct pool *p = pool_new(threads);
		assert_int_equal(pool_threads(p), s.threads);
		int rounds = 200, blocks = 0;
		for (int i = 0; i < rounds; i++) {
			size_t n = i * 7 % 1000;
			pool_run(p, n, count_block, &s);
			blocks += n;
		}
		int total = 0, workers = 0;
		for (int i = 0; i < 1000; i++)
			total += s.count[i];
		for (int i = 0; i < 16; i++)
			workers += s.per_worker[i];
		assert_int_equal(total, blocks);
		assert_int_equal(workers, blocks);
		pool_free(p);
	}
	pool_free(NULL);
}

/* Jobs follow each other faster than sleeping workers wake, and with pauses in which they fall asleep. */
static void many_small_runs(void **state)
{
	(void)state;
	struct sum s = {.threads = 3};
	struct pool *p = pool_new(3);
	for (int i = 0; i < 20000; i++) {
		pool_run(p, 1 + i % 4, count_block, &s);
		if (i % 1000 == 0)
			nanosleep(&(struct timespec){0, 2000000}, NULL);
	}
	assert_int_equal(s.count[0], 20000);
	assert_int_equal(s.count[3], 5000);
	pool_free(p);
}

struct stage {
	int slots, items, produced, consumed, in_flight, most;
	int fail_produce, fail_consume; /* at this item, -1 never */
	long value[24];
	atomic_int producing, consuming;
	int work_calls[8];
};

static int produce(void *ctx, int slot, struct err *e)
{
	struct stage *s = ctx;
	if (atomic_fetch_add(&s->producing, 1))
		abort();
	int rc = 1;
	if (s->produced == s->fail_produce)
		rc = err_set(e, "produce %d", s->produced);
	else if (s->produced == s->items)
		rc = 0;
	else
		s->value[slot] = s->produced++;
	atomic_fetch_sub(&s->producing, 1);
	return rc;
}

static void work(void *ctx, int slot, int worker)
{
	struct stage *s = ctx;
	(void)worker;
	if (s->value[slot] % 3 == 0)
		sched_yield();
	s->value[slot] = s->value[slot] * s->value[slot];
}

static int consume(void *ctx, int slot, struct err *e)
{
	struct stage *s = ctx;
	if (atomic_fetch_add(&s->consuming, 1))
		abort();
	int rc = s->value[slot] == (long)s->consumed * s->consumed ? 0 : err_set(e, "out of order");
	if (s->consumed == s->fail_consume)
		rc = err_set(e, "consume %d", s->consumed);
	else
		s->consumed++;
	atomic_fetch_sub(&s->consuming, 1);
	return rc;
}

static int run_line(struct stage *s, int threads, struct err *e)
{
	struct pool *p = pool_new(threads);
	struct pipeline l = {s, produce, work, consume, NULL, 0};
	int rc = pool_pipeline(p, s->slots, &l, e);
	pool_free(p);
	return rc;
}

static void in_order(void **state)
{
	(void)state;
	struct err e;
	for (int threads = 1; threads <= 4; threads++)
		for (int slots = 1; slots <= 8; slots++) {
			struct stage s = {.slots = slots, .items = 300, .fail_produce = -1, .fail_consume = -1};
			assert_int_equal(run_line(&s, threads, &e), 0);
			assert_int_equal(s.consumed, 300);
		}
	struct stage none = {.slots = 2, .items = 0, .fail_produce = -1, .fail_consume = -1};
	assert_int_equal(run_line(&none, 3, &e), 0);
}

struct grouped {
	struct stage s;
	int batch, calls, grouped;
	atomic_int grouping;
	bool has[24], bad;
};

static void group(void *ctx, int slot, int n)
{
	struct grouped *g = ctx;
	if (atomic_fetch_add(&g->grouping, 1))
		abort();
	g->bad |= n > g->batch || (n < g->batch && g->grouped + n < g->s.items) || slot != g->grouped % g->s.slots;
	for (int i = slot; i < slot + n; i++) {
		g->bad |= g->s.value[i] != g->grouped++;
		g->has[i] = true;
	}
	g->calls++;
	atomic_fetch_sub(&g->grouping, 1);
}

static void work_grouped(void *ctx, int slot, int worker)
{
	struct grouped *g = ctx;
	if (!g->has[slot])
		abort();
	g->has[slot] = false;
	work(&g->s, slot, worker);
}

/* Batches are whole but for the last, come in order and before anybody works on their items. */
static void in_batches(void **state)
{
	(void)state;
	struct err e;
	for (int threads = 1; threads <= 4; threads++)
		for (int batch = 1; batch <= 8; batch++)
			for (int k = 1; k <= 3; k++)
				for (int fail = -1; fail < 200; fail += 71) {
					struct grouped g = {.s = {.slots = k * batch, .items = fail < 0 ? 200 : fail, .fail_produce = fail,
					                          .fail_consume = -1}, .batch = batch};
					struct pipeline l = {&g, produce, work_grouped, consume, group, batch};
					struct pool *p = pool_new(threads);
					assert_int_equal(pool_pipeline(p, g.s.slots, &l, &e), fail < 0 ? 0 : -1);
					pool_free(p);
					assert_int_equal(g.s.consumed, g.s.items);
					assert_int_equal(g.calls, (g.s.items + batch - 1) / batch);
					assert_false(g.bad);
				}
}

struct nested {
	struct stage s;
	struct pool *pool;
	atomic_int busy[4], met; /* per worker; of two blocks that wait for each other */
	atomic_long sum;
	bool meet;
};

static void add_block(void *ctx, size_t block, int worker)
{
	struct nested *g = ctx;
	if (atomic_fetch_add(&g->busy[worker], 1))
		abort(); /* two threads with one worker's scratch */
	atomic_fetch_add(&g->sum, (long)block);
	if (g->meet) {
		atomic_fetch_add(&g->met, 1);
		for (int ms = 0; atomic_load(&g->met) % 2 && ms < 10000; ms++)
			nanosleep(&(struct timespec){0, 1000000}, NULL);
	}
	atomic_fetch_sub(&g->busy[worker], 1);
}

static void group_runs(void *ctx, int slot, int n)
{
	struct nested *g = ctx;
	(void)slot;
	for (int i = 0; i < n; i++)
		pool_run(g->pool, g->meet ? 2 : 1 + (size_t)i * 13, add_block, g);
}

/* A group's own blocks are each done once, by as many threads as there are, with scratch of their own; also when the
 * pipeline ends early. */
static void group_in_blocks(void **state)
{
	(void)state;
	struct err e;
	for (int threads = 1; threads <= 4; threads++)
		for (int fail = -1; fail < 100; fail += 50) {
			struct nested g = {.s = {.slots = 16, .items = 800, .fail_produce = -1, .fail_consume = fail}};
			g.pool = pool_new(threads);
			struct pipeline l = {&g, produce, work, consume, group_runs, 8};
			for (int again = 0; again < 3; again++) {
				g.s.produced = g.s.consumed = 0;
				assert_int_equal(pool_pipeline(g.pool, g.s.slots, &l, &e), fail < 0 ? 0 : -1);
			}
			if (fail < 0)
				assert_int_equal(g.sum, 3 * 100 * (0 + 91 + 351 + 780 + 1378 + 2145 + 3081 + 4186));
			struct sum s = {.threads = threads};
			pool_run(g.pool, 1000, count_block, &s);
			assert_int_equal(s.count[999], 1);
			pool_free(g.pool);
		}
}

static void idle_threads_help(void **state)
{
	(void)state;
	struct err e;
	struct nested g = {.s = {.slots = 4, .items = 20, .fail_produce = -1, .fail_consume = -1}, .meet = true};
	g.pool = pool_new(2);
	struct pipeline l = {&g, produce, work, consume, group_runs, 2};
	struct timespec from, to;
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_int_equal(pool_pipeline(g.pool, 4, &l, &e), 0);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_int_equal(g.met, 40);
	assert_true(to.tv_sec - from.tv_sec < 10); /* both blocks of a run were under way at once */
	pool_free(g.pool);
}

/* What came before a failing producer is still consumed; a failing consumer stops everything. */
static void failures(void **state)
{
	(void)state;
	struct err e;
	for (int threads = 1; threads <= 4; threads++) {
		struct stage p = {.slots = 4, .items = 300, .fail_produce = 100, .fail_consume = -1};
		assert_int_equal(run_line(&p, threads, &e), -1);
		assert_string_equal(e.text, "produce 100");
		assert_int_equal(p.consumed, 100);
		struct stage c = {.slots = 4, .items = 300, .fail_produce = -1, .fail_consume = 50};
		assert_int_equal(run_line(&c, threads, &e), -1);
		assert_string_equal(e.text, "consume 50");
		assert_int_equal(c.consumed, 50);
		assert_in_range(c.produced, 51, 55);
		struct stage both = {.slots = 4, .items = 300, .fail_produce = 12, .fail_consume = 10};
		assert_int_equal(run_line(&both, threads, NULL), -1);
		assert_int_equal(both.consumed, 10);
	}
}

/* Affinity is honoured. */
static void cpus(void **state)
{
	(void)state;
	cpu_set_t old, one;
	assert_true(pool_cpus() >= 1);
	assert_int_equal(sched_getaffinity(0, sizeof old, &old), 0);
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &old)) {
			CPU_SET(i, &one);
			break;
		}
	assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
	assert_int_equal(pool_cpus(), 1);
	sched_setaffinity(0, sizeof old, &old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_block_once), cmocka_unit_test(many_small_runs), cmocka_unit_test(in_order),
		cmocka_unit_test(in_batches),       cmocka_unit_test(failures),        cmocka_unit_test(cpus),
		cmocka_unit_test(group_in_blocks),  cmocka_unit_test(idle_threads_help),
	};
	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
