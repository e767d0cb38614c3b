#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/pool.h"
#include "data/fetch.h"

bool tool_quiet;
int tool_threads = 1;
struct shard tool_shard;
bool tool_resume;
void (*tool_version_more)(FILE *f);

static const struct tool *tool;
static int current; /* key of the option just returned, for messages about its argument */
static atomic_bool bar_shown;

/* Messages */

/* One write, so that lines of several processes on one terminal do not mix; control bytes replaced. */
static void say(const char *tail, const char *format, va_list ap)
{
	char *text;
	if (vasprintf(&text, format, ap) < 0)
		return;
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	const char *clear = atomic_exchange(&bar_shown, false) ? "\r\033[K" : "";
	char *line = xasprintf("%s%s: %s\n%s", clear, tool ? tool->name : "cxr", text, tail);
	if (write(STDERR_FILENO, line, strlen(line)) < 0)
		errno = 0; /* nowhere to say it */
	free(line);
	free(text);
}

void warn(const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	say("", format, ap);
	va_end(ap);
}

void die(const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	say("", format, ap);
	va_end(ap);
	tool_exit(EXIT_FAIL);
}

void die_usage(const char *format, ...)
{
	char *hint = xasprintf("Try '%s -h' for help.\n", tool->name);
	va_list ap;
	va_start(ap, format);
	say(hint, format, ap);
	va_end(ap);
	free(hint);
	tool_exit(EXIT_USAGE);
}

void die_err(const struct err *e)
{
	die("%s", e->text);
}

/* After a failure other threads may still be at work: the handlers of exit would pull libraries from under them. */
void tool_exit(int status)
{
	outfile_abort_all();
	if (status == EXIT_OK || status == EXIT_ITEMS)
		exit(status);
	fflush(stdout);
	_exit(status);
}

void tool_finish(int status)
{
	bool bad = ferror(stdout);
	errno = bad ? EIO : 0;
	if (bad || fflush(stdout) || (fclose(stdout) && errno != EBADF))
		die("standard output: cannot write: %s", strerror(errno));
	tool_exit(status);
}

static void out_of_memory(size_t bytes)
{
	die("out of memory (%zu bytes wanted)", bytes);
}

/* Start and options */

/* A standard descriptor that came closed would be the first file opened: take its place with one that fails. */
static void fill_descriptors(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 1 ? O_RDONLY : O_WRONLY) < 0)
			_exit(EXIT_FAIL);
}

void tool_start(const struct tool *t, struct opts *o, int argc, char **argv)
{
	tool = t;
	fill_descriptors();
	signal(SIGPIPE, SIG_DFL);
	mem_fail = out_of_memory;
	tool_threads = pool_cpus();
	opts_init(o, t->options, argc, argv);
}

static _Noreturn void help(void)
{
	const char *lead = "usage:", *line = tool->synopsis;
	do {
		int n = strcspn(line, "\n");
		printf("%s %s%s%.*s\n", lead, tool->name, n ? " " : "", n, line);
		lead = "      ";
		line += n;
	} while (*line++ == '\n' && *line);
	char *table = opts_help(tool->options);
	printf("\n%s\n\n%s", tool->summary, table);
	free(table);
	tool_finish(EXIT_OK);
}

static _Noreturn void version(void)
{
	printf("%s %s\n", tool->name, CXR_VERSION);
	if (tool_version_more)
		tool_version_more(stdout);
	tool_finish(EXIT_OK);
}

int tool_option(struct opts *o)
{
	struct err e;
	for (;;) {
		current = opts_next(o, &e);
		switch (current) {
		case -1:
			die_usage("%s", e.text);
		case 'h':
			opts_free(o);
			help();
		case 1000:
			opts_free(o);
			version();
		case 'q':
			tool_quiet = true;
			break;
		case 'j':
			tool_threads = tool_int(o, 1, 1024);
			break;
		case 2000:
			if (shard_parse(&tool_shard, o->arg, &e))
				die_usage("option --shard: %s", e.text);
			break;
		case 2001:
			tool_resume = true;
			break;
		default:
			return current;
		}
	}
}

static const char *current_name(void)
{
	const struct opt *t = tool->options;
	while (t->name && t->key != current)
		t++;
	return t->name ? t->name : "?";
}

int64_t tool_int(const struct opts *o, int64_t lo, int64_t hi)
{
	int64_t v;
	if (num_int(o->arg, lo, hi, &v))
		return v;
	if (hi == INT64_MAX)
		die_usage("option --%s: '%s' is not a whole number from %lld", current_name(), o->arg, (long long)lo);
	die_usage("option --%s: '%s' is not a whole number from %lld to %lld", current_name(), o->arg, (long long)lo,
	          (long long)hi);
}

double tool_double(const struct opts *o, double lo, double hi)
{
	double v;
	if (num_double(o->arg, &v) && v >= lo && v <= hi)
		return v;
	die_usage("option --%s: '%s' is not a number from %g to %g", current_name(), o->arg, lo, hi);
}

const char *tool_model_env(void)
{
	const char *s = getenv("CXR_MODEL");
	return s && *s ? s : NULL;
}

/* Input and output */

void tool_refuse_terminal(void)
{
	if (isatty(STDOUT_FILENO))
		die_usage("the output is a binary stream: pipe it into another tool or a file");
}

void tool_input(struct source *s, const char *path)
{
	struct err e;
	if (!path && isatty(STDIN_FILENO))
		die_usage("no input: name a file, or pipe into standard input ('-' reads the terminal)");
	if (source_open_any(s, path ? path : "-", &e))
		die_err(&e);
}

int tool_write_stream(struct writer *w, const struct record *head, struct err *e)
{
	int rc = tool_resume ? writer_resume(w, stdout, head, e) : writer_open(w, stdout, head, e);
	return rc ? err_prefix(e, "standard output") : 0;
}

/* Progress */

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static bool shows(void)
{
	static int terminal = -1;
	if (terminal < 0)
		terminal = isatty(STDERR_FILENO);
	return terminal && !tool_quiet;
}

void progress_start(struct progress *p, const char *what, int64_t total)
{
	*p = (struct progress){.what = what, .total = total, .start = now()};
}

static void draw(const struct progress *p, double t)
{
	enum { WIDTH = 30 };
	double rate = p->done / (t - p->start + 1e-9);
	char bar[WIDTH + 1] = "";
	if (p->total <= 0) {
		fprintf(stderr, "\r%s %lld  %.1f/s\033[K", p->what, (long long)p->done, rate);
	} else {
		double part = p->done < p->total ? (double)p->done / p->total : 1;
		long left = rate > 0 ? (long)((p->total - p->done) / rate + .5) : 0;
		int filled = part * WIDTH;
		memset(bar, '.', WIDTH);
		memset(bar, '#', filled);
		fprintf(stderr, "\r%s [%s] %3d%%  %lld/%lld  %.1f/s  %ld:%02ld left\033[K", p->what, bar, (int)(part * 100),
		        (long long)p->done, (long long)p->total, rate, left / 60, left % 60);
	}
	fflush(stderr);
	atomic_store(&bar_shown, true);
}

void progress_step(struct progress *p, int64_t n)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&one);
	p->done += n;
	double t = shows() ? now() : 0;
	if (t - p->last >= .1) {
		p->last = t;
		draw(p, t);
	}
	pthread_mutex_unlock(&one);
}

void progress_end(struct progress *p)
{
	(void)p;
	if (atomic_exchange(&bar_shown, false))
		fputs("\r\033[K", stderr);
}
