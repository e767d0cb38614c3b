#ifndef BASE_VISIT_H
#define BASE_VISIT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"

/* A walk through a folder and all below it. Links are followed, but each folder is visited once: folders that link to
 * each other have more paths than anybody can walk. The folders themselves come first, those that are only linked to
 * after them; within one, names are in the order of their bytes. */
struct visit {
	/* What is no folder; st: NULL of a link that leads nowhere, errno says why. -1 ends the walk. */
	int (*file)(void *ctx, const char *path, const struct stat *st, struct err *e);
	/* A folder below that cannot be read, with the cause; -1 ends the walk with it. */
	int (*unread)(void *ctx, const struct err *e);
	/* A link to a folder that was visited before; NULL: nobody wants to know. */
	void (*again)(void *ctx, const char *path);
	bool (*skips)(const char *name); /* what is passed over in silence; "." and ".." are in any case */
	void *ctx;
};

/* 0, or -1: dir itself cannot be read, or a callback ended the walk. */
int visit_folder(const char *dir, const struct visit *v, struct err *e);

#endif
