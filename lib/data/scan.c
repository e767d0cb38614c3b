/* What images a folder or an archive holds. */
#include "data/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/visit.h"
#include "data/archive.h"
#include "data/fetch.h"
#include "data/path.h"

bool (*scan_knows)(const unsigned char *bytes, size_t n);

enum { PEEK = 256, PASSED_KINDS = 200 };

/* 1 or 0; -1 when its name does not say and it may not be read. */
static int file_is_image(const char *path, struct err *e)
{
	unsigned char bytes[PEEK];
	ssize_t n;
	int fd;

	if (path_is_image(path))
		return 1;
	if (!scan_knows)
		return 0;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0)
		return err_errno(e, "%s", path);
	if ((n = read(fd, bytes, sizeof bytes)) < 0)
		err_errno(e, "%s", path);
	close(fd);
	return n < 0 ? -1 : n > 0 && scan_knows(bytes, (size_t)n);
}

/* The member a walk is at; asked only for those that are wanted by their place. */
static bool member_is_image(struct walk *w)
{
	unsigned char bytes[PEEK];

	return path_is_image(walk_name(w)) ||
	       (scan_knows && !walk_link(w) && scan_knows(bytes, walk_peek(w, bytes, sizeof bytes)));
}

/* --- Folders -------------------------------------------------------------------------------------------------- */

/* What is not listed is counted by its kind; with many kinds, the rest as one. Takes over kind. */
static void pass_kind(struct list *l, char *kind)
{
	size_t i = 0;

	while (i < l->npassed && i < PASSED_KINDS && strcmp(l->passed[i].kind, kind))
		i++;
	if (i == PASSED_KINDS) {
		free(kind);
		kind = xstrdup("other kinds");
	}
	if (i == l->npassed) {
		l->passed = grow(l->passed, l->npassed, &l->passedcap, sizeof *l->passed);
		l->passed[l->npassed++] = (struct passed){xstrdup(kind), 0};
	}
	l->passed[i].n++;
	free(kind);
}

static void pass_over(struct list *l, const char *path)
{
	char *kind = path_kind(path);

	if (kind)
		pass_kind(l, kind);
}

/* What cannot be entered or read is kept, with the cause; the scan goes on. */
static void add_fault(struct list *l, const struct err *e)
{
	l->fault = grow(l->fault, l->nfault, &l->faultcap, sizeof *l->fault);
	l->fault[l->nfault++] = xstrdup(e->text);
}

static bool ends_in(const char *path, const char *end)
{
	size_t n = strlen(path), k = strlen(end);

	return n > k && !strcasecmp(path + n - k, end);
}

static int scan_archive(struct list *l, const char *archive, const char *folder, struct err *e);

/* One that cannot be read is kept as a fault: the scan goes on. */
static int scan_entry(void *ctx, const char *path, const struct stat *st, struct err *e)
{
	struct list *l = ctx;
	int rc = 0;

	if (!st) {
		/* a link to nowhere is listed too: an image that is missing should be missed */
		if (path_is_image(path))
			list_add(l, path);
		else
			rc = err_errno(e, "%s", path);
	} else if (!S_ISREG(st->st_mode)) {
		pass_over(l, path);
	} else if (ends_in(path, ".npz")) {
		rc = scan_archive(l, path, "", e);
	} else if ((rc = file_is_image(path, e)) > 0) {
		list_add(l, path);
	} else if (!rc) {
		pass_over(l, path);
	}
	if (rc < 0)
		add_fault(l, e);
	return 0;
}

static int scan_unread(void *ctx, const struct err *e)
{
	add_fault(ctx, e);
	return 0;
}

static void scan_again(void *ctx, const char *path)
{
	(void)path;
	pass_kind(ctx, xstrdup("links to folders that are listed"));
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->path, ((const struct item *)b)->path);
}

static int scan_tree(struct list *l, const char *operand, struct err *e)
{
	char *dir = xstrdup(operand);
	size_t n = strlen(dir), first = l->n;
	int r;

	while (n > 1 && dir[n - 1] == '/')
		dir[--n] = '\0';
	r = visit_folder(dir, &(struct visit){scan_entry, scan_unread, scan_again, path_is_litter, l}, e);
	if (l->n > first)
		qsort(l->item + first, l->n - first, sizeof *l->item, by_path);
	free(dir);
	return r;
}

/* --- Archives ------------------------------------------------------------------------------------------------- */

/* In the folder, and no litter. */
static bool is_inside(const char *member, const char *folder)
{
	size_t n = strlen(folder);

	while (n > 0 && folder[n - 1] == '/')
		n--;
	if (strncmp(member, folder, n) != 0 || (n > 0 && member[n] != '/' && member[n] != '\0'))
		return false;
	for (const char *part = member; part != NULL; part = strchr(part, '/')) {
		char *name;
		bool litter;

		part += *part == '/';
		name = xstrndup(part, strcspn(part, "/"));
		litter = path_is_litter(name);
		free(name);
		if (litter)
			return false;
	}
	return true;
}

static int scan_archive(struct list *l, const char *archive, const char *folder, struct err *e)
{
	struct walk *w = walk_open(archive, e);
	int r;

	if (w == NULL)
		return err_prefix(e, "%s", archive);
	while ((r = walk_next(w, e)) == 1) {
		char *path;

		if (!is_inside(walk_name(w), folder))
			continue;
		if (!member_is_image(w)) {
			pass_over(l, walk_name(w));
			continue;
		}
		path = xasprintf("%s!/%s", archive, walk_name(w));
		list_add(l, path);
		free(path);
	}
	walk_close(w);
	return r < 0 ? err_prefix(e, "%s", archive) : 0;
}

int scan_add(struct list *l, const char *operand, struct err *e)
{
	struct stat st;
	char *archive;
	const char *folder;
	int r;

	if (stat(operand, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return scan_tree(l, operand, e);
		if (!S_ISREG(st.st_mode))
			return err_set(e, "%s: neither a folder nor a regular file", operand);
		if ((r = file_is_image(operand, e)) < 0)
			return -1;
		if (!r)
			return scan_archive(l, operand, "", e);
		list_add(l, operand);
		return 0;
	}
	folder = path_member(operand, NULL, &archive);
	if (folder == NULL)
		return err_errno(e, "%s", operand);
	r = scan_archive(l, archive, folder, e);
	free(archive);
	return r;
}

/* --- Doubles -------------------------------------------------------------------------------------------------- */

struct twin {
	const struct item *it;
	size_t index;
	char sha256[SHA256_HEX]; /* "" when not read */
};

static int alike(const struct twin *a, const struct twin *b)
{
	int r = strcmp(path_name(a->it->path), path_name(b->it->path));

	if (r == 0)
		r = strcmp(a->it->split, b->it->split);
	if (r == 0)
		r = strcmp(a->it->label, b->it->label);
	return r;
}

static int by_name(const void *x, const void *y)
{
	const struct twin *a = x, *b = y;
	size_t m = strlen(a->it->path), n = strlen(b->it->path);
	int r = alike(a, b);

	if (r == 0)
		r = strcmp(a->sha256, b->sha256);
	if (r == 0)
		r = (m > n) - (m < n);
	if (r == 0)
		r = strcmp(a->it->path, b->it->path);
	return r != 0 ? r : (a->index > b->index) - (a->index < b->index);
}

static int by_index(const void *x, const void *y)
{
	const struct twin *a = x, *b = y;

	return (a->index > b->index) - (a->index < b->index);
}

/* Moves those that have a namesake to the front and returns how many there are. t is sorted by name. */
static size_t namesakes(struct twin *t, size_t n)
{
	size_t m = 0;
	bool before = false;

	for (size_t i = 0; i < n; i++) {
		bool after = i + 1 < n && alike(&t[i], &t[i + 1]) == 0;

		if (before || after)
			t[m++] = t[i];
		before = after;
	}
	return m;
}

/* In the order of the list, so that an archive is walked once. */
static void hash_all(struct twin *t, size_t n)
{
	struct fetch *f = fetch_new();
	unsigned char *bytes = NULL;
	size_t size, cap = 0;

	qsort(t, n, sizeof *t, by_index);
	for (size_t i = 0; i < n; i++)
		if (fetch_get(f, t[i].it->path, &bytes, &size, &cap, NULL) == 0)
			sha256_of(bytes, size, t[i].sha256);
	free(bytes);
	fetch_free(f);
}

static bool not_dropped(const struct item *it, size_t i, void *ctx)
{
	const bool *drop = ctx;

	(void)it;
	return !drop[i];
}

size_t scan_drop_doubles(struct list *l)
{
	struct twin *t = xcalloc(l->n + 1, sizeof *t);
	bool *drop = xcalloc(l->n + 1, sizeof *drop);
	size_t n, before = l->n;

	for (size_t i = 0; i < l->n; i++)
		t[i] = (struct twin){.it = &l->item[i], .index = i};
	qsort(t, l->n, sizeof *t, by_name);
	n = namesakes(t, l->n);
	hash_all(t, n);
	qsort(t, n, sizeof *t, by_name);
	for (size_t i = 1; i < n; i++)
		drop[t[i].index] = t[i].sha256[0] != '\0' && alike(&t[i - 1], &t[i]) == 0 &&
		                   strcmp(t[i - 1].sha256, t[i].sha256) == 0;
	list_keep(l, not_dropped, drop);
	free(drop);
	free(t);
	return before - l->n;
}
