/* cxr-train: a labelled stream to a model. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"
#include "nn/gemm.h"
#include "nn/start.h"
#include "train/fit_odd.h"
#include "train/run.h"
#include "zoo/weights.h"
#include "zoo/zoo.h"

enum {
	OPT_INIT = 256, OPT_VAL, OPT_KEEP_LAST, OPT_LAST, OPT_RESUME, OPT_MINUTES, OPT_BATCH, OPT_MICRO, OPT_REPLICAS,
	OPT_LOSS, OPT_WEIGHTS, OPT_FOCAL, OPT_SMOOTH, OPT_EMA, OPT_HFLIP, OPT_AUGMENT, OPT_SHOW, OPT_MASKS, OPT_EVIDENCE,
	OPT_BACKGROUND, OPT_ALLOW_SEEN, OPT_SEED, OPT_NO_SHUFFLE, OPT_STAGE,
	OPT_EPOCHS, /* from here on: of stages, by their names */
	OPT_TRAIN, OPT_OPTIMIZER, OPT_LR, OPT_SCHEDULE, OPT_PATIENCE, OPT_MOMENTUM, OPT_DECAY, OPT_L2, OPT_CLIP,
};
static const struct opt options[] = {
	{'a', "arch", "SPEC", "architecture, e.g. resnet18, resnet50:classes=2; list prints what there is", NULL},
	{'o', "output", "MODEL", "the model file to write", NULL},
	{OPT_INIT, "init", "FILE", "start from these weights (safetensors, torch, numpy, Keras)", NULL},
	{OPT_VAL, "val", "STREAM", "validate after each epoch; the best epoch by AUC becomes the model", NULL},
	{OPT_ALLOW_SEEN, "allow-seen", NULL, "validate on images or patients that are trained on all the same", NULL},
	{OPT_KEEP_LAST, "keep-last", NULL, "the last epoch becomes the model, whatever --val says", NULL},
	{OPT_LAST, "last", "FILE", "write the last epoch's model as well", NULL},
	{OPT_EPOCHS, "epochs", "N", "passes over the images [5]", NULL},
	{OPT_BATCH, "batch", "N", "images per step [16]", NULL},
	{OPT_MICRO, "microbatch", "N", "images in memory at a time [the batch]", NULL},
	{OPT_REPLICAS, "replicas", "R", "batches whose gradients are averaged for a step [1]", NULL},
	{OPT_LR, "lr", "X", "learning rate [adam, adamw: 0.001, sgd: 0.01]", NULL},
	{OPT_SCHEDULE, "schedule", "SPEC", "learning rate over the epochs: constant, cosine, step:every=N:factor=X, "
	 "plateau:patience=N:factor=X, onecycle; :warmup=N [constant]", NULL},
	{OPT_OPTIMIZER, "optimizer", "NAME", "adam, adamw or sgd [adam]", NULL},
	{OPT_MOMENTUM, "momentum", "X", "momentum of sgd [0.9]", NULL},
	{OPT_DECAY, "weight-decay", "X", "weight decay [adamw: 0.01, others: 0]", NULL},
	{OPT_L2, "l2", "PREFIX=X,...", "X times the sum of squares of the weights under PREFIX joins the loss", NULL},
	{OPT_CLIP, "clip", "X", "the gradient's norm is at most X [any]", NULL},
	{OPT_LOSS, "loss", "bce|ce|dice", "one output, or one for each class [by SPEC; bce for two classes]; of maps bce or "
	 "dice", NULL},
	{OPT_WEIGHTS, "class-weights", "W", "none, balanced, or W0,W1,... in the order of classes [none]", NULL},
	{OPT_FOCAL, "focal", "GAMMA", "focal loss: less weight to what is sure already [0]", NULL},
	{OPT_SMOOTH, "smoothing", "X", "label smoothing [0]", NULL},
	{OPT_TRAIN, "train", "PREFIX,...", "train only parameters under these names; PREFIX+: it and all after it", NULL},
	{OPT_PATIENCE, "patience", "N", "stop after N epochs without a better validation [never]", NULL},
	{OPT_STAGE, "stage", "'KEY=VALUE ...'", "a stage with its own epochs, optimizer, lr, momentum, weight-decay, l2, "
	 "clip, schedule, train, patience; repeat for more", NULL},
	{OPT_EMA, "ema", "DECAY", "validate and keep a moving average of the parameters", NULL},
	{OPT_HFLIP, "hflip", NULL, "mirror every other image at random", NULL},
	{OPT_AUGMENT, "augment", "LIST", "change images at random: rotate=DEGREES, shift=X, zoom=X, aspect=X, crop=X, "
	 "brightness=X, contrast=X, gamma=X, noise=X, blur=X, erase=P, mixup=X", NULL},
	{OPT_MASKS, "masks", "STREAM|DIR", "lung masks of the images, by their names", NULL},
	{OPT_EVIDENCE, "evidence-loss", "X", "X times the evidence outside the lungs joins the loss [0]", NULL},
	{OPT_BACKGROUND, "background", "P", "with probability P what is outside the lungs comes from another image [0]", NULL},
	{OPT_SHOW, "show-augment", "FILE", "write a PNG of some images and their changes; train nothing", NULL},
	TOOL_SEED(OPT_SEED, "0"),
	{OPT_NO_SHUFFLE, "no-shuffle", NULL, "take the images in the order of the stream", NULL},
	{OPT_MINUTES, "checkpoint-minutes", "X", "minutes between checkpoints, in the midst of an epoch, too [1]", NULL},
	{OPT_RESUME, "resume", "FILE", "go on from the checkpoint of an interrupted run", NULL},
	TOOL_QUIET, TOOL_THREADS, TOOL_SANDBOX, TOOL_OPTIONS, TOOL_END
};
static const struct tool train_tool = {
	"cxr-train",
	"-a SPEC [--init FILE] -o MODEL [--val STREAM] [--allow-seen] [--keep-last] [--last FILE] [--epochs N] [--batch N] "
	"[--microbatch N] [--replicas R] [--lr X] [--schedule SPEC] [--optimizer NAME] [--momentum X] [--weight-decay X] "
	"[--l2 PREFIX=X,...] [--clip X] [--loss bce|ce|dice] [--class-weights W] [--focal GAMMA] [--smoothing X] "
	"[--train PREFIX,...] [--patience N] [--stage 'KEY=VALUE ...'] [--ema DECAY] [--hflip] [--augment LIST] "
	"[--masks STREAM|DIR] [--evidence-loss X] [--background P] "
	"[--show-augment FILE] [--seed N] [--no-shuffle] [--checkpoint-minutes X] "
	"[--resume FILE] [-q] [-j N] [STREAM]",
	"Train a network on a labelled stream (operand, or standard input); the log of epochs goes to standard output.",
	options
};

static void need(int rc, const struct err *e)
{
	if (rc)
		die_usage("%s", e->text);
}

static void stage_option(struct train *t, const struct opts *o, int key)
{
	const struct opt *which = options;
	struct err e;

	while (which->key != key)
		which++;
	if (draft_set(&t->draft, which->name, o->arg, &e))
		die_usage("option --%s: %s", which->name, e.text);
}

static void add_stage(struct train *t, const char *text)
{
	if (t->ntext == TRAIN_STAGES)
		die_usage("option --stage: %d stages at most", TRAIN_STAGES);
	t->text[t->ntext++] = xstrdup(text);
}

static void take_option(struct train *t, const struct opts *o, int key)
{
	struct err e;

	switch (key) {
	case 'a': t->arch = o->arg; break;
	case 'o': t->out = o->arg; break;
	case OPT_INIT: t->init = o->arg; break;
	case OPT_VAL: t->val = o->arg; break;
	case OPT_ALLOW_SEEN: t->allow_seen = true; break;
	case OPT_KEEP_LAST: t->o.keep_last = true; break;
	case OPT_LAST: t->last = o->arg; break;
	case OPT_BATCH: t->o.batch = tool_int(o, 1, 4096); break;
	case OPT_MICRO: t->o.microbatch = tool_int(o, 1, 4096); break;
	case OPT_REPLICAS: t->o.replicas = tool_int(o, 1, 4096); break;
	case OPT_LOSS:
		need(loss_parse(o->arg, &t->o.loss.kind, &e), &e);
		t->loss_given = true;
		break;
	case OPT_WEIGHTS:
		need(train_weights(o->arg, 0, NULL, &e), &e);
		t->o.weights = o->arg;
		break;
	case OPT_FOCAL: t->o.loss.gamma = tool_double(o, 0, 100); break;
	case OPT_SMOOTH: t->o.loss.smoothing = tool_double(o, 0, .99); break;
	case OPT_EMA: t->o.ema = tool_double(o, 0, .9999999); break;
	case OPT_HFLIP: t->o.augment.hflip = true; break;
	case OPT_AUGMENT: need(augment_parse(o->arg, &t->o.augment, &e), &e); break;
	case OPT_MASKS: t->masks = o->arg; break;
	case OPT_EVIDENCE: t->o.evidence = tool_double(o, 0, 1e6); break;
	case OPT_BACKGROUND: t->o.background = tool_double(o, 0, 1); break;
	case OPT_SHOW: t->show = o->arg; break;
	case OPT_SEED: t->o.seed = tool_int(o, 0, INT64_MAX); break;
	case OPT_NO_SHUFFLE: t->o.shuffle = false; break;
	case OPT_MINUTES: t->minutes = tool_double(o, 0, 1e6); break;
	case OPT_RESUME: t->resume = o->arg; break;
	case OPT_STAGE: add_stage(t, o->arg); break;
	default: stage_option(t, o, key);
	}
}

static void settle_stages(struct train *t)
{
	struct err e;

	t->o.nstage = t->ntext ? t->ntext : 1;
	for (int k = 0; k < t->o.nstage; k++) {
		struct draft d = t->draft;

		if (t->ntext && draft_read(&d, t->text[k], &e))
			die_usage("option --stage: %s", e.text);
		need(draft_settle(&d, &t->o.stage[k], &e), &e);
	}
	need(train_check(&t->o, t->val != NULL, &e), &e);
}

static void settle(struct train *t)
{
	if (t->arch && !strcmp(t->arch, "list")) {
		zoo_names(stdout);
		tool_finish(EXIT_OK);
	}
	settle_stages(t);
	if (!t->show && (!t->arch || !t->out))
		die_usage("%s", t->arch ? "no output: name the model file with -o" : "no architecture: give one with -a");
	if (t->val && !strcmp(t->val, "-") && (!t->stream || !strcmp(t->stream, "-")))
		die_usage("training and validation cannot both be standard input");
	bool map = t->arch && zoo_gives_map(t->arch);

	if (map && !t->masks && !t->show)
		die_usage("%s learns a map, from masks: give --masks", t->arch);
	if (t->masks && !map && !(t->o.evidence > 0) && !(t->o.background > 0))
		die_usage("--masks serves --evidence-loss, --background and maps (dense=): give one of them");
	if (!t->masks && (t->o.evidence > 0 || t->o.background > 0))
		die_usage("--evidence-loss and --background need --masks");
	t->checkpoint = xasprintf("%s.ckpt", t->out ? t->out : "");
}

static void read_options(struct train *t, struct opts *o, int argc, char **argv)
{
	train_defaults(&t->o);
	draft_defaults(&t->draft);
	for (int key; (key = tool_option(o)) != 0; )
		take_option(t, o, key);
	if (argc - opts_rest(o) > 1)
		die_usage("one stream at most: '%s' is too much", argv[opts_rest(o) + 1]);
	t->stream = argc > opts_rest(o) ? argv[opts_rest(o)] : NULL;
	settle(t);
}

static void read_set(struct dataset *d, const struct train *t, const char *path)
{
	struct source src;
	struct err e;

	if (!train_map(t, d, path)) {
		tool_input(&src, path);
		if (dataset_read(d, &src, &e))
			train_die(t, &e);
		source_close(&src);
	}
	if (d->errors)
		remark("%s: %lld images that could not be read are left out", path ? path : "standard input",
		       (long long)d->errors);
}

/* Images or patients that are trained on as well say nothing of others: an error, unless that is wanted. */
static void refuse_seen(const struct train *t, const struct train_seen *s, size_t n)
{
	bool images = s->images >= s->patients;
	char *text = xasprintf("%s: %zu of %zu validation images are %s: what they say of the model does not hold for others",
	                       t->val, images ? s->images : s->patients, n,
	                       images ? "also trained on" : "of patients that are trained on");
	struct err e;

	err_set(&e, "%s (--allow-seen goes on all the same)", text);
	if (!t->allow_seen)
		train_die(t, &e);
	remark("%s", text);
	free(text);
}

static void read_val(struct dataset *val, const struct dataset *set, const struct train *t)
{
	struct train_seen s;

	read_set(val, t, t->val);
	train_seen(&s, set, val);
	if (s.images || s.patients)
		refuse_seen(t, &s, val->n);
	if (s.unknown_images)
		remark("%s: whether its images are also trained on is not known: %zu of all %zu have no digest", t->val,
		       s.unknown_images, set->n + val->n);
	if (s.unknown_patients)
		remark("%s: whether its patients are also trained on is not known: patients are not known of %zu of all %zu images",
		       t->val, s.unknown_patients, set->n + val->n);
}

/* Which class is which decides what every number means. */
static void tell_classes(const struct dataset *d)
{
	const char *list = record_get(&d->head, "classes");
	struct classes c, sorted;
	bool given = false;

	if (classes_parse(&c, list, NULL))
		return;
	classes_parse(&sorted, list, NULL);
	classes_sort(sorted.name, sorted.n);
	for (int k = 0; k < c.n; k++)
		given |= strcmp(c.name[k], sorted.name[k]) != 0;
	const char *from = given ? "in the order that was given" : "in the order of their names, health first";
	const char *last = c.name[c.n - 1];

	if (c.n == 2)
		remark("classes %s, %s, %s: %s is the positive one%s", c.name[0], last, from, last,
		     classes_health(last) > 0 ? ", though it is a name of health (cxr-list --positive NAME)" : "");
	else
		remark("%d classes, %s: %s", c.n, from, list);
	classes_free(&c);
	classes_free(&sorted);
}

/* The network, started; by its outputs the loss, when none was given. */
static struct net *make_net(struct train *t, const struct dataset *d)
{
	int classes = d->classes.n;
	int logits = t->loss_given && t->o.loss.kind == LOSS_CE ? classes : classes == 2 ? 1 : classes;
	const char *names;
	struct record weights = {0};
	struct start s;
	struct err e;
	char *text;
	struct net *n = zoo_net(t->arch, &d->recipe, logits, &e);

	if (!n)
		train_die(t, &e);
	if (!t->loss_given)
		t->o.loss.kind = net_logits(n) == 1 ? LOSS_BCE : LOSS_CE;
	names = net_is_map(n) ? "outside,inside" : record_get(&d->head, "classes");
	if (classes_parse(&n->classes, names, &e) ||
	    (t->init && weights_read(&weights, t->init, n, &e)))
		train_die(t, &e);
	if (start_net(n, t->o.seed, t->init ? &weights : NULL, &s, &e)) {
		err_prefix(&e, "%s", t->init);
		train_die(t, &e);
	}
	text = start_text(&s);
	if (t->init)
		remark("%s: %s", t->init, text);
	free(text);
	if (!(text = train_left_random(n, &t->o, t->init ? s.from_weights : NULL, &e)))
		train_die(t, &e);
	if (*text)
		remark("started at random and never trained: %s (--train)", text);
	free(text);
	start_free(&s);
	record_free(&weights);
	return n;
}

static void version(FILE *f)
{
	struct err e;
	if (!gemm_start(&e))
		fprintf(f, "%s, %s kernels\n", gemm_library(), gemm_kernels());
	if (ranks_library())
		fprintf(f, "%s\n", ranks_library());
}

/* Hours later would be too late to find out that an output cannot be written, or is an input. */
static void try_outputs(const struct train *t)
{
	const char *inputs[] = {t->stream ? t->stream : "-", t->val, t->init, t->masks};
	const char *outputs[] = {t->out, t->last};
	struct err e;

	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
		if (inputs[i])
			input_note(strcmp(inputs[i], "-") ? inputs[i] : "/dev/stdin");
	for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
		if (outputs[i] && output_try(outputs[i], &e))
			die_err(&e);
	if (output_try_derived(t->checkpoint, &e))
		die_err(&e);
}

/* The first rank's part of the end. One file that cannot be written does not lose the other, nor a checkpoint. */
static int save(const struct train *t, struct trainer *r, struct net *net, const struct dataset *set,
                const struct dataset *val, struct pool *pool)
{
	struct err e;
	int rc = t->last ? net_save(net, t->last, &e) : 0;

	if (rc)
		warn("%s", e.text);
	trainer_finish(r);
	if (trainer_try(r, &e) || fit_odd(net, set, val, t->o.batch, pool, &e) || net_save(net, t->out, &e)) {
		warn("%s", e.text);
		rc = -1;
	}
	if (!rc)
		unlink(t->checkpoint);
	return rc;
}

/* Processes that train together are left as they are: their messages need connections. */
static void give_up_rights(const struct train *t)
{
	const char *const reads[] = {t->stream, t->val, t->init, t->masks, t->resume}, *const writes[] = {t->out, t->last,
	                             t->show};

	if (t->ranks)
		return;
	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
		tool_reads(reads[i]);
	for (size_t i = 0; i < sizeof writes / sizeof *writes; i++)
		tool_writes(writes[i]);
	if (t->init && strchr(t->init, '=')) /* a=FILE,b=FILE of a stack */
		tool_reads_anywhere();
	tool_sandbox();
}

int main(int argc, char **argv)
{
	struct train t = {.minutes = 1};
	struct dataset set, val;
	struct opts o;
	struct err e;
	int rc;

	train_catch_early(); /* first: tool_start leaves alone what is caught already */
	tool_start(&train_tool, &o, argc, argv);
	tool_version_more = version;
	read_options(&t, &o, argc, argv);
	train_join(&t);
	if (train_leads(&t) && !t.show)
		try_outputs(&t);
	give_up_rights(&t);
	if (t.show) {
		read_set(&set, &t, t.stream);
		if (t.masks)
			train_read_masks(&t, &set);
		train_show(&t, &set);
		tool_finish(EXIT_OK);
	}
	read_set(&set, &t, t.stream);
	if (t.masks)
		train_read_masks(&t, &set);
	if (t.val)
		read_val(&val, &set, &t);
	if (t.val && zoo_gives_map(t.arch))
		train_read_masks(&t, &val);
	if (!zoo_gives_map(t.arch))
		tell_classes(&set);
	struct net *net = make_net(&t, &set);
	struct pool *pool = pool_new(tool_threads);
	struct trainer *r = trainer_new(net, &set, t.val ? &val : NULL, &t.o, pool, &e);
	if (!r || (t.resume && trainer_resume(r, t.resume, &e)))
		train_die(&t, &e);
	trainer_join(r, t.ranks);
	if (trainer_same(r, t.stream, t.val, &e))
		train_die(&t, &e);
	train_run(&t, r);

	train_provenance(r);
	rc = train_leads(&t) ? save(&t, r, net, &set, t.val ? &val : NULL, pool) : 0;
	ranks_close(t.ranks);
	trainer_free(r);
	pool_free(pool);
	net_free(net);
	dataset_free(&set);
	if (t.val)
		dataset_free(&val);
	free(t.checkpoint);
	for (int k = 0; k < t.ntext; k++)
		free(t.text[k]);
	opts_free(&o);
	tool_finish(rc ? EXIT_FAIL : EXIT_OK);
}
