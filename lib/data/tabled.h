#ifndef DATA_TABLED_H
#define DATA_TABLED_H

#include "base/mem.h"
#include "data/list.h"
#include "data/sheet.h"

/* A list of somebody else's table: which column is what, and what its cells say. */
struct tabled {
	const char *columns; /* "path=Image Index,label=Finding Labels,patient=Patient ID": others become further columns */
	const char *found, *other; /* --label-if and --else, or NULL: labels as they are */
	bool nocase;
	const char *folder;        /* the table's own, where paths may begin; "" for here */
	const struct list *files;  /* where else files are looked for by name */
};
struct tabled_notes {
	size_t missing, uncertain, blank, others, several; /* files; images left out, and why; with more than one finding */
	struct text names;                                 /* of the first missing ones */
};
/* Rows of one path are one image. Its label is `found` where a cell says so, `other` where cells say something else;
 * where they say -1 or nothing it is left out. -1: no such column, a name that fits several files. */
int tabled_list(struct list *l, const struct sheet *s, const struct tabled *t, struct tabled_notes *notes,
                struct err *e);

#endif
