#ifndef CMD_PREP_H
#define CMD_PREP_H

#include <stdbool.h>

#include "data/fetch.h"
#include "data/list.h"
#include "stream/recipe.h"
#include "stream/stream.h"
#include "tool/tool.h"

struct prep {
	bool u8, strict; /* --store u8, --strict */
	struct recipe recipe;
	char *labels; /* the classes as text: the model's, else NULL until prep_open */
	struct classes classes;
	struct list list;
	struct fetch *fetch;
	struct writer out;
	struct progress bar;
	/* private to prep_items.c */
	size_t next; /* index of the item to fetch next */
	struct slot *slot;
};

/* Writes the head to standard output; without a model, the labels of the list are the classes. */
int prep_open(struct prep *p, struct err *e);
/* Writes an item record for every item of the list, on tool_threads threads. */
int prep_items(struct prep *p, struct err *e);

#endif
