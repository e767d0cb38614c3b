/* What an earlier run left in a file, compared with what is written again, until it ends or is cut off. */
#include "stream/earlier.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

struct earlier {
	FILE *in;      /* the file, from its start */
	int fd;        /* what writes to it */
	off_t written; /* bytes that count as that */
	char *line;
	size_t cap;
};

/* What is open for appending is not open for reading: Linux opens it once more by its descriptor. */
struct earlier *earlier_open(FILE *f, struct err *e)
{
	struct earlier *a = xcalloc(1, sizeof *a);
	char *path = xasprintf("/proc/self/fd/%d", fileno(f));
	struct stat st;

	a->fd = fileno(f);
	errno = 0;
	if (fstat(a->fd, &st) || !S_ISREG(st.st_mode))
		err_set(e, "is no file: there is nothing to resume (append to one with >> FILE)");
	else if (!(a->in = fopen(path, "re")))
		err_errno(e, "cannot be read again");
	free(path);
	if (a->in)
		return a;
	free(a);
	return NULL;
}

int earlier_bytes(struct earlier *a, const void *bytes, size_t n, struct err *e)
{
	char *there = xmalloc(n);
	size_t got = fread(there, 1, n, a->in);
	int rc = memcmp(there, bytes, got) ? err_set(e, "holds other work, which this cannot go on with") : got == n;

	free(there);
	if (rc > 0)
		earlier_keep(a);
	return rc;
}

static ptrdiff_t read_more(void *ctx, void *buf, size_t n, struct err *e)
{
	(void)e;
	return (ptrdiff_t)fread(buf, 1, n, ctx);
}

int earlier_record(struct earlier *a, struct record *r, uint32_t *crc)
{
	struct source src = {"", read_more, NULL, a->in};
	struct err e;

	if (record_read(r, &src, crc, &e) <= 0)
		return 0;
	earlier_keep(a);
	return 1;
}

const char *earlier_line(struct earlier *a)
{
	ssize_t n = getline(&a->line, &a->cap, a->in);

	if (n < 1 || a->line[n - 1] != '\n')
		return NULL;
	a->line[n - 1] = '\0';
	return a->line;
}

void earlier_keep(struct earlier *a)
{
	a->written = ftello(a->in);
}

int earlier_end(struct earlier *a, struct err *e)
{
	return getc(a->in) == EOF ? 0 : err_set(e, "something is behind the end of what it should hold");
}

int earlier_leave(struct earlier **a)
{
	fclose((*a)->in);
	free((*a)->line);
	free(*a);
	*a = NULL;
	return -1;
}

int earlier_close(struct earlier *a, struct err *e)
{
	int rc = 0;

	if (ftruncate(a->fd, a->written) || lseek(a->fd, 0, SEEK_END) < 0)
		rc = err_errno(e, "cannot cut off what is not whole");
	earlier_leave(&a);
	return rc;
}
