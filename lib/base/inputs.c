/* Which files are read, so that none of them is written over. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

static struct input {
	dev_t dev;
	ino_t ino;
} *inputs;
static size_t count, cap;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Where it is among the inputs, or count. The lock is held. */
static size_t place(const struct stat *st)
{
	size_t i = 0;

	while (i < count && (inputs[i].dev != st->st_dev || inputs[i].ino != st->st_ino))
		i++;
	return i;
}

void input_note(const char *path)
{
	struct stat st;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return;
	pthread_mutex_lock(&lock);
	if (place(&st) == count) {
		inputs = grow(inputs, count, &cap, sizeof *inputs);
		inputs[count++] = (struct input){st.st_dev, st.st_ino};
	}
	pthread_mutex_unlock(&lock);
}

void input_forget(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return;
	pthread_mutex_lock(&lock);
	size_t i = place(&st);
	if (i < count)
		inputs[i] = inputs[--count];
	pthread_mutex_unlock(&lock);
}

static bool is_input(const struct stat *st)
{
	pthread_mutex_lock(&lock);
	bool found = place(st) < count;
	pthread_mutex_unlock(&lock);
	return found;
}

int output_check(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) || !S_ISREG(st.st_mode) || !is_input(&st))
		return 0;
	return err_set(e, "%s: is an input, too: it would be overwritten", path);
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
	int rc = 0;

	if (output_check(path, e))
		return -1;
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : 0;
		return errno || access(path, W_OK) ? err_errno(e, "%s: cannot create", path) : 0;
	}
	char *dir = folder_of(path);
	if (access(dir, W_OK | X_OK) || (!file_is_dir(dir) && (errno = ENOTDIR)))
		rc = err_errno(e, "%s: cannot create", path);
	free(dir);
	return rc;
}
