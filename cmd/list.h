#ifndef CMD_LIST_H
#define CMD_LIST_H

#include "data/split.h"
#include "tool/tool.h"

/* What cxr-list was asked for. */
struct list_options {
	struct shares shares;
	struct split_options split; /* split.shares NULL: no new split */
	const char *classes;        /* comma list, or NULL: labels as they are */
	const char **only;          /* COLUMN=VALUE,... in order */
	size_t nonly, cap;
	bool audit;
	char delimiter;
};
extern const struct tool list_tool;

/* Reads all options; usage errors exit 2. */
void list_options(struct list_options *set, struct opts *o);

#endif
