/* What training is asked for, and as text. */
#include <stdlib.h>

#include "base/mem.h"
#include "nn/train.h"

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

static void add_optim(struct text *t, const struct stage *s, const char *dash, char is)
{
	const struct optim_options *p = &s->optim;

	if (p->kind == OPTIM_SGD)
		text_addf(t, " %smomentum%c%.9g", dash, is, p->momentum);
	if (p->weight_decay != 0)
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

static void add_stage(struct text *t, const struct stage *s)
{
	char *schedule = schedule_text(&s->schedule);

	text_addf(t, " --stage 'epochs=%d optimizer=%s lr=%.9g schedule=%s", s->epochs, optim_name(s->optim.kind), s->rate,
	          schedule);
	add_optim(t, s, "", '=');
	text_add(t, "'");
	free(schedule);
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
	for (int k = 0; o->nstage > 1 && k < o->nstage; k++)
		add_stage(&t, &o->stage[k]);
	free(schedule);
	return t.s;
}
