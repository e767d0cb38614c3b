/* What the page runs: tools as processes with limits, in a folder of this request's own. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/sanitized.h"
#include "base/tsv.h"
#include "page/page.h"

enum { CPU_SECONDS = 20, ARGS = 64 };
static const rlim_t ADDRESS_BYTES = (rlim_t)4 << 30, FILE_BYTES = (rlim_t)256 << 20;

static char *folder;                    /* of this request, or NULL before there is one */
static volatile pid_t child;            /* the tool that runs */
static volatile sig_atomic_t stopped;   /* the signal that ends this request */

/* ---- the folder ---- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	return at->level ? remove(path) : 0;
}

void page_sweep(void)
{
	if (folder)
		nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void page_folder(void)
{
	const char *at = *page_env("TMPDIR") ? getenv("TMPDIR") : access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
	char *base = xasprintf("%s/cxr-page.%d", at, (int)getuid());
	int n = atoi(page_env("CXR_PAGE_AT_ONCE"));
	struct stat st;

	if ((mkdir(base, 0700) && errno != EEXIST) || lstat(base, &st) || !S_ISDIR(st.st_mode) || st.st_uid != getuid() ||
	    (st.st_mode & 077))
		page_refuse("500 Internal Server Error", "The server has no folder to work in.");
	for (int i = 0; i < (n > 0 ? n : 2); i++) {
		char *name = xasprintf("%s/%d", base, i);
		int fd = mkdir(name, 0700) && errno != EEXIST ? -1 : open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB)) {
			folder = name;
			page_sweep();
			if (chdir(folder))
				page_refuse("500 Internal Server Error", "The server has no folder to work in.");
			free(base);
			return;
		}
		free(name);
	}
	page_refuse("503 Service Unavailable", "The server is busy: try again in a few seconds.");
}

/* ---- signals ---- */

static void on_signal(int signal_number)
{
	stopped = signal_number;
	if (child > 0)
		kill(-child, SIGKILL);
}

void page_signals(void)
{
	const int ends[] = {SIGALRM, SIGTERM, SIGINT, SIGHUP};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		sigaction(ends[i], &(struct sigaction){.sa_handler = on_signal}, NULL);
}

void page_check_stopped(void)
{
	if (stopped == SIGALRM)
		page_refuse("504 Gateway Timeout", "This took too long.");
	if (stopped)
		page_refuse("503 Service Unavailable", "The server is being stopped.");
}

/* ---- the tools ---- */

static void limit(int what, rlim_t to)
{
	setrlimit(what, &(struct rlimit){to, to});
}

/* Runs a tool; its output goes to a file, what it says to `err`. Exit code, or 128 and its signal. */
static int run(const char *output, char *const *arguments)
{
	int status;

	fflush(stdout);
	if (!(child = fork())) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		limit(RLIMIT_CPU, CPU_SECONDS);
		if (!SANITIZED)
			limit(RLIMIT_AS, ADDRESS_BYTES);
		limit(RLIMIT_FSIZE, FILE_BYTES);
		if (!freopen("/dev/null", "r", stdin) || !freopen(output, "w", stdout) || !freopen("err", "w", stderr))
			_exit(127);
		execvp(arguments[0], arguments);
		fprintf(stderr, "%s: not found\n", arguments[0]);
		_exit(127);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	child = 0;
	page_check_stopped();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What the tool said last, without its name and the file's. */
static const char *cause(void)
{
	unsigned char *text;
	struct err e;
	size_t n;

	if (file_read("err", 1 << 16, &text, &n, &e) || !n)
		return "The tools gave no answer within their limits of time and memory.";
	char *line = (char *)text, *end = strchr(line, '\n');
	if (end)
		*end = '\0';
	for (const char *const *p = (const char *const[]){"cxr-prep: ", "cxr-infer: ", "cxr-cam: ", "image: ", NULL}; *p; p++)
		if (!strncmp(line, *p, strlen(*p)))
			line += strlen(*p);
	text_clean(line);
	return strchr(line, '/') ? "The tools failed: see the server's log." : line;
}

void page_run(const char *status, const char *output, const char *const *words, const char *more)
{
	char *arguments[ARGS], *rest = xstrdup(more), *at;
	int n = 0;

	for (; *words; words++)
		arguments[n++] = (char *)*words;
	for (char *word = strtok_r(rest, " ", &at); word && n < ARGS - 1; word = strtok_r(NULL, " ", &at))
		arguments[n++] = word;
	arguments[n] = NULL;
	if (run(output, arguments))
		page_refuse(status, cause());
	free(rest);
}
