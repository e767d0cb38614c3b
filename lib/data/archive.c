/* Archives and compressed files through libarchive, the one file that includes it. */
#include "data/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/file.h"
#include "base/kind.h"
#include "base/mem.h"
#include "data/archive_end.h"
#include "data/fetch.h"
#include "data/gunzip.h"

enum { BLOCK = 1 << 17 };

/* libarchive's message, begun in lower case as ours are. */
static int archive_err(struct err *e, struct archive *a)
{
	const char *s = archive_error_string(a);
	bool lower;

	if (s == NULL || s[0] == '\0')
		return err_set(e, "damaged or cut off");
	if (strstr(s, "No progress is possible") != NULL) /* what liblzma says of a cut file */
		return err_set(e, "truncated xz input");
	lower = isupper((unsigned char)s[0]) && !isupper((unsigned char)s[1]);
	return err_set(e, "%c%s", lower ? tolower((unsigned char)s[0]) : s[0], s + 1);
}

/* What our compressed files begin with. gzip is ours: libarchive passes over its checksums. */
static const struct archive_magic {
	const char *bytes;
	size_t n;
	int (*filter)(struct archive *a); /* NULL: gzip */
} magics[] = {
	{"\x1f\x8b\x08", 3, NULL},
	{"\x28\xb5\x2f\xfd", 4, archive_read_support_filter_zstd},
	{"\xfd" "7zXZ\0", 6, archive_read_support_filter_xz},
	{"BZh", 3, archive_read_support_filter_bzip2},
};

static const struct archive_magic *compressed(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
		const struct archive_magic *m = &magics[i];

		if (n < m->n || memcmp(p, m->bytes, m->n) != 0)
			continue;
		if (m->bytes[0] != 'B')
			return m;
		/* "BZh" may begin a line of text: a bzip2 file goes on with its level and the digits of pi or its root */
		if (n >= 10 && p[3] >= '1' && p[3] <= '9' &&
		    (memcmp(p + 4, "1AY&SY", 6) == 0 || memcmp(p + 4, "\x17rE8P\x90", 6) == 0))
			return m;
	}
	return NULL;
}

/* --- Archives ------------------------------------------------------------------------------------------------- */

struct walk {
	struct archive *a;
	const char *name, *link;
	locale_t utf8; /* libarchive converts names to the locale's charset: always UTF-8 here, whatever the user's */
	int fd;
	struct source gzip; /* of a .tar.gz; else without a context */
	struct err failed;  /* of gzip, seen below libarchive */
	unsigned char *block;
};

/* Only what we name: "all" would take formats nobody asked for and filters that start other programs. A zip is read
 * through the directory at its end; without one it was cut, and the forward reader would hide that. */
static void support(struct archive *a)
{
	archive_read_support_format_tar(a);
	archive_read_set_format_option(a, "tar", "read_concatenated_archives", "1"); /* what is behind the end mark, too */
	archive_read_support_format_zip_seekable(a);
	archive_read_support_format_7zip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
}

static int open_err(struct walk *w, struct err *e)
{
	const char *s = archive_error_string(w->a);
	unsigned char magic[KIND_PEEK] = "";
	ssize_t n = pread(w->fd, magic, sizeof magic, 0);

	if (s == NULL || strcmp(s, "Unrecognized archive format") != 0)
		return archive_err(e, w->a);
	if (n >= 4 && memcmp(magic, "PK\3\4", 4) == 0)
		return err_set(e, "damaged zip archive: the directory at its end is missing");
	if (n > 0 && compressed(magic, (size_t)n) != NULL)
		return err_set(e, "damaged or cut off, or not a compressed tar archive");
	if (!n)
		return err_set(e, "empty file");
	kind_refuse(magic, n > 0 ? (size_t)n : 0, "an image or an archive", e);
	return -1;
}

static int open_regular(const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_errno(e, "cannot open");
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return err_set(e, "not a regular file");
}

static ptrdiff_t read_fd(void *ctx, void *buf, size_t n, struct err *e)
{
	ssize_t got = read(*(const int *)ctx, buf, n);

	return got < 0 ? err_errno(e, "cannot read") : got;
}

static ssize_t below_walk(struct archive *a, void *ctx, const void **p)
{
	struct walk *w = ctx;
	ptrdiff_t n = source_read(&w->gzip, w->block, BLOCK, &w->failed);

	*p = w->block;
	if (n < 0)
		archive_set_error(a, EIO, "%s", w->failed.text);
	return n;
}

static int open_walk(struct walk *w)
{
	struct source packed = {xstrdup(""), read_fd, NULL, &w->fd};
	const struct archive_magic *m;
	unsigned char magic[KIND_PEEK];
	ssize_t n = pread(w->fd, magic, sizeof magic, 0);

	if (n > 0 && (m = compressed(magic, (size_t)n)) && !m->filter) {
		source_gunzip(&w->gzip, &packed);
		w->block = xmalloc(BLOCK);
		return archive_read_open(w->a, w, NULL, below_walk, NULL);
	}
	source_close(&packed);
	return archive_read_open_fd(w->a, w->fd, BLOCK);
}

struct walk *walk_open(const char *path, struct err *e)
{
	struct walk *w;
	int fd = open_regular(path, e);

	if (fd < 0)
		return NULL;
	w = xcalloc(1, sizeof *w);
	w->fd = fd;
	w->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	w->a = archive_read_new();
	if (w->a == NULL)
		mem_fail(BLOCK);
	support(w->a);
	if (open_walk(w) == ARCHIVE_OK ? archive_check_end(fd, e) : open_err(w, e)) {
		walk_close(w);
		return NULL;
	}
	return w;
}

void walk_close(struct walk *w)
{
	if (w == NULL)
		return;
	archive_read_free(w->a);
	source_close(&w->gzip);
	free(w->block);
	if (w->utf8 != (locale_t)0)
		freelocale(w->utf8);
	close(w->fd);
	free(w);
}

/* To the end, where the last checksum is. */
static int drain(struct source *s, unsigned char *block, struct err *e)
{
	ptrdiff_t n;

	while ((n = source_read(s, block, BLOCK, e)) > 0)
		continue;
	return (int)n;
}

/* A tar ends with a block of zeros. libarchive also takes the bare end of the file, which is what a tar that was cut
 * between two members has. It also takes what is behind the compressed data, and is no more of them, for the end. */
static int walk_end(struct walk *w, struct err *e)
{
	bool tar = (archive_format(w->a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
	struct stat st;

	if (tar && archive_filter_bytes(w->a, 0) - archive_read_header_position(w->a) < 512)
		return err_set(e, "cut off: the end mark of the archive is missing");
	if (w->gzip.ctx)
		return drain(&w->gzip, w->block, e);
	if (tar && fstat(w->fd, &st) == 0 && archive_filter_bytes(w->a, -1) < st.st_size)
		return err_set(e, "damaged: bytes after the end of the compressed data");
	return 0;
}

static const char *plain_name(const char *name)
{
	while (name != NULL && name[0] == '.' && name[1] == '/')
		name += 2 + strspn(name + 2, "/");
	return name;
}

static int next_file(struct walk *w, struct err *e)
{
	struct archive_entry *entry;
	int r;

	for (;;) {
		r = archive_read_next_header(w->a, &entry);
		if (r == ARCHIVE_EOF)
			return walk_end(w, e);
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return archive_err(e, w->a);
		w->name = plain_name(archive_entry_pathname(entry));
		w->link = plain_name(archive_entry_hardlink(entry));
		if (w->name == NULL)
			return err_set(e, "a member has no name");
		if (archive_entry_filetype(entry) == AE_IFREG || w->link != NULL)
			return 1;
	}
}

int walk_next(struct walk *w, struct err *e)
{
	locale_t before = w->utf8 != (locale_t)0 ? uselocale(w->utf8) : (locale_t)0;
	int r = next_file(w, e);

	if (before != (locale_t)0)
		uselocale(before);
	return r;
}

const char *walk_name(const struct walk *w)
{
	return w->name;
}

const char *walk_link(const struct walk *w)
{
	return w->link;
}

size_t walk_peek(struct walk *w, unsigned char *bytes, size_t n)
{
	la_ssize_t got = archive_read_data(w->a, bytes, n);

	return got > 0 ? (size_t)got : 0;
}

int walk_read(struct walk *w, size_t max, unsigned char **bytes, size_t *n, size_t *cap, struct err *e)
{
	ssize_t got;

	*n = 0;
	for (;;) {
		if (*n > max)
			return err_set(e, "larger than %zu bytes", max);
		if (*cap - *n < BLOCK) {
			size_t want = *cap < BLOCK ? BLOCK : *cap * 2;
			void *more = budget_grow(*bytes, want, "the archive's member", e);

			if (!more)
				return -1;
			*bytes = more;
			*cap = want;
		}
		got = archive_read_data(w->a, *bytes + *n, *cap - *n);
		if (got < 0)
			return archive_err(e, w->a);
		if (got == 0)
			return 0;
		*n += (size_t)got;
	}
}

/* --- Compressed streams --------------------------------------------------------------------------------------- */

/* Looks at the first bytes: what is compressed goes through libarchive, all else is handed on as it came. */
struct any {
	struct source in;
	struct archive *a; /* NULL: plain */
	struct err failed; /* of in, seen below libarchive */
	unsigned char first[BLOCK];
	size_t nfirst, pos;
	int64_t given; /* bytes that libarchive has been handed */
	bool empty;    /* nothing was compressed */
	bool gzip;     /* to be unpacked by the source above */
};

static ptrdiff_t below(struct any *y, const unsigned char **p, struct err *e)
{
	ptrdiff_t n = (ptrdiff_t)y->nfirst;

	*p = y->first;
	y->nfirst = 0;
	return n > 0 ? n : source_read(&y->in, y->first, sizeof y->first, e);
}

static ssize_t below_archive(struct archive *a, void *ctx, const void **p)
{
	struct any *y = ctx;
	ptrdiff_t n = below(y, (const unsigned char **)p, &y->failed);

	if (n < 0)
		archive_set_error(a, EIO, "%s", y->failed.text);
	else
		y->given += n;
	return n;
}

static ptrdiff_t any_read_plain(void *ctx, void *buf, size_t n, struct err *e)
{
	struct any *y = ctx;
	size_t take = y->nfirst - y->pos;
	ptrdiff_t got;

	if (take > n)
		take = n;
	memcpy(buf, y->first + y->pos, take);
	y->pos += take;
	if (take == n)
		return (ptrdiff_t)n;
	got = source_read(&y->in, (char *)buf + take, n - take, e);
	return got < 0 ? -1 : (ptrdiff_t)take + got;
}

static int any_fail(struct any *y, struct err *e)
{
	if (y->failed.text[0] != '\0')
		return err_set(e, "%s", y->failed.text);
	return archive_err(e, y->a);
}

/* libarchive takes what is behind the compressed data, and is no more of them, for the end. */
static int any_end(struct any *y, struct err *e)
{
	const unsigned char *p;
	ptrdiff_t more = y->given - archive_filter_bytes(y->a, -1);

	if (more == 0)
		more = below(y, &p, e);
	return more > 0 ? err_set(e, "damaged: bytes after the end of the compressed data") : (int)more;
}

static ptrdiff_t any_read(void *ctx, void *buf, size_t n, struct err *e)
{
	struct any *y = ctx;
	size_t done = 0;
	ssize_t got;

	while (done < n && !y->empty) {
		got = archive_read_data(y->a, (char *)buf + done, n - done);
		if (got < 0)
			return any_fail(y, e);
		if (got == 0 && any_end(y, e))
			return -1;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ptrdiff_t)done;
}

static void any_close(void *ctx)
{
	struct any *y = ctx;

	if (y->a != NULL)
		archive_read_free(y->a);
	source_close(&y->in);
	free(y);
}

static int any_decompress(struct any *y, const struct archive_magic *m, struct err *e)
{
	struct archive_entry *entry;
	int r;

	y->a = archive_read_new();
	if (y->a == NULL)
		mem_fail(BLOCK);
	archive_read_support_format_raw(y->a);
	archive_read_support_format_empty(y->a);
	m->filter(y->a);
	if (archive_read_open(y->a, y, NULL, below_archive, NULL) != ARCHIVE_OK)
		return any_fail(y, e);
	r = archive_read_next_header(y->a, &entry);
	if (r != ARCHIVE_OK && r != ARCHIVE_EOF)
		return any_fail(y, e);
	y->empty = r == ARCHIVE_EOF;
	if (archive_filter_count(y->a) < 2) /* the filter did not like the rest of the header */
		return err_set(e, "damaged or cut off");
	return 0;
}

/* What the first bytes say. */
static int any_start(struct any *y, struct err *e)
{
	ptrdiff_t n = source_read(&y->in, y->first, sizeof y->first, e);
	const struct archive_magic *m;

	if (n < 0)
		return -1;
	y->nfirst = (size_t)n;
	m = compressed(y->first, y->nfirst);
	y->gzip = m != NULL && !m->filter;
	return m != NULL && m->filter ? any_decompress(y, m, e) : 0;
}

int source_open_any(struct source *s, const char *path, struct err *e)
{
	struct any *y = xcalloc(1, sizeof *y);

	if (source_file(&y->in, path, e) < 0) {
		free(y);
		return -1;
	}
	if (any_start(y, e) < 0) {
		err_prefix(e, "%s", y->in.name);
		any_close(y);
		return -1;
	}
	struct source read = {xstrdup(y->in.name), y->a != NULL ? any_read : any_read_plain, any_close, y};

	if (y->gzip)
		source_gunzip(s, &read);
	else
		*s = read;
	return 0;
}
