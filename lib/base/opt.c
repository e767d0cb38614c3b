/* Options: getopt_long from our table, and the text of -h from the same. */
#include "base/opt.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* getopt_long's two tables, made from ours. */
struct getopt_tables {
	struct text shorts;
	struct option *longs;
};

void opts_init(struct opts *o, const struct opt *table, int argc, char **argv)
{
	struct getopt_tables *s = xcalloc(1, sizeof *s);
	size_t n = 0;
	while (table[n].name)
		n++;
	s->longs = xcalloc(n + 1, sizeof *s->longs);
	text_add(&s->shorts, ":"); /* missing arguments are told apart, nothing is printed */
	for (size_t i = 0; i < n; i++) {
		const struct opt *t = &table[i];
		s->longs[i] = (struct option){t->name, t->arg ? required_argument : no_argument, NULL, t->key};
		if (t->key < 128)
			text_addf(&s->shorts, "%c%s", t->key, t->arg ? ":" : "");
	}
	*o = (struct opts){.table = table, .argc = argc, .argv = argv, .state = s};
	optind = 0; /* a fresh start, glibc's way */
	opterr = 0;
}

static const struct opt *find(const struct opt *table, int key)
{
	for (; table->name; table++)
		if (table->key == key)
			return table;
	return NULL;
}

int opts_next(struct opts *o, struct err *e)
{
	struct getopt_tables *s = o->state;
	int key = getopt_long(o->argc, o->argv, s->shorts.s, s->longs, NULL);
	if (key == -1)
		return 0;
	o->arg = optarg;
	const struct opt *t = optopt ? find(o->table, optopt) : NULL;
	if (key == ':')
		return err_set(e, "option --%s needs an argument", t ? t->name : "?");
	if (key != '?')
		return key;
	if (t)
		return err_set(e, "option --%s takes no argument", t->name);
	if (optopt)
		return err_set(e, "unknown option -%c", optopt);
	const char *word = optind > 0 && optind <= o->argc ? o->argv[optind - 1] : "?";
	return err_set(e, "unknown or ambiguous option %.*s", (int)strcspn(word, "="), word);
}

int opts_rest(const struct opts *o)
{
	(void)o;
	return optind;
}

void opts_free(struct opts *o)
{
	struct getopt_tables *s = o->state;
	if (s) {
		text_free(&s->shorts);
		free(s->longs);
		free(s);
	}
	*o = (struct opts){0};
}

/* Where the words that belong together end: brackets are kept whole where they fit into `room`. */
static size_t word_length(const char *s, size_t room)
{
	size_t n = 0, plain = strcspn(s, " \n");

	for (int depth = 0; s[n] && s[n] != '\n' && (s[n] != ' ' || depth > 0); n++)
		depth += (s[n] == '[') - (s[n] == ']');
	return n <= room ? n : plain;
}

void opts_wrap(struct text *t, const char *s, size_t indent, size_t width)
{
	const char *line = t->len ? strrchr(t->s, '\n') : NULL;
	size_t at = t->len - (line ? (size_t)(line + 1 - t->s) : 0), room = width > indent ? width - indent : 1;
	bool first = true;

	while (*(s += strspn(s, " \n"))) {
		size_t n = word_length(s, room);

		if (!first && at + 1 + n > width) {
			text_addf(t, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!first) {
			text_add(t, " ");
			at++;
		}
		text_addn(t, s, n);
		at += n;
		s += n;
		first = false;
	}
	text_add(t, "\n");
}

static char *left_column(const struct opt *t)
{
	struct text c = {0};

	if (t->key < 128)
		text_addf(&c, "  -%c, --%s", t->key, t->name);
	else
		text_addf(&c, "      --%s", t->name);
	if (t->arg)
		text_addf(&c, " %s", t->arg);
	return c.s;
}

static char *right_column(const struct opt *t)
{
	const char *gap = strstr(t->help, "%s");
	struct text c = {0};

	text_add(&c, t->help);
	if (gap) {
		c.len = (size_t)(gap - t->help);
		text_add(&c, t->preset ? t->preset : "");
		text_add(&c, gap + 2);
	}
	return c.s;
}

/* The right column begins where the longest left one ends, or halfway at most: what is longer has a line of its own. */
char *opts_help(const struct opt *table, size_t width)
{
	struct text out = {0};
	size_t longest = 0;

	text_add(&out, "");
	for (const struct opt *t = table; t->name; t++) {
		char *c = left_column(t);

		longest = strlen(c) > longest ? strlen(c) : longest;
		free(c);
	}
	longest = longest + 2 > width / 2 ? width / 2 : longest + 2;
	for (const struct opt *t = table; t->name; t++) {
		char *left = left_column(t), *right = right_column(t);

		text_addf(&out, "%-*s", (int)longest, left);
		if (strlen(left) + 2 > longest)
			text_addf(&out, "\n%*s", (int)longest, "");
		opts_wrap(&out, right, longest, width);
		free(left);
		free(right);
	}
	return out.s;
}
