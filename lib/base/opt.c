#include "base/opt.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* getopt_long's two tables, made from ours. */
struct state {
	struct text shorts;
	struct option *longs;
};

void opts_init(struct opts *o, const struct opt *table, int argc, char **argv)
{
	struct state *s = xcalloc(1, sizeof *s);
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
	struct state *s = o->state;
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
	struct state *s = o->state;
	if (s) {
		text_free(&s->shorts);
		free(s->longs);
		free(s);
	}
	*o = (struct opts){0};
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

char *opts_help(const struct opt *table)
{
	struct text out = {0};
	size_t width = 0;
	text_add(&out, "");
	for (const struct opt *t = table; t->name; t++) {
		char *c = left_column(t);
		width = strlen(c) > width ? strlen(c) : width;
		free(c);
	}
	for (const struct opt *t = table; t->name; t++) {
		char *c = left_column(t);
		const char *gap = strstr(t->help, "%s");
		text_addf(&out, "%-*s  ", (int)width, c);
		if (gap) {
			text_addn(&out, t->help, gap - t->help);
			text_add(&out, t->preset ? t->preset : "");
			text_add(&out, gap + 2);
		} else
			text_add(&out, t->help);
		text_add(&out, "\n");
		free(c);
	}
	return out.s;
}
