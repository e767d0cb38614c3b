/* A child process for a parser that may break: its answer comes through a pipe, its error through another. */
#include "base/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/mem.h"
#include "base/sandbox.h"

enum { REFUSED = 1, UNHEARD }; /* exit codes of a child that says why, and of one that nobody listens to */

/* --- The child --- */

static int complaint; /* descriptor for the error */

static _Noreturn void refuse(const struct err *e)
{
	if (write(complaint, e->text, strlen(e->text) + 1) < 0)
		_exit(UNHEARD);
	_exit(REFUSED);
}

static void out_of_memory(size_t bytes)
{
	struct err e;

	budget_lift();
	budget_fail(&e, bytes);
	refuse(&e);
}

/* What the tool does on a signal is not the child's to do: it would remove the tool's files. */
static void own_signals(void)
{
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
}

static void limit(int what, rlim_t to)
{
	struct rlimit r = {to, to + 1}; /* at the second the kernel kills, at the first it says why */

	setrlimit(what, &r);
}

static _Noreturn void child(const struct cage *c, int answer, int error)
{
	FILE *out = fdopen(answer, "w");
	struct err e = {0};

	complaint = error;
	mem_fail = out_of_memory;
	own_signals();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, (rlim_t)c->seconds);
	sandbox_compute();
	if (!out || c->work(c->ctx, out, &e))
		refuse(&e);
	if (fflush(out))
		_exit(UNHEARD);
	_exit(0);
}

/* --- The caller --- */

static ptrdiff_t read_pipe(void *ctx, void *buf, size_t n, struct err *e)
{
	ssize_t got;

	while ((got = read(*(int *)ctx, buf, n)) < 0)
		if (errno != EINTR)
			return err_errno(e, "cannot read");
	return got;
}

/* What the child said, if it did. */
static int complained(int error, struct err *e)
{
	struct err said = {0};
	ssize_t n = read(error, said.text, sizeof said.text - 1);

	return n > 0 ? err_set(e, "%s", said.text) : err_set(e, "its reader failed");
}

/* How the child ended decides, unless it was the caller who had enough (then the pipe broke). */
static int verdict(pid_t pid, int taken, int error, struct err *e)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(e, "cannot wait for its reader");
	if (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED)
		return complained(error, e);
	bool unheard = WIFSIGNALED(status) ? WTERMSIG(status) == SIGPIPE : WEXITSTATUS(status) == UNHEARD;

	if (taken && (!status || unheard))
		return -1;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return err_set(e, "damaged: reading it takes too long");
	if (status)
		return err_set(e, "damaged: the library that reads it broke");
	return taken;
}

static int run(const struct cage *c, int answer[2], int error[2], struct err *e)
{
	pid_t pid = fork();

	if (pid < 0)
		return err_errno(e, "cannot start a process to read it");
	if (!pid) {
		close(answer[0]);
		close(error[0]);
		child(c, answer[1], error[1]);
	}
	close(answer[1]);
	close(error[1]);
	answer[1] = error[1] = -1;

	struct source in = {.name = "", .read = read_pipe, .ctx = &answer[0]};
	int taken = c->take(c->ctx, &in, e);

	close(answer[0]);
	answer[0] = -1;
	return verdict(pid, taken, error[0], e);
}

int cage_run(const struct cage *c, struct err *e)
{
	int answer[2] = {-1, -1}, error[2] = {-1, -1}, rc;

	if (pipe2(answer, O_CLOEXEC) || pipe2(error, O_CLOEXEC))
		rc = err_errno(e, "cannot start a process to read it");
	else
		rc = run(c, answer, error, e);
	for (int i = 0; i < 2; i++) {
		if (answer[i] >= 0)
			close(answer[i]);
		if (error[i] >= 0)
			close(error[i]);
	}
	return rc;
}
