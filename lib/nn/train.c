#include "nn/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "nn/batch.h"

void train_defaults(struct train_options *o)
{
	*o = (struct train_options){
		.epochs = 5,
		.batch = 16,
		.shuffle = true,
		.loss.kind = LOSS_BCE,
		.weights = "none",
		.rate = optim_rate(OPTIM_ADAM),
	};
	optim_defaults(&o->optim, OPTIM_ADAM);
}

char *train_options_text(const struct train_options *o)
{
	const struct optim_options *p = &o->optim;
	struct text t = {0};

	text_addf(&t, "--epochs %d --batch %d --loss %s --optimizer %s --lr %.9g --schedule %s", o->epochs, o->batch,
	          loss_name(o->loss.kind), optim_name(p->kind), o->rate, schedule_name(o->schedule));
	text_addf(&t, " --class-weights %s --seed %llu", o->weights, (unsigned long long)o->seed);
	if (p->kind == OPTIM_SGD)
		text_addf(&t, " --momentum %.9g", p->momentum);
	if (p->weight_decay != 0)
		text_addf(&t, " --weight-decay %.9g", p->weight_decay);
	if (o->patience)
		text_addf(&t, " --patience %d", o->patience);
	if (o->train)
		text_addf(&t, " --train %s", o->train);
	text_addf(&t, "%s%s", o->augment.hflip ? " --hflip" : "", o->shuffle ? "" : " --no-shuffle");
	return t.s;
}

/* Making a trainer */

static int check_val(const struct dataset *set, const struct dataset *val, struct err *e)
{
	char a[RECIPE_TEXT], b[RECIPE_TEXT];

	if (strcmp(recipe_format(&set->recipe, a), recipe_format(&val->recipe, b)))
		return err_set(e, "validation has another recipe: '%s', training has '%s'", b, a);
	if (set->classes.n != val->classes.n)
		return err_set(e, "validation has %d classes, training has %d", val->classes.n, set->classes.n);
	for (int k = 0; k < set->classes.n; k++)
		if (strcmp(set->classes.name[k], val->classes.name[k]))
			return err_set(e, "validation has class %s where training has %s", val->classes.name[k],
			               set->classes.name[k]);
	return dataset_check_classes(val, "validation", e);
}

static int check_net(const struct trainer *t, struct err *e)
{
	const struct node *in = t->net->g->input;
	const struct recipe *r = &t->set->recipe;
	int logits = loss_logits(&t->o.loss);

	if (in->h != r->height || in->w != r->width || in->c != r->channels)
		return err_set(e, "the network takes %dx%dx%d, the pictures are %dx%dx%d", in->h, in->w, in->c, r->height,
		               r->width, r->channels);
	if (t->o.loss.kind == LOSS_BCE && t->set->classes.n != 2)
		return err_set(e, "loss bce is for two classes, there are %d: use ce", t->set->classes.n);
	if (net_logits(t->net) != logits)
		return err_set(e, "loss %s with %d classes needs %d outputs, the network has %d", loss_name(t->o.loss.kind),
		               t->set->classes.n, logits, net_logits(t->net));
	return 0;
}

static int parse_weights(double *w, const char *text, int n, struct err *e)
{
	char *copy = xstrdup(text), *rest = copy, *word;
	int k = 0;
	bool good = true;

	for (; good && (word = strsep(&rest, ",")); k++)
		good = k < n && num_double(word, &w[k]) && w[k] > 0 && isfinite(w[k]);
	free(copy);
	if (good && k == n)
		return 0;
	return err_set(e, "class weights '%s' are neither none, balanced nor %d positive numbers", text, n);
}

static int class_weights(struct trainer *t, struct err *e)
{
	int n = t->set->classes.n;

	if (!strcmp(t->o.weights, "none"))
		return 0;
	t->weight = xcalloc((size_t)n, sizeof *t->weight);
	t->o.loss.weight = t->weight;
	if (strcmp(t->o.weights, "balanced"))
		return parse_weights(t->weight, t->o.weights, n, e);
	for (int k = 0; k < n; k++)
		t->weight[k] = (double)t->set->n / ((double)n * (double)t->set->count[k]);
	return 0;
}

static int make_plans(struct trainer *t, struct err *e)
{
	struct plan_options train = {.batch = t->o.batch, .train = t->trained}, check = {.batch = t->o.batch};
	size_t bytes = t->net->g->count * sizeof(float);

	if (!(t->optim = optim_new(t->net->g, t->trained, &t->o.optim, e)))
		return -1;
	if (!t->optim->nspan)
		return err_set(e, "no parameter is trained");
	if (!(t->plan = plan_new(t->net, &train, t->pool, e)))
		return -1;
	if (!t->val)
		return 0;
	if (!(t->check = plan_new(t->net, &check, t->pool, e)))
		return -1;
	t->best_value = mem_big(1, bytes);
	return t->best_value ? 0 : err_set(e, "out of memory for the best parameters");
}

static int set_up(struct trainer *t, struct err *e)
{
	t->o.loss.classes = t->set->classes.n;
	if (dataset_check_classes(t->set, "training", e) || (t->val && check_val(t->set, t->val, e)) || check_net(t, e) ||
	    class_weights(t, e))
		return -1;
	t->trained = xcalloc((size_t)t->net->g->nparam, sizeof *t->trained);
	t->order = xcalloc(t->set->n, sizeof *t->order);
	t->label = xcalloc((size_t)t->o.batch, sizeof *t->label);
	return plan_select(t->net->g, t->o.train, t->trained, e) || make_plans(t, e) ? -1 : 0;
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

void trainer_free(struct trainer *t)
{
	if (!t)
		return;
	plan_free(t->plan);
	plan_free(t->check);
	optim_free(t->optim);
	free(t->trained);
	free(t->weight);
	free(t->row);
	free(t->order);
	free(t->label);
	free(t->best_value);
	free(t);
}

/* Running */

static void make_order(struct trainer *t)
{
	struct rng r = rng_at(t->o.seed, RNG_SHUFFLE, (uint64_t)t->nrow, 0);

	for (size_t i = 0; i < t->set->n; i++)
		t->order[i] = i;
	if (t->o.shuffle)
		rng_shuffle(&r, t->order, t->set->n);
}

/* The seed of one batch's dropout masks. */
static uint64_t dropout_seed(const struct trainer *t)
{
	struct rng r = rng_at(t->o.seed, RNG_DROPOUT, (uint64_t)t->nrow, t->at);

	return rng_u64(&r);
}

static bool stopped(const struct trainer *t)
{
	return t->stop && *t->stop;
}

/* The loss of an auxiliary classifier counts .4 of the main one (as torchvision trains Inception); the log leaves it
 * out. */
static double aux_loss(struct trainer *t, int n)
{
	float *grad = plan_aux_grad(t->plan);
	struct loss_sum sum = {0};
	double loss;

	if (!grad)
		return 0;
	loss = loss_batch(&t->o.loss, plan_value(t->plan, t->net->g->aux), t->label, n, grad, &sum);
	for (int i = 0; i < n * net_logits(t->net); i++)
		grad[i] *= .4f;
	return loss;
}

/* One batch: forward, loss, backward, step. Its mean loss. */
static double run_batch(struct trainer *t, double rate)
{
	size_t left = t->set->n - t->at;
	struct batch b = {
		.set = t->set,
		.index = t->order + t->at,
		.n = left < (size_t)t->o.batch ? (int)left : t->o.batch,
		.augment = &t->o.augment,
		.seed = t->o.seed,
		.epoch = (uint64_t)t->nrow,
	};
	double loss;

	batch_load(&b, plan_input(t->plan), t->label, t->pool);
	plan_forward(t->plan, b.n, dropout_seed(t));
	loss = loss_batch(&t->o.loss, plan_value(t->plan, t->net->g->output), t->label, b.n, plan_output_grad(t->plan),
	                  &t->sum);
	if (!isfinite(loss) || !isfinite(aux_loss(t, b.n)))
		return NAN;
	plan_backward(t->plan);
	optim_step(t->optim, rate, t->net->value, plan_param_grad(t->plan), t->pool);
	t->at += (size_t)b.n;
	if (t->progress)
		t->progress(t->ctx, b.n);
	return loss;
}

static bool better(const struct epoch *a, const struct epoch *b)
{
	return a->val_auc > b->val_auc || (a->val_auc == b->val_auc && a->val_loss < b->val_loss);
}

static int check_numbers(const struct trainer *t, struct err *e)
{
	for (int i = 0; i < t->net->g->nparam; i++) {
		const struct param *p = t->net->g->param[i];

		for (size_t k = 0; k < p->count; k++)
			if (!isfinite(t->net->value[p->offset + k]))
				return err_set(e, "epoch %d: %s is no longer a number: try a lower learning rate", t->nrow + 1,
				               p->name);
	}
	return 0;
}

static enum train_state validate(struct trainer *t, struct epoch *row, struct err *e)
{
	struct verdict v = {NAN, NAN, NAN};

	if (t->val) {
		plan_refresh(t->check);
		if (train_verdict(t->check, t->net, t->val, &t->o.loss, t->o.batch, t->pool, t->stop, &v))
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
	row->best = t->best < 0 || !t->val || better(row, &t->row[t->best]);
	if (!row->best)
		return;
	t->best = t->nrow;
	if (t->best_value)
		memcpy(t->best_value, t->net->value, t->net->g->count * sizeof *t->best_value);
}

static enum train_state end_epoch(struct trainer *t, double rate, struct err *e)
{
	struct epoch row = {
		.epoch = t->nrow + 1,
		.rate = rate,
		.train_loss = loss_mean(&t->sum),
		.train_acc = (double)t->sum.hits / (double)t->sum.n,
	};
	enum train_state state = check_numbers(t, e) ? TRAIN_FAILED : validate(t, &row, e);

	if (state != TRAIN_EPOCH)
		return state;
	keep_best(t, &row);
	t->row = grow(t->row, (size_t)t->nrow, &t->rowcap, sizeof *t->row);
	t->row[t->nrow++] = row;
	t->at = 0;
	t->sum = (struct loss_sum){0};
	return TRAIN_EPOCH;
}

static bool over(const struct trainer *t)
{
	return t->nrow >= t->o.epochs || (t->o.patience && t->nrow - 1 - t->best >= t->o.patience);
}

enum train_state trainer_epoch(struct trainer *t, struct err *e)
{
	double rate = schedule_rate(t->o.schedule, t->o.rate, t->nrow, t->o.epochs);

	if (over(t))
		return TRAIN_DONE;
	make_order(t);
	while (t->at < t->set->n) {
		if (stopped(t))
			return TRAIN_STOPPED;
		double loss = run_batch(t, rate);

		if (!isfinite(loss)) {
			err_set(e, "epoch %d, picture %zu: the loss is %g: try a lower learning rate", t->nrow + 1, t->at + 1,
			        loss);
			return TRAIN_FAILED;
		}
	}
	return end_epoch(t, rate, e);
}

void trainer_finish(struct trainer *t)
{
	if (t->best_value && t->best >= 0)
		memcpy(t->net->value, t->best_value, t->net->g->count * sizeof *t->net->value);
}
