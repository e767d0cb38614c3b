/* What a tool says on standard error, and every way it ends. */
#include "tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/tsv.h"

/* One write, so that lines of several processes on one terminal do not mix; control bytes replaced. */
static void say(const char *tail, const char *format, va_list ap)
{
	char *text;
	if (vasprintf(&text, format, ap) < 0)
		return;
	text_clean(text);
	const char *clear = progress_hide() ? "\r\033[K" : "";
	char *line = xasprintf("%s%s: %s\n%s", clear, tool_self ? tool_self->name : "cxr", text, tail);
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

void remark(const char *format, ...)
{
	va_list ap;

	if (tool_quiet)
		return;
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
	char *hint = xasprintf("Try '%s -h' for help.\n", tool_self->name);
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
	if (file_flush(stdout) || (fclose(stdout) && errno != EBADF))
		die("standard output: cannot write: %s", strerror(errno));
	tool_exit(status);
}
