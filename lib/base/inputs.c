/* Which files are read, so that none of them is written over, nor what this run wrote itself. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

/* Files by device and inode, in a table of 2^k places that is at most half full. */
enum file_role { NONE, INPUT, OUTPUT, FOLDER };
static struct known {
	dev_t dev;
	ino_t ino;
	enum file_role role; /* NONE with ino: forgotten */
	struct timespec written; /* of an output */
} *known;
static size_t count, places;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Where the file is, or would be: at a place whose inode is 0. The lock is held. */
static struct known *place(dev_t dev, ino_t ino)
{
	size_t i = (ino * 0x9e3779b97f4a7c15u ^ dev) & (places - 1);

	while (known[i].ino && (known[i].dev != dev || known[i].ino != ino))
		i = (i + 1) & (places - 1);
	return &known[i];
}

static void make_room(void)
{
	struct known *old = known;
	size_t n = places;

	if (2 * count < n)
		return;
	places = n ? 2 * n : 64;
	known = xcalloc(places, sizeof *known);
	for (size_t i = 0; i < n; i++)
		if (old[i].ino)
			*place(old[i].dev, old[i].ino) = old[i];
	free(old);
}

static void note(const struct stat *st, enum file_role role)
{
	pthread_mutex_lock(&lock);
	make_room();
	struct known *k = place(st->st_dev, st->st_ino);
	count += !k->ino;
	*k = (struct known){st->st_dev, st->st_ino, role, st->st_mtim};
	pthread_mutex_unlock(&lock);
}

/* An output that another run has replaced leaves its inode to a file written since. */
static bool is_replaced(const struct known *k, const struct stat *st)
{
	return k->role == OUTPUT &&
	       (k->written.tv_sec != st->st_mtim.tv_sec || k->written.tv_nsec != st->st_mtim.tv_nsec);
}

static enum file_role role_of(const struct stat *st)
{
	struct known k = {.role = NONE};

	pthread_mutex_lock(&lock);
	if (places)
		k = *place(st->st_dev, st->st_ino);
	pthread_mutex_unlock(&lock);
	return is_replaced(&k, st) ? NONE : k.role;
}

void input_note(const char *path)
{
	struct stat st;

	if (!stat(path, &st) && S_ISREG(st.st_mode))
		note(&st, INPUT);
}

void input_forget(const char *path)
{
	struct stat st;

	if (!stat(path, &st))
		note(&st, NONE);
}

void output_note(const char *path)
{
	struct stat st;

	if (!lstat(path, &st) && S_ISREG(st.st_mode))
		note(&st, OUTPUT);
}

bool output_is_first(const char *folder)
{
	struct stat st;

	if (stat(folder, &st) || role_of(&st) == FOLDER)
		return false;
	note(&st, FOLDER);
	return true;
}

int output_check(const char *path, struct err *e)
{
	struct stat st;

	int there = file_look(path, 0, &st, e);

	if (there <= 0 || !S_ISREG(st.st_mode))
		return there < 0 ? -1 : 0;
	switch (role_of(&st)) {
	case NONE:
	case FOLDER: return 0;
	case INPUT: return err_set(e, "%s: is an input, too: it would be overwritten", path);
	case OUTPUT: return err_set(e, "%s: was written by this run already, for another item of the same name", path);
	}
	return 0;
}

/* The folder that a file is in, fresh memory. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xstrndup(path, slash > path ? (size_t)(slash - path) : 1) : xstrdup(".");
}

int output_try(const char *path, struct err *e)
{
	struct stat st;
	int there = file_look(path, 0, &st, e), rc = 0;

	if (there < 0 || output_check(path, e))
		return -1;
	/* Work of hours is not for a pipe that lies in a folder and may lose its reader; those of the shell are in /dev. */
	if (there && S_ISFIFO(st.st_mode) && strncmp(path, "/dev/", 5))
		return err_set(e, "%s: cannot create: a pipe, not a regular file", path);
	if (there && !S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : 0;
		return errno || access(path, W_OK) ? err_errno(e, "%s: cannot create", path) : 0;
	}
	char *dir = folder_of(path);
	if (access(dir, W_OK | X_OK) || (!file_is_dir(dir) && (errno = ENOTDIR)))
		rc = err_errno(e, "%s: cannot create", path);
	free(dir);
	return rc;
}

int output_try_derived(const char *path, struct err *e)
{
	return file_refuse_link(path, "cannot create", e) || output_try(path, e) ? -1 : 0;
}
