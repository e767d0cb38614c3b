/* Stages: what the long options and --stage 'KEY=VALUE ...' say alike. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "train.h"

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
	*to = xstrdup(text); /* for the whole run */
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
		return set_text(&s->optim.l2, key, value, e);
	if (!strcmp(key, "train"))
		return set_text(&s->train, key, value, e);
	return err_set(e, "'%s' cannot be set for a stage (epochs, optimizer, lr, momentum, weight-decay, l2, clip, "
	               "schedule, train, patience)", key);
}

static void read_stage(struct draft *d, const char *text)
{
	char *copy = xstrdup(text), *rest = copy, *word;
	struct err e;

	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');

		if (!*word)
			continue;
		if (!value)
			die_usage("option --stage: '%s' is not KEY=VALUE", word);
		*value++ = '\0';
		if (draft_set(d, word, value, &e))
			die_usage("option --stage: %s", e.text);
	}
	free(copy);
}

static struct stage settle(const struct draft *d)
{
	struct stage s = d->stage;

	optim_defaults(&s.optim, s.optim.kind);
	s.optim.clip = d->stage.optim.clip;
	s.optim.l2 = d->stage.optim.l2;
	s.rate = isnan(d->rate) ? optim_rate(s.optim.kind) : d->rate;
	if (!isnan(d->momentum) && s.optim.kind != OPTIM_SGD)
		die_usage("--momentum is for --optimizer sgd");
	if (!isnan(d->momentum))
		s.optim.momentum = d->momentum;
	if (!isnan(d->decay))
		s.optim.weight_decay = d->decay;
	return s;
}

void train_stages(struct train *t)
{
	t->o.nstage = t->ntext ? t->ntext : 1;
	for (int k = 0; k < t->o.nstage; k++) {
		struct draft d = t->draft;

		if (t->ntext)
			read_stage(&d, t->text[k]);
		t->o.stage[k] = settle(&d);
		if (t->o.stage[k].patience && !t->val)
			die_usage("--patience needs a validation stream (--val)");
		if (t->o.stage[k].schedule.kind == SCHEDULE_PLATEAU && !t->val)
			die_usage("--schedule plateau needs a validation stream (--val)");
		if (t->o.stage[k].patience && t->o.keep_last)
			die_usage("--patience waits for a better epoch, --keep-last keeps the last: give one of them");
	}
}
