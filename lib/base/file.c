/* Sources of bytes (files, memory), whole files, and folders. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/mem.h"

static ptrdiff_t read_file(void *ctx, void *buf, size_t n, struct err *e)
{
	FILE *f = ctx;
	size_t got = fread(buf, 1, n, f);
	if (got < n && ferror(f))
		return err_errno(e, "cannot read");
	return got;
}

static void close_file(void *ctx)
{
	if (ctx != stdin)
		fclose(ctx);
}

/* Does somebody write to the pipe, or will soon? 1: what was read to find out is in *byte, 0: yes, -1: nobody. */
static int await_writer(int fd, char *byte)
{
	struct pollfd p = {fd, POLLIN, 0};
	ssize_t n = poll(&p, 1, FILE_PIPE_WAIT) ? -1 : read(fd, byte, 1); /* -1: there is something, or an error: EAGAIN */

	return n < 0 ? 0 : n == 0 ? -1 : 1;
}

/* A pipe that lies in a folder is no reason to wait for ever. */
static FILE *open_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), more = 0;
	struct stat st;
	FILE *f = NULL;
	char byte;

	if (fd >= 0 && !fstat(fd, &st) && S_ISFIFO(st.st_mode))
		more = await_writer(fd, &byte);
	if (more < 0)
		err_set(e, "%s: a pipe that nobody writes to", path);
	else if (fd < 0 || fcntl(fd, F_SETFL, 0) || !(f = fdopen(fd, "r")))
		err_errno(e, "%s", path);
	if (f && more)
		ungetc(byte, f);
	if (!f && fd >= 0)
		close(fd);
	return f;
}

static int open_source(struct source *s, const char *path, struct err *e)
{
	bool standard = !strcmp(path, "-");
	FILE *f = standard ? stdin : open_file(path, e);
	struct stat st;
	if (!f)
		return -1;
	if (!fstat(fileno(f), &st) && S_ISDIR(st.st_mode)) {
		close_file(f);
		return err_set(e, "%s: a folder, not a file (cxr-list lists the images in one)", standard ? "standard input" : path);
	}
	*s = (struct source){xstrdup(standard ? "standard input" : path), read_file, close_file, f};
	return 0;
}

int source_file(struct source *s, const char *path, struct err *e)
{
	input_note(!strcmp(path, "-") ? "/dev/stdin" : path);
	return open_source(s, path, e);
}

struct memory_source {
	const unsigned char *bytes;
	size_t left;
};

static ptrdiff_t read_memory(void *ctx, void *buf, size_t n, struct err *e)
{
	struct memory_source *m = ctx;
	(void)e;
	if (n > m->left)
		n = m->left;
	if (n)
		memcpy(buf, m->bytes, n);
	m->bytes += n;
	m->left -= n;
	return n;
}

int source_memory(struct source *s, const char *name, const void *bytes, size_t n)
{
	struct memory_source *m = xmalloc(sizeof *m);
	*m = (struct memory_source){bytes, n};
	*s = (struct source){xstrdup(name), read_memory, free, m};
	return 0;
}

ptrdiff_t source_read(struct source *s, void *buf, size_t n, struct err *e)
{
	size_t got = 0;
	while (got < n) {
		ptrdiff_t r = s->read(s->ctx, (char *)buf + got, n - got, e);
		if (r < 0)
			return -1;
		if (!r)
			break;
		got += r;
	}
	return got;
}

void source_close(struct source *s)
{
	if (s->close)
		s->close(s->ctx);
	free((char *)s->name);
	*s = (struct source){0};
}

/* The buffer follows the bytes that are there, so that max may be generous. */
static int read_all(struct source *s, size_t max, unsigned char **bytes, size_t *n, struct err *e)
{
	unsigned char *buf = NULL;
	size_t len = 0, cap = 0;
	for (;;) {
		cap = cap ? cap * 2 : 1 << 16;
		void *more = budget_grow(buf, cap + 1, "the file", e);
		if (!more)
			break;
		buf = more;
		ptrdiff_t r = source_read(s, buf + len, cap - len, e);
		if (r < 0)
			break;
		len += r;
		if (len > max) {
			err_set(e, "larger than %zu bytes", max);
			break;
		}
		if (len < cap) {
			buf[len] = 0;
			*bytes = buf;
			*n = len;
			return 0;
		}
	}
	free(buf);
	return -1;
}

int file_read(const char *path, size_t max, unsigned char **bytes, size_t *n, struct err *e)
{
	struct source s = {0};
	struct stat st;
	/* A pipe that lies in a folder would wait for a writer for ever; those of the shell are in /dev. */
	if (strncmp(path, "/dev/", 5) && !stat(path, &st) && S_ISFIFO(st.st_mode))
		return err_set(e, "%s: a pipe, not a regular file", path);
	if (open_source(&s, path, e))
		return -1;
	int rc = !fstat(fileno(s.ctx), &st) && S_ISCHR(st.st_mode) ? err_set(e, "a device, which may have no end") :
	         read_all(&s, max, bytes, n, e);
	if (rc)
		err_prefix(e, "%s", s.name);
	source_close(&s);
	return rc;
}

void *file_map(const char *path, int protection, size_t *n)
{
	struct stat st;
	void *map = MAP_FAILED;
	/* Nothing but a regular file is so much as opened: whoever writes to a pipe would lose the reader. */
	int fd = !stat(path, &st) && S_ISREG(st.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0 && (uintmax_t)st.st_size <= PTRDIFF_MAX)
		map = mmap(NULL, (size_t)st.st_size, protection, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	if (map == MAP_FAILED) {
		*n = 0;
		return NULL;
	}
	*n = (size_t)st.st_size;
	return map;
}

/* What was refused a byte will be refused another; that it is put behind what is cut off already harms nobody. */
int file_flush(FILE *f)
{
	if (!ferror(f))
		return fflush(f) ? -1 : 0;
	if (write(fileno(f), "\n", 1) >= 0)
		errno = EIO;
	return -1;
}

int file_mkdirs_derived(const char *path, size_t given, struct err *e)
{
	if (!*path)
		return err_set(e, "an empty name is no directory");
	char *copy = xstrdup(path), *p = copy;
	int rc = 0;
	do {
		p = strchrnul(p + (*p != 0), '/');
		char saved = *p;
		*p = 0;
		if (*copy && mkdir(copy, 0777) && !(errno == EEXIST && file_is_dir(copy)))
			rc = err_errno(e, "%s: cannot make the directory", copy);
		else if ((size_t)(p - copy) > given)
			rc = file_refuse_link(copy, "cannot make the directory", e);
		*p = saved;
	} while (!rc && *p);
	free(copy);
	return rc;
}

int file_mkdirs(const char *path, struct err *e)
{
	return file_mkdirs_derived(path, strlen(path), e);
}

bool file_is_dir(const char *path)
{
	struct stat st;
	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

int file_look(const char *path, int flags, struct stat *st, struct err *e)
{
	if (!fstatat(AT_FDCWD, path, st, flags))
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : err_errno(e, "%s", path);
}

int file_refuse_link(const char *path, const char *cannot, struct err *e)
{
	struct stat st;
	int there = file_look(path, AT_SYMLINK_NOFOLLOW, &st, e);

	if (there > 0 && S_ISLNK(st.st_mode))
		return err_set(e, "%s: %s: a link has that name", path, cannot);
	return there < 0 ? -1 : 0;
}
