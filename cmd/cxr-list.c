#include <stdlib.h>
#include <string.h>

#include "data/audit.h"
#include "data/list.h"
#include "data/scan.h"
#include "list.h"

static struct list_options set;

static void read_input(struct list *l, const char *path)
{
	struct source in;
	struct err e;

	tool_input(&in, path);
	if (list_read(l, &in, set.delimiter, &e) < 0)
		die_err(&e);
	source_close(&in);
	if (l->part.shard.n > 0)
		die("%s: the list of a shard: lists are made of the whole", path ? path : "standard input");
}

static void scan(struct list *l, char **operand, int n)
{
	struct err e;
	size_t doubles;

	for (int i = 0; i < n; i++) {
		if (strcmp(operand[i], "-") == 0)
			die_usage("a list on standard input (-) cannot be mixed with other operands");
		if (scan_add(l, operand[i], &e) < 0)
			die_err(&e);
	}
	doubles = scan_drop_doubles(l);
	if (doubles > 0 && !tool_quiet)
		warn("%zu images left out: equal to another in name, split, label and bytes", doubles);
}

static void classify(struct list *l)
{
	struct err e;
	size_t left;

	if (list_classify(l, set.classes, &left, &e) < 0)
		die_usage("option --classes: %s", e.text);
	if (left > 0 && !tool_quiet)
		warn("%zu images left out: of none of the classes", left);
}

static void split(struct list *l)
{
	struct err e;
	size_t left;

	if (split_list(l, &set.split, &left, &e) < 0)
		die_err(&e);
	if (left > 0 && !tool_quiet)
		warn("%zu images get no split: their patients have others that keep theirs (--keep)", left);
}

static int audit(const struct list *l)
{
	struct audit a;
	struct err e;

	if (audit_write(l, stdout, &a, &e) < 0)
		die_err(&e);
	if (a.unreadable > 0)
		warn("%zu images cannot be read", a.unreadable);
	return a.patients + a.across > 0 ? EXIT_FAIL : a.unreadable > 0 ? EXIT_ITEMS : EXIT_OK;
}

static void make(struct list *l, char **operand, int n)
{
	struct err e;

	if (n == 0 || (n == 1 && strcmp(operand[0], "-") == 0))
		read_input(l, operand[0]);
	else
		scan(l, operand, n);
	if (l->n == 0)
		die("no images found");
	if (set.classes != NULL)
		classify(l);
	if (set.split.shares != NULL)
		split(l);
	for (size_t i = 0; i < set.nonly; i++)
		if (list_only(l, set.only[i], &e) < 0)
			die_usage("option --only: %s", e.text);
	if (l->n == 0)
		die("no images are left by --only");
}

int main(int argc, char **argv)
{
	struct list l = {0};
	struct opts o;
	struct err e;
	int status = EXIT_OK;

	tool_start(&list_tool, &o, argc, argv);
	list_options(&set, &o);

	make(&l, argv + opts_rest(&o), argc - opts_rest(&o));
	if (set.audit)
		status = audit(&l);
	else if (list_shard(&l, tool_shard, &e) < 0 || list_write(&l, stdout, &e) < 0)
		die_err(&e);

	list_free(&l);
	shares_free(&set.shares);
	free(set.only);
	opts_free(&o);
	tool_finish(status);
}
