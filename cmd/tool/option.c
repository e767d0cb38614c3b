/* A tool's start, the options that all have, -h and --version, and the arguments of options checked. */
#include "tool.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/choice.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/pool.h"

const struct tool *tool_self;
bool tool_quiet;
int tool_threads = 1;
struct shard tool_shard;
bool tool_resume;
void (*tool_version_more)(FILE *f);

static int current; /* key of the option just returned, for messages about its argument */

static void out_of_memory(size_t bytes)
{
	struct err e;

	budget_lift();
	budget_fail(&e, bytes < PTRDIFF_MAX ? bytes : 0);
	die_err(&e);
}

/* A standard descriptor that came closed would be the first file opened: take its place with one that fails. */
static void fill_descriptors(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 1 ? O_RDONLY : O_WRONLY) < 0)
			_exit(EXIT_FAIL);
}

void tool_signal(int signal_number)
{
	outfile_abort_signal();
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static void limit_memory(size_t bytes)
{
	struct err e;

	if (budget_set(bytes, &e))
		die_err(&e);
}

/* The end from within a signal: only what may be called there. */
static _Noreturn void last_words(const char *said)
{
	outfile_abort_signal();
	if (write(STDERR_FILENO, tool_self->name, strlen(tool_self->name)) < 0 ||
	    write(STDERR_FILENO, said, strlen(said)) < 0)
		_exit(EXIT_FAIL); /* nowhere to say it */
	_exit(EXIT_FAIL);
}

/* GLib ends a program that way when memory is refused; it has told how much it wanted. */
static void tool_trap(int signal_number)
{
	(void)signal_number;
	last_words(": out of memory in a library\n");
}

/* A mapped file that was cut short meanwhile. */
static void tool_bus(int signal_number)
{
	(void)signal_number;
	last_words(": a file was cut short while it was read\n");
}

/* A signal that ends the tool takes its unfinished files along; one that is ignored stays so (nohup). A file that may
 * not grow further is a failed write, with a message. */
static void catch_signals(void)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGXCPU};
	struct sigaction is, to = {.sa_handler = tool_signal};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (!sigaction(ends[i], NULL, &is) && is.sa_handler == SIG_DFL)
			sigaction(ends[i], &to, NULL);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGTRAP, tool_trap);
	if (!sigaction(SIGBUS, NULL, &is) && is.sa_handler == SIG_DFL)
		signal(SIGBUS, tool_bus);
}

void tool_start(const struct tool *t, struct opts *o, int argc, char **argv)
{
	tool_self = t;
	fill_descriptors();
	signal(SIGPIPE, SIG_DFL);
	catch_signals();
	mem_fail = out_of_memory;
	tool_clean_terminal();
	tool_threads = pool_cpus();
	limit_memory(budget_default());
	opts_init(o, t->options, argc, argv);
}

/* What the user set, else the terminal's, else that of a page. */
static size_t help_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	int64_t n;

	if (columns && num_int(columns, 1, 100000, &n))
		return (size_t)n;
	return isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : 80;
}

static _Noreturn void help(void)
{
	size_t width = help_width(), indent = strlen("usage: ") + strlen(tool_self->name) + 1;
	int n;
	char **usage = choice_split(tool_self->synopsis, '\n', &n), *table = opts_help(tool_self->options, width);
	struct text t = {0};

	for (int i = 0; i < n; i++) {
		text_addf(&t, "%s %s ", i ? "      " : "usage:", tool_self->name);
		opts_wrap(&t, usage[i], indent, width);
	}
	text_add(&t, "\n");
	opts_wrap(&t, tool_self->summary, 0, width);
	printf("%s\n%s", t.s, table);
	text_free(&t);
	free(usage);
	free(table);
	tool_finish(EXIT_OK);
}

static _Noreturn void version(void)
{
	printf("%s %s\n", tool_self->name, CXR_VERSION);
	if (tool_version_more)
		tool_version_more(stdout);
	tool_finish(EXIT_OK);
}

int tool_option(struct opts *o)
{
	struct err e;
	size_t bytes;
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
		case 2003:
			tool_open = true;
			break;
		case 2002:
			if (budget_parse(o->arg, &bytes, &e))
				die_usage("option --max-memory: %s", e.text);
			limit_memory(bytes);
			break;
		default:
			return current;
		}
	}
}

static const char *current_name(void)
{
	const struct opt *t = tool_self->options;
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

int tool_choice(const struct opts *o, const char *const *names, const char *const *words, int n)
{
	char *what;
	struct err e;
	int k;

	if (!strcmp(o->arg, "list")) {
		choice_print(stdout, names, words, n);
		tool_finish(EXIT_OK);
	}
	what = xasprintf("--%s", current_name());
	k = choice_find(what, o->arg, names, n, &e);
	if (k < 0)
		die_usage("%s", e.text);
	free(what);
	return k;
}

const char *tool_model_env(void)
{
	const char *s = getenv("CXR_MODEL");
	return s && *s ? s : NULL;
}
