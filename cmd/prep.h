#ifndef CMD_PREP_H
#define CMD_PREP_H

#include <stdbool.h>

#include "data/fetch.h"
#include "data/list.h"
#include "stream/recipe.h"
#include "stream/stream.h"
#include "tool.h"

struct prep {
	bool u8, strict; /* --store u8, --strict */
	struct recipe recipe;
	struct classes classes;
	struct list list;
	struct fetch *fetch;
	struct writer out;
	struct progress bar;
	/* private to prep_items.c */
	size_t next; /* index of the item to fetch next */
	struct slot *slot;
};

/* Writes an item record for every item of the list, on tool_threads threads. */
int prep_items(struct prep *p, struct err *e);

#endif
