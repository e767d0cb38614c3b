/* Standard input and output of a tool. */
#include "tool.h"

#include <unistd.h>

#include "data/fetch.h"

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
	if (source_open_any(s, path ? path : "-", &e) || output_check("/dev/stdout", &e))
		die_err(&e);
}

int tool_write_stream(struct writer *w, const struct record *head, struct err *e)
{
	int rc = tool_resume ? writer_resume(w, stdout, head, e) : writer_open(w, stdout, head, e);
	return rc ? err_prefix(e, "standard output") : 0;
}
