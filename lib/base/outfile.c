/* Files that appear whole or not at all: written under a temporary name beside their own, then renamed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

/* Every outfile still open, so that a tool that gives up leaves nothing half written; and, for a signal handler, which
 * can take no lock, their temporary names. More than MAX_NAMES at once are not known to it. */
enum { MAX_NAMES = 64, HOST = 20 };
static struct outfile *open_files;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *_Atomic temp_name[MAX_NAMES];
static _Atomic bool ended; /* by a signal */

static void enlist(struct outfile *o)
{
	pthread_mutex_lock(&lock);
	o->next = open_files;
	open_files = o;
	for (int k = 0; k < MAX_NAMES && o->temp; k++)
		if (!temp_name[k]) {
			temp_name[k] = o->temp;
			break;
		}
	pthread_mutex_unlock(&lock);
}

static void delist(struct outfile *o)
{
	pthread_mutex_lock(&lock);
	for (struct outfile **p = &open_files; *p; p = &(*p)->next)
		if (*p == o) {
			*p = o->next;
			break;
		}
	for (int k = 0; k < MAX_NAMES && o->temp; k++)
		if (temp_name[k] == o->temp)
			temp_name[k] = NULL;
	pthread_mutex_unlock(&lock);
}

/* Temporary names end in .tmp-HOST-PID-K: who finds one can tell whether its maker lives. */
static const char *host(void)
{
	static char name[HOST + 1];

	if (!*name && (gethostname(name, HOST) || !*name))
		strcpy(name, "host");
	return name;
}

/* Is it the temporary name of a process of this machine that is gone? */
static bool is_stale(const char *name)
{
	const char *mark = strstr(name, ".tmp-");
	char *end;

	if (!mark || strncmp(mark + 5, host(), strlen(host())) || mark[5 + strlen(host())] != '-')
		return false;
	long pid = strtol(mark + 6 + strlen(host()), &end, 10);
	return pid > 0 && *end == '-' && kill((pid_t)pid, 0) && errno == ESRCH;
}

/* Takes away what killed processes left in the folder of a path, once: a folder is read for its first file only. */
static void sweep(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup("./");
	DIR *d = output_is_first(folder) ? opendir(folder) : NULL;

	for (struct dirent *entry; d && (entry = readdir(d)); )
		if (is_stale(entry->d_name))
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
	free(folder);
}

/* Not mkstemp: its mode 0600 would stay with the file. O_EXCL makes the name ours, and follows no link. The name is
 * known to the signal handler before the file is there, and until it has its own name; a file that comes to be behind
 * the handler's back is taken away at once. */
static int open_temp(struct outfile *o)
{
	static unsigned serial;

	sweep(o->path);
	for (int tries = 0; tries < 100; tries++) {
		unsigned k = __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED);
		o->temp = xasprintf("%s.tmp-%s-%ld-%u", o->path, host(), (long)getpid(), k);
		enlist(o);
		int fd = open(o->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), why = errno;
		if (fd >= 0 && ended)
			unlink(o->temp);
		if (fd >= 0)
			return fd;
		delist(o);
		errno = why;
		free(o->temp);
		o->temp = NULL;
		if (errno != EEXIST)
			break;
	}
	return -1;
}

/* After a crash of the machine the new name is there, too. Some file systems cannot do that, and say so. */
static void sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

static void release(struct outfile *o)
{
	free(o->path);
	free(o->temp);
	*o = (struct outfile){0};
}

/* Takes what was opened: fd < 0 with errno set when it failed. */
static int begin(struct outfile *o, int fd, const char *path, struct err *e)
{
	if (fd < 0 || !(o->f = fdopen(fd, "w"))) {
		err_errno(e, "%s: cannot create", path);
		if (fd >= 0)
			close(fd);
		if (o->temp) {
			unlink(o->temp);
			delist(o);
		}
		release(o);
		return -1;
	}
	if (!o->temp)
		enlist(o);
	return 0;
}

/* A device, or a pipe, whose reader may be about to come. */
static int open_special(const char *path)
{
	enum { STEP = 50 };
	int fd, waited = 0;

	while ((fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK)) < 0 && errno == ENXIO && waited < FILE_PIPE_WAIT)
		waited += STEP + poll(NULL, 0, STEP);
	if (fd >= 0)
		fcntl(fd, F_SETFL, 0);
	return fd;
}

int outfile_open(struct outfile *o, const char *path, struct err *e)
{
	struct stat st;
	int fd = -1, exists = file_look(path, 0, &st, e);

	*o = (struct outfile){0};
	if (exists < 0 || output_check(path, e))
		return -1;
	/* A symbolic link to a file stays one: what it points at is replaced. A device or a pipe is written as it is, there is
	 * nothing to rename; /dev/stdout must not be resolved. */
	o->path = exists && S_ISREG(st.st_mode) ? realpath(path, NULL) : xstrdup(path);
	if (o->path && exists && S_ISDIR(st.st_mode))
		errno = EISDIR;
	else if (o->path)
		fd = exists && !S_ISREG(st.st_mode) ? open_special(path) : open_temp(o);
	return begin(o, fd, path, e);
}

int outfile_open_derived(struct outfile *o, const char *path, struct err *e)
{
	struct stat st;
	int exists = file_look(path, AT_SYMLINK_NOFOLLOW, &st, e);

	*o = (struct outfile){0};
	if (exists < 0)
		return -1;
	if (exists && !S_ISLNK(st.st_mode)) {
		if (output_check(path, e))
			return -1;
		if (!S_ISREG(st.st_mode))
			return err_set(e, "%s: cannot create: something that is no file has that name", path);
	}
	*o = (struct outfile){.path = xstrdup(path), .derived = true};
	return begin(o, open_temp(o), path, e);
}

/* Two threads may come with the same derived name: who is second finds what the first wrote. */
static int rename_derived(const struct outfile *o, struct err *e)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
	struct stat st;

	pthread_mutex_lock(&one);
	int rc = file_look(o->path, AT_SYMLINK_NOFOLLOW, &st, e);
	if (rc > 0)
		rc = S_ISREG(st.st_mode) ? output_check(o->path, e) : 0;
	if (!rc && (rc = rename(o->temp, o->path)))
		err_errno(e, "%s: cannot rename the temporary file", o->path);
	if (!rc)
		output_note(o->path);
	pthread_mutex_unlock(&one);
	return rc;
}

static int rename_temp(const struct outfile *o, struct err *e)
{
	if (o->derived)
		return rename_derived(o, e);
	return rename(o->temp, o->path) ? err_errno(e, "%s: cannot rename the temporary file", o->path) : 0;
}

int outfile_commit(struct outfile *o, struct err *e)
{
	bool bad = file_flush(o->f) || (o->temp && fsync(fileno(o->f)));
	if (bad) {
		err_errno(e, "%s: cannot write", o->path);
		outfile_abort(o);
		return -1;
	}
	int rc = fclose(o->f);
	if (rc)
		err_errno(e, "%s: cannot write", o->path);
	else if (o->temp && !(rc = rename_temp(o, e)))
		sync_folder(o->path);
	if (rc && o->temp)
		unlink(o->temp);
	delist(o);
	release(o);
	return rc ? -1 : 0;
}

void outfile_abort(struct outfile *o)
{
	if (!o->f)
		return;
	fclose(o->f);
	if (o->temp)
		unlink(o->temp);
	delist(o);
	release(o);
}

/* On the way out of the process: the names go, the streams are left to exit. */
void outfile_abort_all(void)
{
	pthread_mutex_lock(&lock);
	for (struct outfile *o = open_files; o; o = o->next)
		if (o->temp)
			unlink(o->temp);
	open_files = NULL;
	pthread_mutex_unlock(&lock);
}

void outfile_abort_signal(void)
{
	ended = true;
	for (int k = 0; k < MAX_NAMES; k++) {
		char *name = atomic_exchange(&temp_name[k], NULL);
		if (name)
			unlink(name);
	}
}
