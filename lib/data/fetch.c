/* The bytes of a list's items: files, and members of archives that are walked forward once. */
#include "data/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/mem.h"
#include "data/archive.h"
#include "data/path.h"

#define LIMIT ((size_t)1 << 30)

/* A walk through an archive, at the member after the last one that was fetched. */
struct archive_position {
	char *archive;
	struct walk *walk; /* NULL: none open, or its end was reached */
	bool fresh;        /* no member was passed in this walk */
	int turns;         /* how often it began again */
};

/* Hard links of a tar have their bytes in an earlier member. Their targets mostly follow one another as the links do:
 * a second walk finds them all in one pass, and the first stays where it is. Where they do not, each link can cost the
 * whole archive: so many times, and no more. */
enum { TURNS_MAX = 100 };

struct fetch {
	struct archive_position main, links;
};

struct fetch *fetch_new(void)
{
	return xcalloc(1, sizeof(struct fetch));
}

static void leave(struct archive_position *c)
{
	walk_close(c->walk);
	free(c->archive);
	*c = (struct archive_position){0};
}

void fetch_free(struct fetch *f)
{
	if (f == NULL)
		return;
	leave(&f->main);
	leave(&f->links);
	free(f);
}

static int read_all(int fd, unsigned char **bytes, size_t *n, size_t *cap, struct err *e)
{
	ssize_t got;

	*n = 0;
	for (;;) {
		if (*n > LIMIT)
			return err_set(e, "larger than %zu bytes", LIMIT);
		if (*n == *cap) {
			void *more = budget_grow(*bytes, *cap ? *cap * 2 : 1 << 17, "the file", e);

			if (!more)
				return -1;
			*bytes = more;
			*cap = *cap ? *cap * 2 : 1 << 17;
		}
		got = read(fd, *bytes + *n, *cap - *n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(e, "cannot read");
		if (got == 0)
			return 0;
		*n += (size_t)got;
	}
}

static int fetch_file(const char *path, unsigned char **bytes, size_t *n, size_t *cap, struct err *e)
{
	int r, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would wait for someone to write */
	struct stat st;

	if (fd < 0)
		return err_errno(e, "cannot open");
	if (fstat(fd, &st) || S_ISREG(st.st_mode))
		r = read_all(fd, bytes, n, cap, e);
	else
		r = err_set(e, "%s, not a regular file", S_ISDIR(st.st_mode) ? "a folder" : S_ISFIFO(st.st_mode) ? "a pipe" :
		            "a device");
	close(fd);
	return r;
}

static int restart(struct archive_position *c, const char *archive, struct err *e)
{
	int turns = c->archive != NULL && strcmp(c->archive, archive) == 0 ? c->turns + 1 : 0;

	leave(c);
	c->walk = walk_open(archive, e);
	if (c->walk == NULL)
		return -1;
	c->archive = xstrdup(archive);
	c->fresh = true;
	c->turns = turns;
	return 0;
}

/* Goes on to the member: 1 found, 0 not before the end, -1 damage. The walk is left open only when found. */
static int seek(struct archive_position *c, const char *member, struct err *e)
{
	int r;

	while ((r = walk_next(c->walk, e)) == 1) {
		if (strcmp(walk_name(c->walk), member) == 0)
			return 1;
		c->fresh = false;
	}
	walk_close(c->walk);
	c->walk = NULL;
	return r;
}

/* To the member by the shortest way: forward from here, else from the start, which then is the whole archive. */
static int find(struct archive_position *c, const char *archive, const char *member, struct err *e)
{
	bool here = c->walk != NULL && strcmp(c->archive, archive) == 0;
	bool whole = !here || c->fresh;
	int r;

	if (!here && restart(c, archive, e) < 0)
		return -1;
	r = seek(c, member, e);
	if (r != 1 && !whole) {
		if (restart(c, archive, e) < 0)
			return -1;
		r = seek(c, member, e);
	}
	if (r == 1)
		c->fresh = false;
	return r == 0 ? err_set(e, "no such member in the archive") : r;
}

static int find_link(struct fetch *f, const char *archive, const char *target, struct err *e)
{
	const struct archive_position *c = &f->links;

	if (c->turns > TURNS_MAX && strcmp(c->archive, archive) == 0)
		return err_set(e, "a hard link, of which this archive has too many out of order: unpack it");
	return find(&f->links, archive, target, e);
}

static int fetch_member(struct fetch *f, const char *archive, const char *member, unsigned char **bytes, size_t *n,
                        size_t *cap, struct err *e)
{
	char *target;
	struct walk *w;
	int r = find(&f->main, archive, member, e);

	if (r < 0)
		return -1;
	w = f->main.walk;
	if (walk_link(w) != NULL) {
		target = xstrdup(walk_link(w));
		r = find_link(f, archive, target, e);
		free(target);
		if (r < 0)
			return -1;
		w = f->links.walk;
	}
	if (walk_link(w) != NULL)
		return err_set(e, "a link to a link");
	return walk_read(w, LIMIT, bytes, n, cap, e);
}

int fetch_get(struct fetch *f, const char *path, unsigned char **bytes, size_t *n, size_t *cap, struct err *e)
{
	char *archive;
	const char *member = path_member(path, f->main.archive, &archive);
	int r;

	*n = 0;
	if (member == NULL)
		return fetch_file(path, bytes, n, cap, e);
	r = fetch_member(f, archive, member, bytes, n, cap, e);
	free(archive);
	return r;
}
