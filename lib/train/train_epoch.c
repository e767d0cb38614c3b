/* Running a trainer. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "train/trainer.h"

enum { TRIED = 8 }; /* images that the finished network is tried on */

static void make_order(struct trainer *t)
{
	struct rng r = rng_at(t->o.seed, RNG_SHUFFLE, (uint64_t)t->nrow, 0);

	for (size_t i = 0; i < t->set->n; i++)
		t->order[i] = i;
	if (t->o.shuffle)
		rng_shuffle(&r, t->order, t->set->n);
}

static bool stopped(const struct trainer *t)
{
	return ranks_any(t->ranks, t->watch.stop && *t->watch.stop);
}

static long steps_of_epoch(const struct trainer *t)
{
	size_t images = (size_t)t->o.batch * (size_t)t->o.replicas;

	return (long)((t->set->n + images - 1) / images);
}

static double rate_at(const struct trainer *t, long step)
{
	const struct stage *s = trainer_stage(t);
	struct moment m = {t->nrow - t->first, s->epochs, step, s->epochs * steps_of_epoch(t)};

	return schedule_rate(&s->schedule, s->rate, m, &t->plateau);
}

/* By the AUC; maps have none, but a Dice. */
static bool better(const struct trainer *t, const struct epoch *a, const struct epoch *b)
{
	double x = net_is_map(t->net) ? a->val_acc : a->val_auc, y = net_is_map(t->net) ? b->val_acc : b->val_auc;

	return x > y || (x == y && a->val_loss < b->val_loss);
}

static int check_numbers(const struct trainer *t, struct err *e)
{
	struct err why;

	return net_check_values(t->net, NULL, &why)
		? err_set(e, "epoch %d: %s: try a lower learning rate", t->nrow + 1, why.text) : 0;
}

static enum train_state validate(struct trainer *t, struct epoch *row, struct err *e)
{
	struct verdict v = {NAN, NAN, NAN, 0};

	if (t->val) {
		plan_refresh(t->check);
		if (train_verdict(t->check, t->net, t->val, &t->frozen, &t->o.loss, trainer_part(t), t->pool, t->ranks, t->watch.stop,
		                  &v))
			return TRAIN_STOPPED;
		if (!isfinite(v.loss)) {
			err_set(e, "epoch %d: the validation loss is %g: try a lower learning rate", row->epoch, v.loss);
			return TRAIN_FAILED;
		}
	}
	row->val_loss = v.loss;
	row->val_acc = v.acc;
	row->val_auc = v.auc;
	return TRAIN_EPOCH;
}

static void keep_best(struct trainer *t, struct epoch *row)
{
	row->best = t->best < 0 || !t->val || t->o.keep_last || better(t, row, &t->row[t->best]);
	if (!row->best)
		return;
	t->best = t->nrow;
	if (t->best_value)
		memcpy(t->best_value, t->net->value, t->net->g->count * sizeof *t->best_value);
}

/* The average in the net's place, and back. */
static void swap_average(struct trainer *t)
{
	for (size_t i = 0; t->average && i < t->net->g->count; i++) {
		float v = t->average[i];

		t->average[i] = t->net->value[i];
		t->net->value[i] = v;
	}
}

static enum train_state end_epoch(struct trainer *t, double rate, struct err *e)
{
	struct epoch row = {
		.epoch = t->nrow + 1,
		.rate = rate,
		.train_loss = loss_mean(&t->sum),
		.train_acc = t->sum.hits / (double)t->sum.n,
	};
	enum train_state state = check_numbers(t, e) ? TRAIN_FAILED : TRAIN_EPOCH;

	if (state == TRAIN_EPOCH) {
		swap_average(t);
		state = validate(t, &row, e);
		if (state == TRAIN_EPOCH)
			keep_best(t, &row);
		swap_average(t);
	}
	if (state != TRAIN_EPOCH)
		return state;
	schedule_note(&trainer_stage(t)->schedule, &t->plateau, row.val_loss);
	t->row = grow(t->row, (size_t)t->nrow, &t->rowcap, sizeof *t->row);
	t->row[t->nrow++] = row;
	t->at = 0;
	t->sum = (struct loss_sum){0};
	return TRAIN_EPOCH;
}

static int next_stage(struct trainer *t, struct err *e)
{
	trainer_finish(t);
	return trainer_enter(t, t->stage + 1, e);
}

enum train_state trainer_epoch(struct trainer *t, struct err *e)
{
	double rate;

	if (trainer_over(t) && t->stage + 1 == t->o.nstage)
		return TRAIN_DONE;
	if (trainer_over(t) && next_stage(t, e))
		return TRAIN_FAILED;
	rate = rate_at(t, t->optim->steps - (t->at == t->set->n)); /* interrupted while it was validated */
	switch (frozen_fill(&t->frozen, t->net, t->set, t->val, trainer_part(t), t->pool, t->ranks, t->watch.stop,
	                    e)) {
	case 1: return TRAIN_STOPPED;
	case -1: return TRAIN_FAILED;
	}
	make_order(t);
	while (t->at < t->set->n) {
		if (stopped(t))
			return TRAIN_STOPPED;
		rate = rate_at(t, t->optim->steps);
		double loss = trainer_step(t, rate);

		if (!isfinite(loss)) {
			err_set(e, "epoch %d, image %zu: the loss is %g: try a lower learning rate", t->nrow + 1, t->at + 1,
			        loss);
			return TRAIN_FAILED;
		}
		if (t->watch.stepped)
			t->watch.stepped(t->watch.ctx);
	}
	return end_epoch(t, rate, e);
}

void trainer_finish(struct trainer *t)
{
	const float *from = t->best_value && t->best >= 0 ? t->best_value : t->average;

	if (from)
		memcpy(t->net->value, from, t->net->g->count * sizeof *t->net->value);
}

int trainer_try(const struct trainer *t, struct err *e)
{
	struct plan_options options = {.batch = t->set->n < TRIED ? (int)t->set->n : TRIED};
	struct dataset few = *t->set;
	struct verdict v;

	few.n = (size_t)options.batch;
	struct plan *p = plan_new(t->net, &options, t->pool, e);
	if (!p)
		return -1;
	train_verdict(p, t->net, &few, NULL, &t->o.loss, options.batch, t->pool, NULL, NULL, &v);
	plan_free(p);
	if (!isfinite(v.loss))
		return err_set(e, "the trained network's answers are no numbers: try a lower learning rate");
	/* float32 tells probabilities apart up to outputs of about 90 */
	return v.most < 1e6 ? 0 : err_set(e, "the trained network's outputs are as large as %g, which is no answer: try a "
	                                  "lower learning rate", v.most);
}
