/* What training is asked for: stages as the long options and --stage 'KEY=VALUE ...' say them alike, and all options
 * back as text. That text is the identity of a checkpoint: what it does not say must not change a result. */
#include "train/stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

void train_defaults(struct train_options *o)
{
	*o = (struct train_options){
		.stage[0] = {.epochs = 5, .rate = optim_rate(OPTIM_ADAM)},
		.nstage = 1,
		.batch = 16,
		.replicas = 1,
		.cache = (size_t)1 << 30,
		.shuffle = true,
		.loss.kind = LOSS_BCE,
		.weights = "none",
	};
	optim_defaults(&o->stage[0].optim, OPTIM_ADAM);
}

/* ---- from text */

void draft_defaults(struct draft *d)
{
	struct train_options o;

	train_defaults(&o);
	*d = (struct draft){o.stage[0], NAN, NAN, NAN};
}

static int set_int(int *to, const char *key, const char *text, struct err *e)
{
	int64_t n;

	if (!num_int(text, 1, 1000000, &n))
		return err_set(e, "%s '%s' is not a whole number from 1 to 1000000", key, text);
	*to = (int)n;
	return 0;
}

static int set_number(double *to, double most, const char *key, const char *text, struct err *e)
{
	if (!num_double(text, to) || !(*to >= 0 && *to <= most))
		return err_set(e, "%s '%s' is not a number from 0 to %g", key, text, most);
	return 0;
}

static int set_text(const char **to, const char *key, const char *text, struct err *e)
{
	if (!*text)
		return err_set(e, "%s: no names", key);
	*to = text;
	return 0;
}

int draft_set(struct draft *d, const char *key, const char *value, struct err *e)
{
	struct stage *s = &d->stage;

	if (!strcmp(key, "epochs"))
		return set_int(&s->epochs, key, value, e);
	if (!strcmp(key, "patience"))
		return set_int(&s->patience, key, value, e);
	if (!strcmp(key, "optimizer"))
		return optim_parse(value, &s->optim.kind, e);
	if (!strcmp(key, "schedule"))
		return schedule_parse(value, &s->schedule, e);
	if (!strcmp(key, "lr"))
		return set_number(&d->rate, 1e30, key, value, e);
	if (!strcmp(key, "momentum"))
		return set_number(&d->momentum, 1, key, value, e);
	if (!strcmp(key, "weight-decay"))
		return set_number(&d->decay, 1e6, key, value, e);
	if (!strcmp(key, "clip"))
		return set_number(&s->optim.clip, 1e30, key, value, e);
	if (!strcmp(key, "l2"))
		return optim_check_l2(NULL, value, e) ? -1 : set_text(&s->optim.l2, key, value, e);
	if (!strcmp(key, "train"))
		return set_text(&s->train, key, value, e);
	return err_set(e, "'%s' cannot be set for a stage (epochs, optimizer, lr, momentum, weight-decay, l2, clip, "
	               "schedule, train, patience)", key);
}

static int read_word(struct draft *d, char *word, struct err *e)
{
	char *value = strchr(word, '=');

	if (!*word)
		return 0;
	if (!value)
		return err_set(e, "'%s' is not KEY=VALUE", word);
	*value++ = '\0';
	return draft_set(d, word, value, e);
}

int draft_read(struct draft *d, char *text, struct err *e)
{
	for (char *word; (word = strsep(&text, " ")); )
		if (read_word(d, word, e))
			return -1;
	return 0;
}

int draft_settle(const struct draft *d, struct stage *s, struct err *e)
{
	*s = d->stage;
	optim_defaults(&s->optim, s->optim.kind);
	s->optim.clip = d->stage.optim.clip;
	s->optim.l2 = d->stage.optim.l2;
	s->rate = isnan(d->rate) ? optim_rate(s->optim.kind) : d->rate;
	if (!isnan(d->momentum) && s->optim.kind != OPTIM_SGD)
		return err_set(e, "--momentum is for --optimizer sgd");
	if (!isnan(d->momentum))
		s->optim.momentum = d->momentum;
	if (!isnan(d->decay))
		s->optim.weight_decay = d->decay;
	return 0;
}

int train_check(const struct train_options *o, bool val, struct err *e)
{
	for (int k = 0; k < o->nstage; k++) {
		const struct stage *s = &o->stage[k];

		if (s->patience && !val)
			return err_set(e, "--patience needs a validation stream (--val)");
		if (s->schedule.kind == SCHEDULE_PLATEAU && !val)
			return err_set(e, "--schedule plateau needs a validation stream (--val)");
		if (s->patience && o->keep_last)
			return err_set(e, "--patience waits for a better epoch, --keep-last keeps the last: give one of them");
	}
	return 0;
}

/* ---- to text */

static void add_optim(struct text *t, const struct stage *s, const char *dash, char is)
{
	const struct optim_options *p = &s->optim;
	struct optim_options usual;

	optim_defaults(&usual, p->kind);
	if (p->kind == OPTIM_SGD)
		text_addf(t, " %smomentum%c%.9g", dash, is, p->momentum);
	if (p->weight_decay != 0 || usual.weight_decay != 0)
		text_addf(t, " %sweight-decay%c%.9g", dash, is, p->weight_decay);
	if (p->l2)
		text_addf(t, " %sl2%c%s", dash, is, p->l2);
	if (p->clip > 0)
		text_addf(t, " %sclip%c%.9g", dash, is, p->clip);
	if (s->patience)
		text_addf(t, " %spatience%c%d", dash, is, s->patience);
	if (s->train)
		text_addf(t, " %strain%c%s", dash, is, s->train);
}

char *stage_text(const struct stage *s)
{
	char *schedule = schedule_text(&s->schedule);
	struct text t = {0};

	text_addf(&t, "epochs=%d optimizer=%s lr=%.9g schedule=%s", s->epochs, optim_name(s->optim.kind), s->rate, schedule);
	add_optim(&t, s, "", '=');
	free(schedule);
	return t.s;
}

static void add_whole(struct text *t, const struct train_options *o)
{
	char *changes = augment_text(&o->augment);

	if (o->microbatch)
		text_addf(t, " --microbatch %d", o->microbatch);
	if (o->replicas > 1)
		text_addf(t, " --replicas %d", o->replicas);
	if (o->loss.gamma > 0)
		text_addf(t, " --focal %.9g", o->loss.gamma);
	if (o->loss.smoothing > 0)
		text_addf(t, " --smoothing %.9g", o->loss.smoothing);
	if (o->evidence > 0)
		text_addf(t, " --evidence-loss %.9g", o->evidence);
	if (o->background > 0)
		text_addf(t, " --background %.9g", o->background);
	text_add(t, o->keep_last ? " --keep-last" : "");
	if (o->ema > 0)
		text_addf(t, " --ema %.9g", o->ema);
	text_addf(t, "%s%s%s", *changes ? " --augment " : "", changes, o->augment.hflip ? " --hflip" : "");
	text_add(t, o->shuffle ? "" : " --no-shuffle");
	free(changes);
}

char *train_options_text(const struct train_options *o)
{
	const struct stage *s = &o->stage[0];
	char *schedule = schedule_text(&s->schedule);
	struct text t = {0};

	if (o->nstage == 1)
		text_addf(&t, "--epochs %d ", s->epochs);
	text_addf(&t, "--batch %d --loss %s", o->batch, loss_name(o->loss.kind));
	if (o->nstage == 1)
		text_addf(&t, " --optimizer %s --lr %.9g --schedule %s", optim_name(s->optim.kind), s->rate, schedule);
	text_addf(&t, " --class-weights %s --seed %llu", o->weights, (unsigned long long)o->seed);
	if (o->nstage == 1)
		add_optim(&t, s, "--", ' ');
	add_whole(&t, o);
	for (int k = 0; o->nstage > 1 && k < o->nstage; k++) {
		char *stage = stage_text(&o->stage[k]);

		text_addf(&t, " --stage '%s'", stage);
		free(stage);
	}
	free(schedule);
	return t.s;
}
