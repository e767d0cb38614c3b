/* Making a trainer, and its stages. train_epoch.c runs it. */
#include "base/budget.h"
#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/num.h"
#include "nn/select.h"
#include "train/gradients.h"

static int check_recipe(const struct dataset *set, const struct dataset *val, struct err *e)
{
	char a[RECIPE_TEXT], b[RECIPE_TEXT];

	if (strcmp(recipe_format(&set->recipe, a), recipe_format(&val->recipe, b)))
		return err_set(e, "validation has another recipe: '%s', training has '%s'", b, a);
	return 0;
}

static int check_val(const struct dataset *set, const struct dataset *val, struct err *e)
{
	for (int k = 0; k < set->classes.n; k++)
		if (classes_index(&val->classes, set->classes.name[k]) < 0)
			return err_set(e, "validation has no class %s: it has %s", set->classes.name[k],
			               record_get(&val->head, "classes"));
	for (int k = 0; k < val->classes.n; k++)
		if (k >= set->classes.n || strcmp(set->classes.name[k], val->classes.name[k]))
			return err_set(e, "validation has class %s where training has %s", val->classes.name[k],
			               k < set->classes.n ? set->classes.name[k] : "none");
	return 0;
}

/* A map is learned from masks; classes are of no matter. */
static int check_map(const struct trainer *t, struct err *e)
{
	const struct train_options *o = &t->o;

	if (!t->set->mask || (t->val && !t->val->mask))
		return err_set(e, "the network's output is a map, which is learned from masks: --masks");
	if (o->loss.kind == LOSS_CE)
		return err_set(e, "the network's output is a map: --loss bce or dice");
	if (o->loss.gamma > 0 || o->loss.smoothing > 0 || o->augment.mixup > 0 || strcmp(o->weights, "none"))
		return err_set(e, "the network's output is a map: --focal, --smoothing, --class-weights and mixup are for classes");
	return 0;
}

static int check_classes(const struct trainer *t, struct err *e)
{
	if (t->o.loss.kind == LOSS_DICE)
		return err_set(e, "loss dice is for a network whose output is a map (dense=)");
	return dataset_check_classes(t->set, "training", e) ||
	       (t->val && (check_val(t->set, t->val, e) || dataset_check_classes(t->val, "validation", e))) ? -1 : 0;
}

static int check_net(const struct trainer *t, struct err *e)
{
	const struct node *in = t->net->g->input;
	const struct recipe *r = &t->set->recipe;
	int logits = loss_logits(&t->o.loss);

	if (t->val && check_recipe(t->set, t->val, e))
		return -1;
	if (in->h != r->height || in->w != r->width || in->c != r->channels)
		return err_set(e, "the network takes %dx%dx%d, the images are %dx%dx%d", in->h, in->w, in->c, r->height,
		               r->width, r->channels);
	if (net_is_map(t->net))
		return check_map(t, e);
	if (check_classes(t, e))
		return -1;
	if (t->o.loss.kind == LOSS_BCE && t->set->classes.n != 2)
		return err_set(e, "loss bce is for two classes, there are %d: use ce", t->set->classes.n);
	if (net_logits(t->net) != logits)
		return err_set(e, "loss %s with %d classes needs %d outputs, the network has %d", loss_name(t->o.loss.kind),
		               t->set->classes.n, logits, net_logits(t->net));
	return 0;
}

int train_weights(const char *text, int n, double *w, struct err *e)
{
	int nword;
	char **word = choice_split(text, ',', &nword);
	bool named = !strcmp(text, "none") || !strcmp(text, "balanced"), good = named || !w || nword == n;
	double x;

	for (int k = 0; k < nword && good && !named; k++) {
		good = num_double(word[k], &x) && x > 0 && isfinite(x);
		if (good && w)
			w[k] = x;
	}
	free(word);
	if (good)
		return 0;
	return err_set(e, "class weights '%s' are neither none, balanced nor a positive number for each class", text);
}

static int class_weights(struct trainer *t, struct err *e)
{
	int n = t->set->classes.n;

	if (!strcmp(t->o.weights, "none"))
		return 0;
	t->weight = xcalloc((size_t)n, sizeof *t->weight);
	t->o.loss.weight = t->weight;
	if (strcmp(t->o.weights, "balanced"))
		return train_weights(t->o.weights, n, t->weight, e);
	for (int k = 0; k < n; k++)
		t->weight[k] = (double)t->set->n / ((double)n * (double)t->set->count[k]);
	return 0;
}

const struct stage *trainer_stage(const struct trainer *t)
{
	return &t->o.stage[t->stage];
}

bool trainer_over(const struct trainer *t)
{
	const struct stage *s = trainer_stage(t);

	return t->nrow - t->first >= s->epochs ||
	       (s->patience && t->nrow > t->first && t->nrow - 1 - t->best >= s->patience);
}

int trainer_enter(struct trainer *t, int k, struct err *e)
{
	struct plan_options train = {.batch = trainer_part(t), .train = t->trained, .apart = true};
	struct plan_options check = {.batch = trainer_part(t)};
	size_t bytes = t->net->g->count * sizeof(float), images = t->set->n + (t->val ? t->val->n : 0);

	bool *keep = NULL;

	plan_free(t->plan);
	plan_free(t->check);
	optim_free(t->optim);
	frozen_free(&t->frozen);
	t->plan = t->check = NULL;
	t->stage = k;
	t->first = t->nrow;
	t->best = -1;
	t->plateau = (struct plateau){0};
	if (t->average)
		memcpy(t->average, t->net->value, bytes);
	if (graph_select(t->net->g, trainer_stage(t)->train, t->trained, e) ||
	    !(t->optim = optim_new(t->net->g, t->trained, &trainer_stage(t)->optim, e)))
		return -1;
	if (!t->optim->nspan)
		return err_set(e, "no parameter is trained");
	if (!augment_random(&t->o.augment) && !t->evidence && !(t->o.background > 0))
		frozen_choose(&t->frozen, t->net->g, t->trained, images, t->o.cache);
	train.from = check.from = t->frozen.node;
	if (t->val && !(t->check = plan_new(t->net, &check, t->pool, e)))
		return err_prefix(e, "validation");
	if (t->evidence) {
		train.keep = keep = xcalloc((size_t)t->net->g->nnode, sizeof *keep);
		for (int i = 0; i < evidence_branches(t->evidence); i++)
			keep[evidence_feature(t->evidence, i)->index] = true;
	}
	t->plan = plan_new(t->net, &train, t->pool, e);
	free(keep);
	return t->plan ? trainer_step_room(t, e) : -1;
}

/* What all stages need. */
static int make_room(struct trainer *t, struct err *e)
{
	size_t bytes = t->net->g->count * sizeof(float);

	if (t->o.ema > 0 && !(t->average = mem_big(1, bytes)))
		return budget_err(e, bytes, "the average of the parameters");
	if (t->o.evidence > 0 && !(t->evidence = evidence_new(t->net, t->o.evidence, trainer_part(t), t->pool, e)))
		return -1;
	if (trainer_part(t) < t->o.batch || t->o.replicas > 1)
		t->gradients = gradients_new(t->net->g->count);
	if (!t->val || t->o.keep_last)
		return 0;
	t->best_value = mem_big(1, bytes);
	return t->best_value ? 0 : budget_err(e, bytes, "the best parameters");
}

/* Mistakes in later stages are found before the first one runs. */
static int check_stages(const struct trainer *t, struct err *e)
{
	if (train_check(&t->o, t->val != NULL, e))
		return -1;
	for (int k = t->o.nstage - 1; k >= 0; k--) {
		const struct stage *s = &t->o.stage[k];

		if (s->schedule.warmup >= s->epochs)
			return err_set(e, "a warm-up of %d epochs in a stage of %d", s->schedule.warmup, s->epochs);
		if (graph_select(t->net->g, s->train, t->trained, e) || optim_check_l2(t->net->g, s->optim.l2, e))
			return -1;
	}
	return 0;
}

static int set_up(struct trainer *t, struct err *e)
{
	t->o.loss.classes = t->set->classes.n;
	if ((t->o.evidence > 0 || t->o.background > 0) && !t->set->mask)
		return err_set(e, "the evidence loss and backgrounds need lung masks (--masks)");
	if (check_net(t, e) || class_weights(t, e))
		return -1;
	t->trained = xcalloc((size_t)t->net->g->nparam, sizeof *t->trained);
	t->order = xcalloc(t->set->n, sizeof *t->order);
	t->label = xcalloc((size_t)t->o.batch, sizeof *t->label);
	t->mix = xcalloc((size_t)t->o.batch, sizeof *t->mix);
	if (net_is_map(t->net))
		t->mask = xcalloc((size_t)trainer_part(t) * (size_t)t->set->recipe.height * (size_t)t->set->recipe.width,
		                  sizeof *t->mask);
	return check_stages(t, e) || make_room(t, e) || trainer_enter(t, 0, e) ? -1 : 0;
}

struct trainer *trainer_new(struct net *net, const struct dataset *set, const struct dataset *val,
                            const struct train_options *o, struct pool *pool, struct err *e)
{
	struct trainer *t = xcalloc(1, sizeof *t);

	*t = (struct trainer){.net = net, .set = set, .val = val, .o = *o, .pool = pool, .best = -1};
	if (!set_up(t, e))
		return t;
	trainer_free(t);
	return NULL;
}

void trainer_watch(struct trainer *t, const struct watch *w)
{
	t->watch = *w;
}

void trainer_join(struct trainer *t, struct ranks *ranks)
{
	t->ranks = ranks;
}

const struct epoch *trainer_epochs(const struct trainer *t, int *n)
{
	*n = t->nrow;
	return t->row;
}

int trainer_epochs_left(const struct trainer *t)
{
	int sum = t->first - t->nrow;

	for (int k = t->stage; k < t->o.nstage; k++)
		sum += t->o.stage[k].epochs;
	return sum;
}

int64_t trainer_images_left(const struct trainer *t)
{
	return trainer_epochs_left(t) * (int64_t)t->set->n - (int64_t)t->at;
}

void trainer_free(struct trainer *t)
{
	if (!t)
		return;
	plan_free(t->plan);
	plan_free(t->check);
	optim_free(t->optim);
	frozen_free(&t->frozen);
	evidence_free(t->evidence);
	gradients_free(t->gradients);
	free(t->trained);
	free(t->weight);
	free(t->row);
	free(t->order);
	free(t->label);
	free(t->mix);
	free(t->mask);
	free(t->best_value);
	free(t->average);
	free(t->note);
	free(t);
}
