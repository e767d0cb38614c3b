#include <string.h>

#include "base/mem.h"
#include "list.h"

enum { SPLIT = 256, FOLD, BY, KEEP, SEED, ONLY, CLASSES, AUDIT };

static const struct opt options[] = {
	{SPLIT, "split", "NAME=SHARE,...", "split anew: shares that sum to 1", NULL},
	{FOLD, "fold", "I/K", "split into K folds: the I-th is val, the others train", NULL},
	{BY, "by", "patient|image", "what stays together in a split [%s]", "patient"},
	{KEEP, "keep", "NAME,...", "items of these splits keep them", NULL},
	{SEED, "seed", "N", "seed of the split [%s]", "1"},
	{CLASSES, "classes", "NAME,...", "label by these: the finding in the file name, else the folder", NULL},
	{ONLY, "only", "COLUMN=VALUE,...", "only items that have one of the values; may be repeated", NULL},
	{AUDIT, "audit", NULL, "report what splits share instead of the list; exit 1 if they do", NULL},
	TOOL_SHARD,
	{'0', "null", NULL, "standard input holds paths that end in NUL bytes", NULL},
	{'q', "quiet", NULL, "no remarks on standard error", NULL},
	TOOL_OPTIONS,
	TOOL_END,
};

const struct tool list_tool = {
	"cxr-list",
	"[-0q] [--split NAME=SHARE,... | --fold I/K] [--by patient|image] [--keep NAME,...] "
	"[--seed N] [--classes NAME,...] [--only COLUMN=VALUE,...] [--audit | --shard I/N] [DIR | ARCHIVE | FILE | - ...]",
	"Lists images with their label, patient and split.",
	options,
};

static void set_parts(struct list_options *set, int key, const char *text)
{
	struct err e;

	if (set->split.shares != NULL)
		die_usage("one --split or one --fold, not more");
	set->split.shares = &set->shares;
	if (key == SPLIT && shares_parse(&set->shares, text, &e) < 0)
		die_usage("option --split: %s", e.text);
	if (key == FOLD && shares_parse_fold(&set->shares, &set->split.fold, text, &e) < 0)
		die_usage("option --fold: %s", e.text);
}

static void set_option(struct list_options *set, int key, const struct opts *o)
{
	if (key == SPLIT || key == FOLD) {
		set_parts(set, key, o->arg);
	} else if (key == BY) {
		set->split.by_image = strcmp(o->arg, "image") == 0;
		if (!set->split.by_image && strcmp(o->arg, "patient") != 0)
			die_usage("option --by: '%s' is neither patient nor image", o->arg);
	} else if (key == KEEP) {
		set->split.keep = o->arg;
	} else if (key == SEED) {
		set->split.seed = (uint64_t)tool_int(o, 0, INT64_MAX);
	} else if (key == CLASSES) {
		set->classes = o->arg;
	} else if (key == ONLY) {
		set->only = grow(set->only, set->nonly, &set->cap, sizeof *set->only);
		set->only[set->nonly++] = o->arg;
	} else if (key == AUDIT) {
		set->audit = true;
	} else if (key == '0') {
		set->delimiter = '\0';
	}
}

void list_options(struct list_options *set, struct opts *o)
{
	int key;

	*set = (struct list_options){.delimiter = '\n', .split.seed = 1};
	while ((key = tool_option(o)) != 0)
		set_option(set, key, o);
	if (set->split.keep != NULL && set->split.shares == NULL)
		die_usage("--keep goes with --split or --fold");
	if (set->audit && tool_shard.n > 0)
		die_usage("--audit is of the whole list, --shard of a part");
}
