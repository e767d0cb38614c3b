/* Walks through folders that visit each of them once, whatever links there are. */
#include "base/visit.h"

#include <dirent.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct names {
	char **name;
	size_t n, cap;
};

/* Which folder it is, whatever path led there. */
struct folder_id {
	dev_t dev;
	ino_t ino;
};

struct visitor {
	const struct visit *v;
	void *known;        /* a tree of struct folder_id */
	struct names links; /* to folders, for later */
};

static void add_name(struct names *s, char *name)
{
	s->name = grow(s->name, s->n, &s->cap, sizeof *s->name);
	s->name[s->n++] = name;
}

static void names_free(struct names *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->name[i]);
	free(s->name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Read whole before going down: a deep tree shall not cost a descriptor a level. */
static int read_names(const char *dir, bool (*skips)(const char *name), struct names *s, struct err *e)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;

	if (!d)
		return err_errno(e, "%s", dir);
	while (errno = 0, (entry = readdir(d))) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") && strcmp(name, "..") && !skips(name))
			add_name(s, xasprintf("%s%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/", name));
	}
	int failed = errno;
	closedir(d);
	if (s->n)
		qsort(s->name, s->n, sizeof *s->name, by_name);
	errno = failed;
	return failed ? err_errno(e, "%s", dir) : 0;
}

static int by_id(const void *a, const void *b)
{
	const struct folder_id *x = a, *y = b;

	return x->dev != y->dev ? (x->dev > y->dev) - (x->dev < y->dev) : (x->ino > y->ino) - (x->ino < y->ino);
}

/* Is the folder a new one? It is known from now on. */
static bool enter(struct visitor *w, const struct stat *st)
{
	struct folder_id *id = xmalloc(sizeof *id);

	*id = (struct folder_id){st->st_dev, st->st_ino};
	struct folder_id **found = tsearch(id, &w->known, by_id);
	if (found && *found == id)
		return true;
	if (!found)
		mem_fail(sizeof *id);
	free(id);
	return false;
}

static int visit_below(struct visitor *w, const char *dir, const struct stat *st, struct err *e);

static int visit_entry(struct visitor *w, const char *path, struct err *e)
{
	struct stat st, link;
	bool there = !stat(path, &st);

	if (!there || !S_ISDIR(st.st_mode))
		return w->v->file(w->v->ctx, path, there ? &st : NULL, e);
	if (lstat(path, &link) || !S_ISLNK(link.st_mode))
		return visit_below(w, path, &st, e);
	add_name(&w->links, xstrdup(path));
	return 0;
}

static int visit_names(struct visitor *w, const struct names *s, struct err *e)
{
	for (size_t i = 0; i < s->n; i++)
		if (visit_entry(w, s->name[i], e))
			return -1;
	return 0;
}

static int visit_below(struct visitor *w, const char *dir, const struct stat *st, struct err *e)
{
	struct names s = {0};

	if (!enter(w, st)) {
		if (w->v->again)
			w->v->again(w->v->ctx, dir);
		return 0;
	}
	int rc = read_names(dir, w->v->skips, &s, e) ? w->v->unread(w->v->ctx, e) : 0;
	if (!rc)
		rc = visit_names(w, &s, e);
	names_free(&s);
	return rc;
}

/* Those that are only linked to, and what these link to in turn. */
static int visit_links(struct visitor *w, struct err *e)
{
	for (size_t i = 0; i < w->links.n; i++) {
		struct stat st;
		int rc = stat(w->links.name[i], &st) ? w->v->file(w->v->ctx, w->links.name[i], NULL, e) :
		         visit_below(w, w->links.name[i], &st, e);

		if (rc)
			return rc;
	}
	return 0;
}

int visit_folder(const char *dir, const struct visit *v, struct err *e)
{
	struct visitor w = {.v = v};
	struct names s = {0};
	struct stat st;
	int rc;

	if (stat(dir, &st))
		return err_errno(e, "%s", dir);
	enter(&w, &st);
	rc = read_names(dir, v->skips, &s, e);
	if (!rc)
		rc = visit_names(&w, &s, e);
	if (!rc)
		rc = visit_links(&w, e);
	tdestroy(w.known, free);
	names_free(&w.links);
	names_free(&s);
	return rc;
}
