#ifndef BASE_OPT_H
#define BASE_OPT_H

#include "base/err.h"
#include "base/mem.h"

/* One table per tool: getopt_long, -h and the lint of the man page all come from it. The table ends with a row
 * whose name is NULL. Rows with key < 128 have a short form; arg NULL means a flag. help may hold one %s, filled
 * with `preset`, the live default. */
struct opt {
	int key;
	const char *name, *arg, *help, *preset;
};
struct opts {
	const struct opt *table;
	int argc;
	char **argv;
	const char *arg; /* argument of the option just returned */
	/* private */
	void *state;
};
void opts_init(struct opts *o, const struct opt *table, int argc, char **argv);
int opts_next(struct opts *o, struct err *e); /* key, 0 after the last option, -1 usage error */
int opts_rest(const struct opts *o);          /* index of the first operand in argv */
void opts_free(struct opts *o);

/* Text of the option table for -h: aligned columns, wrapped at `width` characters. Fresh memory. */
char *opts_help(const struct opt *table, size_t width);
/* Adds the words of s, between blanks and newlines, to t, whose last line may have begun, and ends the line. It is
 * wrapped, so that lines have at most `width` characters where the words allow it; those after the first are
 * indented. */
void opts_wrap(struct text *t, const char *s, size_t indent, size_t width);

#endif
