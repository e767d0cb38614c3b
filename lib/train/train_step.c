/* One step of a trainer. Its batches are the replicas', each cut into parts that fit into memory; a rank does those of
 * some replicas. Gradients are added up in one tree over parts, replicas and ranks, from the last layers on while
 * backward still computes the first ones. What else parts bring forth is applied by everybody in the order of parts. */
#include <math.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"
#include "base/rng.h"
#include "train/batch.h"
#include "train/gradients.h"
#include "train/trainer.h"

/* What a part tells the others; its batch-norm statistics follow. */
struct note {
	double loss;
	struct loss_sum sum;
};

struct turn {
	struct trainer *t;
	int batches, first, end; /* of the step; those of this rank */
	long at, next;           /* places in the tree of the current part, and of this rank's next one (-1: none) */
	size_t cut;              /* the part's gradients are added from here on */
};

enum { BUCKET = 1 << 18 }; /* floats that are added, and sent, at a time */

int trainer_part(const struct trainer *t)
{
	return t->o.microbatch && t->o.microbatch < t->o.batch ? t->o.microbatch : t->o.batch;
}

static int parts_of(int images, int part)
{
	return (images + part - 1) / part;
}

static int most_parts(const struct trainer *t)
{
	return parts_of(t->o.batch, trainer_part(t));
}

static size_t note_size(const struct trainer *t)
{
	size_t bytes = sizeof(struct note) + plan_statistics(t->plan, NULL) * sizeof(float);

	return (bytes + 7) / 8 * 8;
}

static struct note *note_at(const struct trainer *t, size_t i)
{
	return (struct note *)(t->note + i * note_size(t));
}

static float *statistics_of(struct note *n)
{
	return (float *)(n + 1);
}

int trainer_step_room(struct trainer *t, struct err *e)
{
	size_t batches = (t->set->n + (size_t)t->o.batch - 1) / (size_t)t->o.batch;

	batches = batches < (size_t)t->o.replicas ? batches : (size_t)t->o.replicas;
	free(t->note);
	t->note = mem_big(batches * (size_t)most_parts(t), note_size(t));
	return t->note ? 0 : budget_err(e, 0, "the statistics of %zu replicas", batches);
}

/* Images of batch k of the step. */
static int images_of(const struct trainer *t, int k)
{
	size_t at = t->at + (size_t)k * (size_t)t->o.batch, left = t->set->n > at ? t->set->n - at : 0;

	return left < (size_t)t->o.batch ? (int)left : t->o.batch;
}

/* Parts of the first k batches. */
static size_t parts_before(const struct turn *s, int k)
{
	const struct trainer *t = s->t;

	if (k < s->batches)
		return (size_t)k * (size_t)most_parts(t);
	return (size_t)(s->batches - 1) * (size_t)most_parts(t) +
	       (size_t)parts_of(images_of(t, s->batches - 1), trainer_part(t));
}

/* Replicas of a rank: one subtree. */
static int share(const struct trainer *t)
{
	return t->ranks ? t->o.replicas / t->ranks->n : t->o.replicas;
}

/* The bucket that ends at high. */
static size_t bucket_of(const struct optim *o, size_t high)
{
	size_t begin = (high - 1) / BUCKET * BUCKET;

	return begin < o->low ? o->low : begin;
}

/* Is there but one part for a rank, whose gradients are the sum already? */
static bool is_alone(const struct trainer *t)
{
	return !t->gradients || (share(t) == 1 && most_parts(t) == 1);
}

static float *sum_of(const struct trainer *t)
{
	return is_alone(t) ? plan_param_grad(t->plan) : gradients_sum(t->gradients);
}

/* To the ranks: each needs the sums of its own part only, but for the norm. */
static void send_gradients(const struct turn *s, size_t begin)
{
	struct trainer *t = s->t;
	float *sum = sum_of(t) + begin;
	int active = (s->batches + share(t) - 1) / share(t);

	if (t->optim->o.clip > 0)
		ranks_sum(t->ranks, sum, s->cut - begin, active);
	else
		ranks_scatter(t->ranks, sum, s->cut - begin, active);
}

/* Gradients from this float on are final: adds full buckets to the tree; those of the last part go on to the ranks. */
static void add_gradients(void *ctx, size_t from)
{
	struct turn *s = ctx;
	struct trainer *t = s->t;

	while (s->cut > t->optim->low) {
		size_t begin = bucket_of(t->optim, s->cut);

		if (begin < from)
			return;
		if (s->at >= 0 && !is_alone(t))
			gradients_add(t->gradients, s->at, s->next, plan_param_grad(t->plan), begin, s->cut);
		if (s->next < 0)
			send_gradients(s, begin);
		s->cut = begin;
	}
}

static void share_notes(const struct turn *s)
{
	const struct trainer *t = s->t;
	size_t *at;

	if (!t->ranks)
		return;
	at = xcalloc((size_t)t->ranks->n + 1, sizeof *at);
	for (int k = 0; k <= t->ranks->n; k++)
		at[k] = parts_before(s, k * share(t)) * note_size(t);
	ranks_gather(t->ranks, t->note, at);
	free(at);
}

/* The loss of an auxiliary classifier counts .4 of the main one (as torchvision trains Inception); the log leaves it
 * out. */
static double aux_loss(struct trainer *t, int first, int n, double total)
{
	float *grad = plan_aux_grad(t->plan);
	struct loss_sum sum = {0};
	double loss;

	if (!grad)
		return 0;
	loss = loss_part(&t->o.loss, plan_value(t->plan, t->net->g->aux), t->label + first, t->mix + first, n, total, grad,
	                 &sum);
	for (int i = 0; i < n * net_logits(t->net); i++)
		grad[i] *= .4f;
	return loss;
}

/* Some images of batch k, whose mean loss divides by all of its images and of the other replicas'. */
static double evidence_part(struct turn *s, const struct batch *part, int k)
{
	struct trainer *t = s->t;

	if (!t->evidence)
		return 0;
	for (int i = 0; i < evidence_branches(t->evidence); i++) {
		const struct node *f = evidence_feature(t->evidence, i);

		batch_outside(part, f->h, f->w, evidence_outside(t->evidence, i), t->pool);
	}
	return evidence_loss(t->evidence, t->plan, part->n, (double)images_of(t, k) * s->batches);
}

/* The seed of the dropout masks of images at and after. */
static uint64_t dropout_seed(const struct trainer *t, size_t at)
{
	struct rng r = rng_at(t->o.seed, RNG_DROPOUT, (uint64_t)t->nrow, at);

	return rng_u64(&r);
}

/* The loss of a part of batch k that starts with its image `first`, its share of the batch's mean, and the gradient of
 * the output. */
static double output_loss(struct turn *s, const struct batch *part, int first, double total, struct loss_sum *sum)
{
	struct trainer *t = s->t;
	const float *z = plan_value(t->plan, t->net->g->output);
	float *dz = plan_output_grad(t->plan);
	size_t pixels = (size_t)t->set->recipe.height * (size_t)t->set->recipe.width;
	double loss = 0;

	if (!t->mask)
		return loss_part(&t->o.loss, z, t->label + first, t->mix + first, part->n, total, dz, sum);
	batch_masks(part, t->mask, t->pool);
	for (size_t i = 0; i < (size_t)part->n; i++)
		loss += loss_map(t->o.loss.kind, z + i * pixels, t->mask + i * pixels, pixels, total, dz + i * pixels, sum);
	return loss;
}

/* Some images of a batch, forward and backward; their share of the batch's mean loss, which divides by total. */
static void run_part(struct turn *s, const struct batch *whole, int k, int first, int n, double total,
                     struct note *note)
{
	struct trainer *t = s->t;
	struct batch part = *whole;

	part.index += first;
	part.n = n;
	batch_load(&part, plan_input(t->plan), t->pool);
	plan_forward(t->plan, n, dropout_seed(t, (size_t)(part.index - t->order)));
	*note = (struct note){0};
	note->loss = output_loss(s, &part, first, total, &note->sum);
	if (!isfinite(aux_loss(t, first, n, total)))
		note->loss = NAN;
	note->loss += evidence_part(s, &part, k);
	plan_statistics(t->plan, statistics_of(note));
	if (s->next < 0)
		share_notes(s);
	s->cut = t->optim->high;
	plan_on_gradient(t->plan, t->gradients ? add_gradients : NULL, s);
	plan_backward(t->plan);
	if (t->gradients)
		add_gradients(s, 0);
}

static void run_batch(struct turn *s, int k)
{
	struct trainer *t = s->t;
	struct batch b = {
		.set = t->set,
		.index = t->order + t->at + (size_t)k * (size_t)t->o.batch,
		.n = images_of(t, k),
		.augment = &t->o.augment,
		.background = t->o.background,
		.seed = t->o.seed,
		.epoch = (uint64_t)t->nrow,
		.value = t->frozen.set,
		.size = t->frozen.size,
	};
	int part = trainer_part(t), places = 1;
	double total;

	while (places < most_parts(t)) /* so that replicas are subtrees */
		places *= 2;
	batch_labels(&b, t->label, t->mix);
	total = (t->mask ? b.n : loss_total(&t->o.loss, t->label, t->mix, b.n)) * s->batches;
	for (int i = 0; i * part < b.n; i++) {
		int left = b.n - i * part;

		s->at = (long)(k - s->first) * places + i;
		s->next = left > part ? s->at + 1 : k + 1 < s->end ? (long)(k + 1 - s->first) * places : -1;
		run_part(s, &b, k, i * part, left < part ? left : part, total, note_at(t, parts_before(s, k) + (size_t)i));
	}
	if (t->watch.progress)
		t->watch.progress(t->watch.ctx, b.n);
}

/* Nothing of the step is this rank's. */
static void only_listen(struct turn *s)
{
	s->at = s->next = -1;
	s->cut = s->t->optim->high;
	share_notes(s);
	add_gradients(s, 0);
}

/* All parts' losses and statistics, in their order. */
static double take_notes(const struct turn *s)
{
	struct trainer *t = s->t;
	size_t parts = parts_before(s, s->batches);
	double loss = 0;

	for (size_t i = 0; i < parts; i++) {
		struct note *n = note_at(t, i);

		loss += n->loss;
		t->sum.value += n->sum.value;
		t->sum.weight += n->sum.weight;
		t->sum.n += n->sum.n;
		t->sum.hits += n->sum.hits;
		plan_take_statistics(t->plan, statistics_of(n));
	}
	return loss;
}

/* As an average that starts from few steps is used: the decay grows to its value. */
static void add_to_average(struct trainer *t)
{
	double steps = (double)t->optim->steps, decay = fmin(t->o.ema, (1 + steps) / (10 + steps));
	float share_of_new = (float)(1 - decay);

	for (size_t i = 0; i < t->net->g->count; i++)
		t->average[i] += share_of_new * (t->net->value[i] - t->average[i]);
}

/* Which spans are in this rank's parts of the buckets. */
static void divide(struct trainer *t)
{
	struct optim *o = t->optim;
	size_t cut = o->high, begin = cut, from = 0, end = 0;

	_Static_assert(RANKS_BLOCK % OPTIM_BLOCK == 0 && BUCKET % RANKS_BLOCK == 0, "spans are not cut");
	o->mine = xcalloc(o->nspan, sizeof *o->mine);
	for (size_t i = o->nspan; i-- > 0; ) {
		size_t at = o->span[i].at;

		while (at < begin) {
			cut = begin;
			begin = bucket_of(o, cut);
			ranks_own(t->ranks, cut - begin, &from, &end);
		}
		o->mine[i] = at >= begin + from && at < begin + end;
	}
}

/* Everybody's own parts of what lies in buckets as the floats [low, high) do, to everybody. */
static void spread(const struct trainer *t, float *v)
{
	const struct optim *o = t->optim;

	for (size_t cut = o->high, begin; cut > o->low; cut = begin) {
		begin = bucket_of(o, cut);
		ranks_spread(t->ranks, v + (begin - o->low), cut - begin);
	}
	ranks_wait(t->ranks);
}

void trainer_share_state(struct trainer *t)
{
	size_t moment = t->optim->high - t->optim->low;

	for (size_t i = 0; i < t->optim->count; i += moment)
		spread(t, t->optim->state + i);
}

/* The optimizer's step, of which each rank does a part. */
static void update(struct trainer *t, double rate)
{
	if (t->ranks && !t->optim->mine)
		divide(t);
	optim_step(t->optim, rate, t->net->value, sum_of(t), t->pool);
	spread(t, t->net->value + t->optim->low);
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* Past the step's images; those that others did are progress, too. */
static void move_on(const struct turn *s)
{
	struct trainer *t = s->t;
	int all = 0, others = 0;

	for (int k = 0; k < s->batches; k++) {
		int n = images_of(t, k);

		all += n;
		others += k < s->first || k >= s->end ? n : 0;
	}
	t->at += (size_t)all;
	if (t->watch.progress && others)
		t->watch.progress(t->watch.ctx, others);
}

double trainer_step(struct trainer *t, double rate)
{
	size_t left = (t->set->n - t->at + (size_t)t->o.batch - 1) / (size_t)t->o.batch;
	struct turn s = {.t = t, .batches = left < (size_t)t->o.replicas ? (int)left : t->o.replicas};
	double loss;

	s.first = least(t->ranks ? t->ranks->me * share(t) : 0, s.batches);
	s.end = least(s.first + share(t), s.batches);
	for (int k = s.first; k < s.end; k++)
		run_batch(&s, k);
	if (s.first == s.end)
		only_listen(&s);
	ranks_wait(t->ranks);
	loss = take_notes(&s);
	move_on(&s);
	if (!isfinite(loss))
		return loss;
	update(t, rate);
	if (t->average)
		add_to_average(t);
	return loss;
}
