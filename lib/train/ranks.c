/* What several processes exchange, and in which order it is added. */
#include "train/ranks.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/digest.h"
#include "base/mem.h"

struct ranks_job {
	struct ranks_job *next;
	float *v; /* to be summed up: v[n]; else gathered: buf */
	size_t n;
	int active;
	bool scatter, spread;
	unsigned char *buf;
	size_t at[]; /* [ranks + 1] */
};

struct talk {
	struct wire wire;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, idle;
	struct ranks_job *first, **last;
	bool busy, over;
	float *room; /* what comes in, before it is added */
	size_t roomcap;
};

/* 1. What the thread does. */

static CLONES void add(float *restrict to, const float *restrict from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] += from[i];
}

/* The halves of a range, one of which rank me keeps at this distance. */
struct half {
	size_t keep, nkeep, give, ngive;
};
static struct half halve(size_t begin, size_t n, bool upper)
{
	size_t low = n / 2 / RANKS_BLOCK * RANKS_BLOCK;

	if (upper)
		return (struct half){begin + low, n - low, begin, low};
	return (struct half){begin, low, begin + low, n - low};
}

/* What rank me keeps and gives away of n floats at every distance; how many those are. */
enum { LEVELS = 31 };
static int halves(const struct ranks *r, size_t n, struct half h[LEVELS])
{
	size_t begin = 0;
	int levels = 0;

	for (int d = 1; d < r->n; d *= 2, levels++) {
		h[levels] = halve(begin, n, r->me & d);
		begin = h[levels].keep;
		n = h[levels].nkeep;
	}
	return levels;
}

/* Recursive halving, then doubling (Thakur, Rabenseifner and Gropp 2005): every number is added up by one rank along
 * the tree, a + b and b + a being the same bits, and then passed on. */
static void do_scatter(struct ranks *r, const struct ranks_job *j, const struct half *h, int levels)
{
	struct wire *w = &r->talk->wire;

	if (j->n > r->talk->roomcap) {
		free(r->talk->room);
		r->talk->room = xcalloc(j->n, sizeof *r->talk->room);
		r->talk->roomcap = j->n;
	}
	for (int i = 0; i < levels; i++) {
		int d = 1 << i, peer = r->me ^ d;
		bool mine = (r->me & -d) < j->active, theirs = (peer & -d) < j->active; /* is anybody in that subtree? */
		float *keep = j->v + h[i].keep, *in = mine ? r->talk->room : keep;

		w->exchange(w->ctx, peer, j->v + h[i].give, mine ? h[i].ngive * sizeof(float) : 0, in,
		            theirs ? h[i].nkeep * sizeof(float) : 0);
		if (mine && theirs)
			add(keep, in, h[i].nkeep);
	}
}

static void do_spread(struct ranks *r, const struct ranks_job *j, const struct half *h, int levels)
{
	struct wire *w = &r->talk->wire;

	while (levels--)
		w->exchange(w->ctx, r->me ^ 1 << levels, j->v + h[levels].keep, h[levels].nkeep * sizeof(float),
		            j->v + h[levels].give, h[levels].ngive * sizeof(float));
}

static void do_floats(struct ranks *r, const struct ranks_job *j)
{
	struct half h[LEVELS];
	int levels = halves(r, j->n, h);

	if (j->scatter)
		do_scatter(r, j, h, levels);
	if (j->spread)
		do_spread(r, j, h, levels);
}

static void do_gather(struct ranks *r, const struct ranks_job *j)
{
	struct wire *w = &r->talk->wire;

	for (int d = 1; d < r->n; d *= 2) {
		int a = r->me & -d, b = a ^ d;

		w->exchange(w->ctx, r->me ^ d, j->buf + j->at[a], j->at[a + d] - j->at[a], j->buf + j->at[b],
		            j->at[b + d] - j->at[b]);
	}
}

static struct ranks_job *take_job(struct talk *t)
{
	struct ranks_job *j;

	pthread_mutex_lock(&t->lock);
	t->busy = false;
	if (!t->first)
		pthread_cond_signal(&t->idle);
	while (!t->first && !t->over)
		pthread_cond_wait(&t->work, &t->lock);
	if ((j = t->first)) {
		t->busy = true;
		t->first = j->next;
		if (!t->first)
			t->last = &t->first;
	}
	pthread_mutex_unlock(&t->lock);
	return j;
}

static void *run(void *arg)
{
	struct ranks *r = arg;
	struct ranks_job *j;

	while ((j = take_job(r->talk))) {
		if (j->v)
			do_floats(r, j);
		else
			do_gather(r, j);
		free(j);
	}
	return NULL;
}

/* 2. What the others do. */

struct ranks *ranks_new(int n, int me, struct wire w, struct err *e)
{
	struct ranks *r = xcalloc(1, sizeof *r);
	struct talk *t = r->talk = xcalloc(1, sizeof *t);
	sigset_t all, before;
	int rc;

	*r = (struct ranks){n, me, t};
	*t = (struct talk){.wire = w, .last = &t->first, .busy = true};
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->work, NULL);
	pthread_cond_init(&t->idle, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	rc = pthread_create(&t->thread, NULL, run, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!rc)
		return r;
	err_set(e, "cannot start a thread: %s", strerror(rc));
	free(t);
	free(r);
	return NULL;
}

void ranks_free(struct ranks *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->talk->lock);
	r->talk->over = true;
	pthread_cond_signal(&r->talk->work);
	pthread_mutex_unlock(&r->talk->lock);
	pthread_join(r->talk->thread, NULL);
	pthread_cond_destroy(&r->talk->idle);
	pthread_cond_destroy(&r->talk->work);
	pthread_mutex_destroy(&r->talk->lock);
	free(r->talk->room);
	free(r->talk);
	free(r);
}

static void queue_job(struct talk *t, struct ranks_job *j)
{
	pthread_mutex_lock(&t->lock);
	*t->last = j;
	t->last = &j->next;
	pthread_cond_signal(&t->work);
	pthread_mutex_unlock(&t->lock);
}

void ranks_own(const struct ranks *r, size_t n, size_t *begin, size_t *end)
{
	struct half h[LEVELS];
	int levels = r ? halves(r, n, h) : 0;

	*begin = levels ? h[levels - 1].keep : 0;
	*end = levels ? *begin + h[levels - 1].nkeep : n;
}

static void put_floats(struct ranks *r, float *v, size_t n, int active, bool scatter, bool spread)
{
	struct ranks_job *j;

	if (!r)
		return;
	j = xcalloc(1, sizeof *j);
	*j = (struct ranks_job){.v = v, .n = n, .active = active, .scatter = scatter, .spread = spread};
	queue_job(r->talk, j);
}

void ranks_scatter(struct ranks *r, float *v, size_t n, int active)
{
	put_floats(r, v, n, active, true, false);
}

void ranks_spread(struct ranks *r, float *v, size_t n)
{
	put_floats(r, v, n, 0, false, true);
}

void ranks_sum(struct ranks *r, float *v, size_t n, int active)
{
	put_floats(r, v, n, active, true, true);
}

void ranks_gather(struct ranks *r, void *buf, const size_t *at)
{
	struct ranks_job *j;

	if (!r)
		return;
	j = xcalloc(1, sizeof *j + ((size_t)r->n + 1) * sizeof *at);
	j->buf = buf;
	memcpy(j->at, at, ((size_t)r->n + 1) * sizeof *at);
	queue_job(r->talk, j);
}

void ranks_wait(struct ranks *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->talk->lock);
	while (r->talk->first || r->talk->busy)
		pthread_cond_wait(&r->talk->idle, &r->talk->lock);
	pthread_mutex_unlock(&r->talk->lock);
}

static size_t share(const struct ranks *r, size_t n, int k)
{
	return n * (size_t)k / (size_t)r->n;
}

void ranks_share(const struct ranks *r, size_t n, size_t *begin, size_t *end)
{
	*begin = r ? share(r, n, r->me) : 0;
	*end = r ? share(r, n, r->me + 1) : n;
}

void ranks_collect(struct ranks *r, void *buf, size_t n, size_t size)
{
	size_t *at;

	if (!r)
		return;
	at = xcalloc((size_t)r->n + 1, sizeof *at);
	for (int k = 0; k <= r->n; k++)
		at[k] = share(r, n, k) * size;
	ranks_gather(r, buf, at);
	ranks_wait(r);
	free(at);
}

bool ranks_any(struct ranks *r, bool mine)
{
	float sum = mine; /* of at most 2^24 ones */

	ranks_sum(r, &sum, 1, r ? r->n : 1);
	ranks_wait(r);
	return sum > 0;
}

int ranks_same(struct ranks *r, const char *what, const void *bytes, size_t n, struct err *e)
{
	char(*hex)[SHA256_HEX];
	int other = 0;

	if (!r)
		return 0;
	hex = xcalloc((size_t)r->n, sizeof *hex);
	sha256_of(bytes, n, hex[r->me]);
	ranks_collect(r, hex, (size_t)r->n, sizeof *hex);
	for (int k = r->n - 1; k > 0; k--)
		if (strcmp(hex[k], hex[0]))
			other = k;
	free(hex);
	return other ? err_set(e, "rank %d has another %s than rank 0", other, what) : 0;
}
