#ifndef CMD_TOOL_H
#define CMD_TOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/file.h"
#include "base/opt.h"
#include "stream/stream.h"

/* What every tool's main shares: five beats, options, open, loop, close-and-check, return. */

enum { EXIT_OK = 0, EXIT_FAIL = 1, EXIT_USAGE = 2, EXIT_ITEMS = 3, EXIT_UNJUDGED = 4, EXIT_INTERRUPTED = 75 };

struct tool {
	const char *name;
	const char *synopsis; /* lines of "[-q] [-j N] [FILE...]"; -h puts the name before each */
	const char *summary;  /* one sentence for -h */
	const struct opt *options; /* ends with TOOL_OPTIONS, TOOL_END */
};

extern const struct tool *tool_self; /* this program, set by tool_start */

/* The options that every tool has; tool_option handles them. Put TOOL_QUIET, TOOL_THREADS only where they mean
 * something. */
#define TOOL_QUIET   {'q', "quiet", NULL, "no progress and no remarks on standard error; errors stay", NULL}
#define TOOL_THREADS {'j', "threads", "N", "threads [all CPUs this process may use]", NULL}
#define TOOL_SHARD   {2000, "shard", "I/N", "only the I-th of N blocks of the list; slurm/N: of this array task", NULL}
#define TOOL_RESUME  {2001, "resume", NULL, "go on with the output of a run that died (>> FILE)", NULL}
#define TOOL_MEMORY  {2002, "max-memory", "SIZE", "memory to take at most, as 500M or 4G [half of what there is]", NULL}
#define TOOL_SEED(key, preset) {key, "seed", "N", "seed of all that is drawn at random [%s]", preset}
#define TOOL_SANDBOX {2003, "no-sandbox", NULL, "give up no rights of the process", NULL}
#define TOOL_OPTIONS TOOL_MEMORY, \
	{'h', "help", NULL, "show this help", NULL}, {1000, "version", NULL, "show the version", NULL}
#define TOOL_END {0, NULL, NULL, NULL, NULL}

/* Sets the name for messages, SIGPIPE default, mem_fail; starts the option loop. */
void tool_start(const struct tool *t, struct opts *o, int argc, char **argv);
/* What a signal does that ends a tool: removes unfinished output files, then the signal's own default. */
void tool_signal(int signal_number);
/* Next option's key, 0 at the end. -h and --version print and exit 0; a usage error exits 2. */
int tool_option(struct opts *o);
extern bool tool_quiet; /* -q was given */
extern int tool_threads; /* -j, or the CPUs of this process */
extern struct shard tool_shard; /* --shard, or n = 0 */
extern bool tool_resume; /* --resume was given */
extern bool tool_open; /* --no-sandbox was given */
/* What a tool will read and write, as it was named: files, archives with a member, folders; NULL is left out. Links in
 * a folder may lead anywhere: whoever names one lets all be read that the user may read. tool_sandbox: unless
 * --no-sandbox was given, from here on the tool starts no program, opens no connection, reads and writes nothing but
 * that, descriptors that are open, temporary files and what the system needs. Before threads start. */
void tool_writes(const char *path);
void tool_reads(const char *path);
void tool_reads_anywhere(void);
void tool_sandbox(void);
/* More lines for --version (e.g. which OpenBLAS kernels run); called after the version line. NULL: none. */
extern void (*tool_version_more)(FILE *f);

/* Arguments of the option just returned, checked; a wrong one exits 2 and names the option. */
int64_t tool_int(const struct opts *o, int64_t lo, int64_t hi);
double tool_double(const struct opts *o, double lo, double hi);
/* The place of the argument among n names; "list" prints them, with words on each unless words is NULL, and exits 0. */
int tool_choice(const struct opts *o, const char *const *names, const char *const *words, int n);

/* "<tool>: <text>" on stderr, control bytes replaced, one write. remark: not with -q. die: exit 1. die_usage: exit 2
 * with a hint at -h. All exits go through tool_exit, which removes unfinished output files. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die_err(const struct err *e); /* die("%s", e->text) */
_Noreturn void tool_exit(int status);

/* Flushes and closes stdout, dies when that fails (full disk), and exits with status. The last beat of every main. */
_Noreturn void tool_finish(int status);

/* Dies with exit 2 when stdout is a terminal: "the output is a binary stream: pipe it ..." */
void tool_refuse_terminal(void);

/* From here on, what is written to standard output is cleaned of control characters where that is a terminal. */
void tool_clean_terminal(void);

/* Opens the operand path, or stdin for NULL and "-", decompressing. Without an operand and with a terminal as stdin
 * exits 2. Needs lib/data: only tools that read streams or lists call it. */
void tool_input(struct source *s, const char *path);

/* Opens standard output for a stream with this head: with --resume where an earlier run left off. 0 or -1. */
int tool_write_stream(struct writer *w, const struct record *head, struct err *e);

/* Progress on a terminal's stderr: a bar with rate and time left, at most ten times a second; nothing with -q or when
 * stderr is no terminal. total 0: not known. */
struct progress {
	const char *what;
	int64_t done, total;
	double start, last;
};
void progress_start(struct progress *p, const char *what, int64_t total);
void progress_step(struct progress *p, int64_t n);
void progress_end(struct progress *p);
bool progress_hide(void); /* a bar stands on the terminal's line: whoever asks clears it */

/* $CXR_MODEL or NULL when unset or empty. */
const char *tool_model_env(void);

#endif
