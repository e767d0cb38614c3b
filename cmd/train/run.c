/* What cxr-train does beside options: its epochs with log, progress and interruption; as one of several processes
 * (mpirun), which all do the same but for what the first alone does, writing files, the log, progress; and
 * --show-augment. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "image/sheet.h"
#include "image/unload.h"
#include "train/batch.h"
#include "run.h"
#include "zoo/zoo.h"

/* ---- several processes */

bool train_leads(const struct train *t)
{
	return !t->ranks || t->ranks->me == 0;
}

/* What fails on every rank is said by the first one: the launcher ends the others while they wait. */
static void let_lead_speak(const struct train *t)
{
	if (train_leads(t))
		return;
	signal(SIGTERM, SIG_DFL);
	sleep(5);
}

void train_die(const struct train *t, const struct err *e)
{
	let_lead_speak(t);
	die_err(e);
}

/* Why these processes cannot do that, or NULL. */
static const char *misfit(const struct train *t)
{
	int n = t->ranks->n, replicas = t->o.replicas;

	if (t->show)
		return "--show-augment is for one";
	if (n & (n - 1))
		return "their number must be a power of two";
	if (replicas & (replicas - 1))
		return "the number of --replicas must be a power of two";
	if (n > replicas)
		return "there must be as many --replicas at least";
	if (!t->stream || !strcmp(t->stream, "-") || (t->val && !strcmp(t->val, "-")))
		return "only one of them has standard input: name the file of the stream";
	return NULL;
}

/* Tasks of srun without MPI each train the same model, which is hardly what was meant. */
static void look_for_others(const struct train *t)
{
	const char *tasks = getenv("SLURM_STEP_NUM_TASKS");

	if (tasks && atoi(tasks) > 1 && t->o.replicas > 1)
		warn("one of %s tasks that do not know of each other trains alone: srun --mpi=pmix joins them", tasks);
}

/* By the descriptor: mpirun may give each a terminal, whose stream (tool_clean_terminal) freopen cannot take. */
static void be_silent(void)
{
	int fd = open("/dev/null", O_WRONLY);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		die("/dev/null: cannot open");
	close(fd);
}

void train_join(struct train *t)
{
	const char *why;
	struct err e;

	if (ranks_open(&t->ranks, &e))
		die_usage("%s", e.text);
	if (!t->ranks) {
		look_for_others(t);
		return;
	}
	why = misfit(t);
	if (why) {
		let_lead_speak(t);
		die_usage("%d processes, %d replicas: %s", t->ranks->n, t->o.replicas, why);
	}
	tool_quiet = tool_quiet || !train_leads(t);
	if (!train_leads(t))
		be_silent();
}

bool train_map(const struct train *t, struct dataset *d, const char *path)
{
	struct err e;
	int rc = t->ranks ? dataset_map(d, path, &e) : 0;

	if (rc < 0)
		train_die(t, &e);
	if (!ranks_any(t->ranks, !rc))
		return true;
	if (rc)
		dataset_free(d);
	return false;
}

/* ---- epochs */

static volatile sig_atomic_t stop;

/* The first signal asks for a checkpoint, a second one of its kind ends the process. */
static void on_signal(int signal)
{
	static volatile sig_atomic_t seen[NSIG];

	if (seen[signal])
		tool_signal(signal);
	seen[signal] = 1;
	stop = 1;
}

static void catch_signals(void (*handler)(int signal))
{
	static const int signals[] = {SIGTERM, SIGINT, SIGUSR1};
	struct sigaction a = {.sa_handler = handler, .sa_flags = SA_RESTART};

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &a, NULL);
}

/* In a handler: nothing but a write. A checkpoint of before, if there is one, stays. */
static void on_early_signal(int signal)
{
	static const char text[] = "cxr-train: interrupted before it trained: run it again\n";
	ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);

	(void)signal;
	(void)n;
	outfile_abort_signal();
	_exit(EXIT_INTERRUPTED);
}

void train_catch_early(void)
{
	catch_signals(on_early_signal);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* What train_run goes on with. */
struct running {
	const struct train *t;
	struct trainer *r;
	struct progress bar;
	double kept; /* when the last checkpoint was written */
};

static void step(void *ctx, int n)
{
	progress_step(&((struct running *)ctx)->bar, n);
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

static void print_log(const struct train *o, const struct trainer *t)
{
	int n;
	const struct epoch *row = trainer_epochs(t, &n);

	if (zoo_gives_map(o->arch))
		puts("epoch\ttrain_loss\ttrain_dice\tval_loss\tval_dice\tval_auc\tlr\tbest");
	else
		puts("epoch\ttrain_loss\ttrain_acc\tval_loss\tval_acc\tval_auc\tlr\tbest");
	for (int i = 0; i < n; i++)
		print_row(&row[i]);
	fflush(stdout);
}

static void tell(const struct train *o, const struct trainer *t, const struct epoch *r, double seconds)
{
	int last = r->epoch + trainer_epochs_left(t);

	if (tool_quiet)
		return;
	if (zoo_gives_map(o->arch))
		warn("epoch %d/%d: loss %.4f, Dice %.4f%s, %.1f s", r->epoch, last, r->train_loss,
		     o->val ? r->val_acc : r->train_acc, o->val ? " in validation" : "", seconds);
	else if (o->val)
		warn("epoch %d/%d: loss %.4f, validation loss %.4f, AUC %.4f%s, %.1f s", r->epoch, last, r->train_loss,
		     r->val_loss, r->val_auc, r->best && !o->o.keep_last ? " (best)" : "", seconds);
	else
		warn("epoch %d/%d: loss %.4f, accuracy %.4f, %.1f s", r->epoch, last, r->train_loss, r->train_acc,
		     seconds);
}

/* After every step: against the machine going down. What it costs is little beside a minute's work. */
static void keep_checkpoint(void *ctx)
{
	struct running *run = ctx;
	const struct train *t = run->t;
	struct err e;

	if (!ranks_any(t->ranks, train_leads(t) && now() - run->kept >= 60 * t->minutes))
		return;
	if (trainer_save(run->r, t->checkpoint, &e))
		warn("%s", e.text);
	run->kept = now();
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

static void end_epoch(const struct train *t, const struct trainer *r, double seconds)
{
	int n;
	const struct epoch *row = trainer_epochs(r, &n);
	struct err e;

	tell(t, r, &row[n - 1], seconds);
	if (trainer_same_values(r, &e)) /* cannot be, so it must not pass unseen */
		train_die(t, &e);
	print_row(&row[n - 1]);
	fflush(stdout);
}

void train_run(struct train *t, struct trainer *r)
{
	struct running run = {.t = t, .r = r, .kept = now()};
	enum train_state state;
	struct err e;
	double start = now();

	progress_start(&run.bar, "train", trainer_images_left(r));
	trainer_watch(r, &(struct watch){step, keep_checkpoint, &run, &stop});
	print_log(t, r);
	catch_signals(on_signal);
	while ((state = trainer_epoch(r, &e)) == TRAIN_EPOCH) {
		end_epoch(t, r, now() - start);
		start = now();
	}
	progress_end(&run.bar);
	trainer_watch(r, &(struct watch){0});
	if (state == TRAIN_FAILED || (state == TRAIN_STOPPED && trainer_save(r, t->checkpoint, &e)))
		train_die(t, &e);
	if (state == TRAIN_STOPPED)
		interrupted(t);
}

/* ---- what the network gets to see */

enum { ROWS = 5, COLUMNS = 7 };

/* Column 0 is the image, column k > 0 what epoch k makes of it. */
static void place_image(struct image *sheet, const struct train *t, const struct dataset *d, int row, int column,
                        int rows, struct pool *pool)
{
	const struct recipe *r = &d->recipe;
	struct image image = {.width = r->width, .height = r->height, .channels = r->channels};
	size_t values = (size_t)r->width * (size_t)r->height * (size_t)r->channels;
	struct batch b = {
		.set = d, .first = (size_t)row * d->n / (size_t)rows, .n = 1, .augment = column ? &t->o.augment : NULL,
		.background = column ? t->o.background : 0,
		.seed = t->o.seed, .epoch = (uint64_t)(column ? column - 1 : 0),
	};
	float *value = xmalloc(values * sizeof *value);

	image.u8 = xmalloc(values);
	batch_load(&b, value, pool);
	image_unload_bytes(r, value, values, image.u8);
	sheet_put(sheet, row, column, &image);
	free(image.u8);
	free(value);
}

void train_show(const struct train *t, const struct dataset *d)
{
	int rows = d->n < ROWS ? (int)d->n : ROWS;
	struct pool *pool = pool_new(1);
	struct image sheet;
	struct outfile o;
	struct err e;

	if (sheet_new(&sheet, rows, COLUMNS, d->recipe.width, d->recipe.height, &e))
		die_err(&e);
	for (int row = 0; row < rows; row++)
		for (int column = 0; column < COLUMNS; column++)
			place_image(&sheet, t, d, row, column, rows, pool);
	if (outfile_open(&o, t->show, &e) || image_put_png(&sheet, o.f, &e) || outfile_commit(&o, &e))
		die_err(&e);
	image_free(&sheet);
	pool_free(pool);
}
