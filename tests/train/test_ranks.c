/* Ranks as threads of one process: sums in the same tree whatever their number, and training with them. */
#include "train_data.h"

#include <pthread.h>

#include "base/digest.h"
#include "base/rng.h"
#include "train/gradients.h"
#include "train/ranks.h"
#include "train/trainer.h"

/* 1. A wire between threads: a box from every rank to every other, for one message. */

enum { RANKS = 8 };
struct box {
	const void *from;
	size_t n;
	bool full;
};
static struct box box[RANKS][RANKS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;

static void exchange(void *ctx, int peer, const void *out, size_t nout, void *in, size_t nin)
{
	int me = (int)(intptr_t)ctx;

	pthread_mutex_lock(&lock);
	if (nout) {
		box[me][peer] = (struct box){out, nout, true};
		pthread_cond_broadcast(&change);
	}
	if (nin) {
		while (!box[peer][me].full)
			pthread_cond_wait(&change, &lock);
		if (box[peer][me].n != nin)
			abort(); /* a thread that is not cmocka's cannot fail */
		memcpy(in, box[peer][me].from, nin);
		box[peer][me].full = false;
		pthread_cond_broadcast(&change);
	}
	while (nout && box[me][peer].full)
		pthread_cond_wait(&change, &lock);
	pthread_mutex_unlock(&lock);
}

struct life {
	pthread_t thread;
	struct ranks *r;
	void (*work)(struct ranks *r, void *arg, int me);
	void *arg;
	int me;
};

static void *live(void *arg)
{
	struct life *l = arg;

	l->work(l->r, l->arg, l->me);
	ranks_any(l->r, false);
	return NULL;
}

static void with_ranks(int n, void (*work)(struct ranks *r, void *arg, int me), void *arg)
{
	struct life life[RANKS];
	struct err e;

	for (int k = 0; k < n; k++) {
		life[k] = (struct life){.work = work, .arg = arg, .me = k};
		if (n > 1)
			life[k].r = ranks_new(n, k, (struct wire){(void *)(intptr_t)k, exchange}, &e);
		pthread_create(&life[k].thread, NULL, live, &life[k]);
	}
	for (int k = 0; k < n; k++) {
		pthread_join(life[k].thread, NULL);
		ranks_free(life[k].r);
	}
}

/* 2. The tree. */

enum { FLOATS = 1001, MANY = 9 * RANKS_BLOCK + 77, PARTS = 16 };
static float value[PARTS][MANY];

static void make_values(void)
{
	struct rng r = rng_at(3, RNG_SHUFFLE, 0, 0);

	for (int i = 0; i < PARTS; i++)
		for (int k = 0; k < MANY; k++)
			value[i][k] = k ? (float)(rng_uniform(&r) - .5) * (float)(1 << (i * 5 % 16)) : -0.f;
}

/* The definition: of places [at, at + width) those are there that `there` marks. */
static bool tree(const bool *there, int at, int width, int k, float *sum)
{
	float a, b;
	bool left, right;

	if (width == 1) {
		*sum = value[at][k];
		return there[at];
	}
	left = tree(there, at, width / 2, k, &a);
	right = tree(there, at + width / 2, width / 2, k, &b);
	*sum = left && right ? a + b : left ? a : b;
	return left || right;
}

/* Parts are missing at the end of a subtree, never at its start: see train_step.c. */
static bool possible(unsigned mask, int width)
{
	unsigned half = (1u << width / 2) - 1, left = mask & half, right = mask >> width / 2 & half;

	return width == 1 || ((left || !right) && possible(left, width / 2) && possible(right, width / 2));
}

static void parts_are_summed_in_a_tree(void **state)
{
	struct gradients *g = gradients_new(FLOATS);

	(void)state;
	make_values();
	for (unsigned mask = 1; mask < 1u << PARTS; mask++) {
		bool there[PARTS];
		int place[PARTS + 1], n = 0;

		if (!possible(mask, PARTS))
			continue;
		for (int i = 0; i < PARTS; i++)
			if ((there[i] = mask >> i & 1))
				place[n++] = i;
		place[n] = -1;
		for (int i = 0; i < n; i++)
			for (size_t end = FLOATS; end > 0; end = end > 400 ? end - 400 : 0)
				gradients_add(g, place[i], place[i + 1], value[place[i]], end > 400 ? end - 400 : 0, end);
		for (int k = 0; k < FLOATS; k += 100) {
			float want;

			tree(there, 0, PARTS, k, &want);
			assert_memory_equal(&gradients_sum(g)[k], &want, sizeof want);
		}
	}
	gradients_free(g);
}

struct sums {
	int n, active; /* ranks; those that have something */
	float v[RANKS][3][MANY];
	char note[RANKS][8];
	bool any[RANKS][2], same[RANKS];
};

/* A sum in two steps, of which the first leaves what it likes in the parts of others. */
static void scatter_and_spread(struct ranks *r, float *v, int active)
{
	size_t begin, end;

	ranks_scatter(r, v, MANY, active);
	ranks_wait(r);
	ranks_own(r, MANY, &begin, &end);
	if (begin % RANKS_BLOCK || (end % RANKS_BLOCK && end != MANY))
		abort();
	for (size_t k = 0; k < MANY; k++)
		if (k < begin || k >= end)
			v[k] = 99;
	ranks_spread(r, v, MANY);
}

static void do_sums(struct ranks *r, void *arg, int me)
{
	struct sums *s = arg;
	const size_t at[] = {0, 1, 1, 3, 4, 4, 6, 7, 8};
	struct err e;

	for (int k = 0; k < MANY; k++)
		s->v[me][0][k] = s->v[me][1][k] = s->v[me][2][k] = me < s->active ? value[me][k] : 77;
	ranks_sum(r, s->v[me][0], MANY, s->active);
	if (s->n == RANKS) {
		memset(s->note[me], 0, 8);
		memset(s->note[me] + at[me], 'a' + me, at[me + 1] - at[me]);
		ranks_gather(r, s->note[me], at);
	}
	ranks_sum(r, s->v[me][1], 3, s->active);
	scatter_and_spread(r, s->v[me][2], s->active);
	ranks_wait(r);
	s->any[me][0] = ranks_any(r, false);
	s->any[me][1] = ranks_any(r, me == s->n - 1);
	s->same[me] = !ranks_same(r, "word", "same", 4, &e) && ranks_same(r, "word", me == 1 ? "sume" : "same", 4, &e) &&
	              !strcmp(e.text, "rank 1 has another word than rank 0");
}

static void ranks_are_summed_in_a_tree(void **state)
{
	static struct sums s;

	(void)state;
	for (s.n = 2; s.n <= RANKS; s.n *= 2)
		for (s.active = 1; s.active <= s.n; s.active++) {
			bool there[PARTS] = {false};

			memset(there, true, (size_t)s.active);
			with_ranks(s.n, do_sums, &s);
			for (int me = 0; me < s.n; me++) {
				for (int k = 0; k < MANY; k++) {
					float want;

					tree(there, 0, PARTS, k, &want);
					if (memcmp(&s.v[me][0][k], &want, sizeof want) || memcmp(&s.v[me][2][k], &want, sizeof want))
						fail_msg("%d of %d ranks, float %d", s.active, s.n, k);
					want = k < 3 ? want : me < s.active ? value[me][k] : 77;
					if (memcmp(&s.v[me][1][k], &want, sizeof want))
						fail_msg("three floats: %d of %d ranks, float %d", s.active, s.n, k);
				}
				assert_true(!s.any[me][0] && s.any[me][1] && s.same[me]);
				if (s.n == RANKS)
					assert_memory_equal(s.note[me], "accdffgh", 8);
			}
		}
}

/* 3. Training. */

static struct dataset set;

struct training {
	struct train_options o;
	char digest[RANKS][SHA256_HEX];
	struct epoch row[RANKS][3];
	enum train_state end[RANKS];
	int stop_at; /* rank 1 stops after so many images; 0: never */
	const char *from, *to;
	bool ended[RANKS];
};
struct stopper {
	int left;
	volatile sig_atomic_t stop;
};

static void count_down(void *ctx, int n)
{
	struct stopper *s = ctx;

	if ((s->left -= n) <= 0)
		s->stop = 1;
}

static void train(struct ranks *r, void *arg, int me)
{
	struct training *g = arg;
	struct pool *pool = pool_new(1);
	struct net *n = small_net(1);
	struct stopper s = {.left = g->stop_at};
	struct record out = {0};
	struct err e;
	struct trainer *t = trainer_new(n, &set, &set, &g->o, pool, &e);

	g->ended[me] = false;
	if (t && g->from && trainer_resume(t, g->from, &e))
		return;
	trainer_join(t, r);
	t->watch.stop = &s.stop;
	if (g->stop_at && me == (r ? 1 : 0)) {
		t->watch.progress = count_down;
		t->watch.ctx = &s;
	}
	while ((g->end[me] = trainer_epoch(t, &e)) == TRAIN_EPOCH)
		;
	if (g->end[me] == TRAIN_STOPPED && trainer_save(t, g->to, &e))
		return;
	trainer_finish(t);
	net_to_record(n, &out);
	strcpy(g->digest[me], n->digest);
	for (int i = 0; i < t->nrow; i++)
		g->row[me][i] = t->row[i];
	g->ended[me] = true;
	record_free(&out);
	trainer_free(t);
	net_free(n);
	pool_free(pool);
}

static void same_training(const struct training *a, const struct training *b, int n)
{
	for (int me = 0; me < n; me++) {
		assert_true(b->ended[me]);
		assert_int_equal(a->end[0], b->end[me]);
		assert_string_equal(a->digest[0], b->digest[me]);
		for (int i = 0; i < a->o.stage[0].epochs; i++) {
			const struct epoch *x = &a->row[0][i], *y = &b->row[me][i];

			assert_true(x->train_loss == y->train_loss && x->train_acc == y->train_acc && x->best == y->best);
			assert_true(x->val_loss == y->val_loss && x->val_acc == y->val_acc && x->val_auc == y->val_auc);
		}
	}
}

static struct train_options options(void)
{
	struct train_options o;

	train_defaults(&o);
	o.stage[0].epochs = 3;
	o.stage[0].rate = 1e-2;
	o.batch = 1;
	o.replicas = 8;
	o.augment.hflip = true;
	o.augment.mixup = .3;
	o.ema = .9;
	return o;
}

static void training_does_not_depend_on_ranks(void **state)
{
	struct training one = {.o = options()}, many;

	(void)state;
	for (int kind = 0; kind < 4; kind++) { /* the set has 7 images or 14 */
		one.o.batch = kind == 1 ? 3 : kind == 2 ? 2 : 1;
		one.o.microbatch = kind == 1;
		one.o.replicas = kind == 2 ? 4 : 8;
		one.o.stage[0].train = kind == 3 ? "fc" : NULL;
		with_ranks(1, train, &one);
		assert_int_equal(one.end[0], TRAIN_DONE);
		for (int n = 2; n <= one.o.replicas; n *= 2) {
			many = (struct training){.o = one.o};
			with_ranks(n, train, &many);
			same_training(&one, &many, n);
		}
	}
}

static void a_signal_to_one_rank_stops_all(void **state)
{
	char path[] = "/tmp/cxr-test-ranks.XXXXXX";
	struct training whole = {.o = options()}, first = {.o = options()}, second = {.o = options()};

	(void)state;
	close(mkstemp(path));
	with_ranks(1, train, &whole);
	for (int at = 1; at < 21; at += 6) {
		first.stop_at = at;
		first.to = path;
		with_ranks(4, train, &first);
		for (int me = 0; me < 4; me++)
			assert_true(first.ended[me] && first.end[me] == TRAIN_STOPPED);
		second.from = path;
		with_ranks(2, train, &second);
		same_training(&whole, &second, 2);
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_summed_in_a_tree), cmocka_unit_test(ranks_are_summed_in_a_tree),
		cmocka_unit_test(training_does_not_depend_on_ranks), cmocka_unit_test(a_signal_to_one_rank_stops_all),
	};
	int rc;

	small_set(&set, 7, true);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	dataset_free(&set);
	return rc;
}
