/* The epochs of cxr-train: log, progress, interruption. */
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "base/num.h"
#include "train.h"

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

/* The first signal asks for a checkpoint, a second one of its kind ends the process. */
static void catch_signals(void)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGUSR1};
	struct sigaction a = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND | SA_RESTART};

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &a, NULL);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static void step(void *ctx, int n)
{
	progress_step(ctx, n);
}

static void print_row(const struct epoch *r)
{
	const double column[] = {r->train_loss, r->train_acc, r->val_loss, r->val_acc, r->val_auc, r->rate};
	char text[NUM_TEXT];

	printf("%d", r->epoch);
	for (size_t i = 0; i < sizeof column / sizeof *column; i++)
		printf("\t%s", num_text(column[i], text));
	printf("\t%d\n", r->best);
}

static void print_log(const struct trainer *t)
{
	puts("epoch\ttrain_loss\ttrain_acc\tval_loss\tval_acc\tval_auc\tlr\tbest");
	for (int i = 0; i < t->nrow; i++)
		print_row(&t->row[i]);
	fflush(stdout);
}

/* Epochs to come, at most. */
static int epochs(const struct trainer *t)
{
	int sum = t->first - t->nrow;

	for (int k = t->stage; k < t->o.nstage; k++)
		sum += t->o.stage[k].epochs;
	return sum;
}

static void tell(const struct trainer *t, double seconds)
{
	const struct epoch *r = &t->row[t->nrow - 1];
	int last = t->nrow + epochs(t);

	if (tool_quiet)
		return;
	if (t->val)
		warn("epoch %d/%d: loss %.4f, validation loss %.4f, AUC %.4f%s, %.1f s", r->epoch, last, r->train_loss,
		     r->val_loss, r->val_auc, r->best ? " (best)" : "", seconds);
	else
		warn("epoch %d/%d: loss %.4f, accuracy %.4f, %.1f s", r->epoch, last, r->train_loss, r->train_acc,
		     seconds);
}

/* Against the machine going down. What it costs is little beside a minute's work. */
static void keep_checkpoint(const struct train *t, struct trainer *r, double *kept)
{
	struct err e;

	if (!ranks_any(t->ranks, train_leads(t) && now() - *kept >= 60))
		return;
	if (trainer_save(r, t->checkpoint, &e))
		warn("%s", e.text);
	*kept = now();
}

/* The first rank alone ends with 75: after an exit that is not 0 launchers kill who still runs. */
static _Noreturn void interrupted(const struct train *t)
{
	bool leads = train_leads(t);

	if (leads)
		warn("interrupted: go on with --resume %s", t->checkpoint);
	ranks_close(t->ranks);
	tool_finish(leads ? EXIT_INTERRUPTED : EXIT_OK);
}

void train_run(struct train *t, struct trainer *r)
{
	struct progress bar;
	enum train_state state;
	struct err e;
	double start = now(), kept = start;

	progress_start(&bar, "train", epochs(r) * (int64_t)r->set->n - (int64_t)r->at);
	r->progress = step;
	r->ctx = &bar;
	r->stop = &stop;
	print_log(r);
	catch_signals();
	while ((state = trainer_epoch(r, &e)) == TRAIN_EPOCH) {
		tell(r, now() - start);
		start = now();
		if (train_same(t, r, &e)) /* cannot be, so it must not pass unseen */
			train_die(t, &e);
		print_row(&r->row[r->nrow - 1]);
		fflush(stdout);
		keep_checkpoint(t, r, &kept);
	}
	progress_end(&bar);
	r->progress = NULL;
	r->ctx = NULL;
	if (state == TRAIN_FAILED || (state == TRAIN_STOPPED && trainer_save(r, t->checkpoint, &e)))
		train_die(t, &e);
	if (state == TRAIN_STOPPED)
		interrupted(t);
}
