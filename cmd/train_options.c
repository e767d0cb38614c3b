/* The options of cxr-train. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "train.h"

enum {
	OPT_INIT = 256, OPT_VAL, OPT_EPOCHS, OPT_BATCH, OPT_LR, OPT_LOSS, OPT_OPTIMIZER, OPT_MOMENTUM, OPT_DECAY,
	OPT_SCHEDULE, OPT_WEIGHTS, OPT_TRAIN, OPT_HFLIP, OPT_PATIENCE, OPT_SEED, OPT_NO_SHUFFLE, OPT_RESUME,
};
static const struct opt options[] = {
	{'a', "arch", "SPEC", "architecture, e.g. resnet18, resnet50:classes=2", NULL},
	{'o', "output", "MODEL", "the model file to write", NULL},
	{OPT_INIT, "init", "FILE", "start from these weights (safetensors, torch, numpy, Keras)", NULL},
	{OPT_VAL, "val", "STREAM", "validate after each epoch; the best epoch by AUC becomes the model", NULL},
	{OPT_EPOCHS, "epochs", "N", "passes over the pictures [5]", NULL},
	{OPT_BATCH, "batch", "N", "pictures per step [16]", NULL},
	{OPT_LR, "lr", "X", "learning rate [adam, adamw: 0.001, sgd: 0.01]", NULL},
	{OPT_LOSS, "loss", "bce|ce", "one output, or one for each class [by SPEC; bce for two classes]", NULL},
	{OPT_OPTIMIZER, "optimizer", "NAME", "adam, adamw or sgd [adam]", NULL},
	{OPT_MOMENTUM, "momentum", "X", "momentum of sgd [0.9]", NULL},
	{OPT_DECAY, "weight-decay", "X", "weight decay [adamw: 0.01, others: 0]", NULL},
	{OPT_SCHEDULE, "schedule", "NAME", "learning rate over the epochs: constant or cosine [constant]", NULL},
	{OPT_WEIGHTS, "class-weights", "W", "none, balanced, or W0,W1,... in the order of classes [none]", NULL},
	{OPT_TRAIN, "train", "PREFIX,...", "train only parameters under these names; PREFIX+: it and all after it", NULL},
	{OPT_HFLIP, "hflip", NULL, "mirror every other picture at random", NULL},
	{OPT_PATIENCE, "patience", "N", "stop after N epochs without a better validation [never]", NULL},
	{OPT_SEED, "seed", "N", "seed of all random numbers [0]", NULL},
	{OPT_NO_SHUFFLE, "no-shuffle", NULL, "take the pictures in the order of the stream", NULL},
	{OPT_RESUME, "resume", "FILE", "go on from the checkpoint of an interrupted run", NULL},
	TOOL_QUIET, TOOL_THREADS, TOOL_OPTIONS, TOOL_END
};
const struct tool train_tool = {
	"cxr-train",
	"-a SPEC [--init FILE] -o MODEL [--val STREAM] [--epochs N] [--batch N] [--lr X] [--loss bce|ce] "
	"[--optimizer NAME] [--momentum X] [--weight-decay X] [--schedule NAME] [--class-weights W] "
	"[--train PREFIX,...] [--hflip] [--patience N] [--seed N] [--no-shuffle] [--resume FILE] [-q] [-j N] [STREAM]",
	"Train a network on a labelled stream (operand, or standard input); the log of epochs goes to standard output.",
	options
};

/* What has a default that depends on the optimizer; NaN: not given. */
struct numbers {
	double rate, momentum, decay;
};

static void need(int rc, const struct err *e)
{
	if (rc)
		die_usage("%s", e->text);
}

static void take(struct train *t, struct numbers *n, const struct opts *o, int key)
{
	struct err e;

	switch (key) {
	case 'a': t->arch = o->arg; break;
	case 'o': t->out = o->arg; break;
	case OPT_INIT: t->init = o->arg; break;
	case OPT_VAL: t->val = o->arg; break;
	case OPT_EPOCHS: t->o.epochs = tool_int(o, 1, 1000000); break;
	case OPT_BATCH: t->o.batch = tool_int(o, 1, 4096); break;
	case OPT_LR: n->rate = tool_double(o, 0, 1e30); break;
	case OPT_LOSS:
		need(loss_parse(o->arg, &t->o.loss.kind, &e), &e);
		t->loss_given = true;
		break;
	case OPT_OPTIMIZER: need(optim_parse(o->arg, &t->o.optim.kind, &e), &e); break;
	case OPT_MOMENTUM: n->momentum = tool_double(o, 0, 1); break;
	case OPT_DECAY: n->decay = tool_double(o, 0, 1e6); break;
	case OPT_SCHEDULE: need(schedule_parse(o->arg, &t->o.schedule, &e), &e); break;
	case OPT_WEIGHTS: t->o.weights = o->arg; break;
	case OPT_TRAIN: t->o.train = o->arg; break;
	case OPT_HFLIP: t->o.augment.hflip = true; break;
	case OPT_PATIENCE: t->o.patience = tool_int(o, 1, 1000000); break;
	case OPT_SEED: t->o.seed = tool_int(o, 0, INT64_MAX); break;
	case OPT_NO_SHUFFLE: t->o.shuffle = false; break;
	case OPT_RESUME: t->resume = o->arg; break;
	}
}

static void settle(struct train *t, const struct numbers *n)
{
	struct optim_options *p = &t->o.optim;

	optim_defaults(p, p->kind);
	t->o.rate = isnan(n->rate) ? optim_rate(p->kind) : n->rate;
	if (!isnan(n->momentum) && p->kind != OPTIM_SGD)
		die_usage("--momentum is for --optimizer sgd");
	p->momentum = isnan(n->momentum) ? p->momentum : n->momentum;
	p->weight_decay = isnan(n->decay) ? p->weight_decay : n->decay;
	if (!t->arch || !t->out)
		die_usage("%s", t->arch ? "no output: name the model file with -o" : "no architecture: give one with -a");
	if (t->o.patience && !t->val)
		die_usage("--patience needs a validation stream (--val)");
	if (t->val && !strcmp(t->val, "-") && (!t->stream || !strcmp(t->stream, "-")))
		die_usage("training and validation cannot both be standard input");
	if (t->o.train && !*t->o.train)
		die_usage("option --train: no names");
	t->checkpoint = xasprintf("%s.ckpt", t->out);
}

void train_read_options(struct train *t, struct opts *o, int argc, char **argv)
{
	struct numbers n = {NAN, NAN, NAN};

	train_defaults(&t->o);
	for (int key; (key = tool_option(o)) != 0; )
		take(t, &n, o, key);
	if (argc - opts_rest(o) > 1)
		die_usage("one stream at most: '%s' is too much", argv[opts_rest(o) + 1]);
	t->stream = argc > opts_rest(o) ? argv[opts_rest(o)] : NULL;
	settle(t, &n);
}
