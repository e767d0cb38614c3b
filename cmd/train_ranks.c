/* cxr-train as one of several processes (mpirun). All of them do the same but for what the first alone does: writing
 * files, the log, progress. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "nn/gemm.h"
#include "train.h"

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
	if (!train_leads(t) && !freopen("/dev/null", "w", stdout))
		die("/dev/null: cannot open");
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

static int same_text(const struct train *t, const char *what, const char *text, struct err *e)
{
	return ranks_same(t->ranks, what, text, strlen(text), e);
}

static int same_program(const struct train *t, struct err *e)
{
	unsigned char *bytes;
	size_t n;
	int rc;

	if (file_read("/proc/self/exe", (size_t)1 << 30, &bytes, &n, e))
		return -1;
	rc = ranks_same(t->ranks, "program", bytes, n, e);
	free(bytes);
	return rc || same_text(t, "OpenBLAS", gemm_library(), e) || same_text(t, "set of kernels", gemm_kernels(), e);
}

static int same_set(const struct train *t, const char *what, const char *path, const struct dataset *d, struct err *e)
{
	if (!d || ranks_same(t->ranks, what, &d->crc, sizeof d->crc, e))
		return d ? -1 : 0;
	return dataset_verify(d, t->ranks, e) ? err_prefix(e, "%s", path) : 0;
}

static int same_data(const struct train *t, const struct trainer *r, struct err *e)
{
	return same_set(t, "stream", t->stream, r->set, e) || same_set(t, "validation stream", t->val, r->val, e);
}

static int same_run(const struct train *t, const struct trainer *r, struct err *e)
{
	char *run = trainer_run_text(r), *all = xasprintf("%s; %d epochs and %zu images are done", run, r->nrow, r->at);
	int rc = same_text(t, "set of options or checkpoint", all, e);

	free(all);
	free(run);
	return rc;
}

int train_same(const struct train *t, const struct trainer *r, struct err *e)
{
	const struct net *n = r->net;

	return ranks_same(t->ranks, "set of parameters", n->value, n->g->count * sizeof *n->value, e);
}

void train_check_ranks(const struct train *t, const struct trainer *r)
{
	struct err e;

	if (t->ranks && (same_program(t, &e) || same_data(t, r, &e) || same_run(t, r, &e) || train_same(t, r, &e)))
		train_die(t, &e);
}
