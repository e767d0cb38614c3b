/* Many small files in one, for file systems that do not like many small files: tar by libarchive. */
#include "data/tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

struct tarball {
	struct archive *to;
	struct outfile file;
	void *names; /* a tree of those in it */
};

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int fail(struct tarball *t, struct err *e)
{
	return err_set(e, "%s: %s", t->file.path, archive_error_string(t->to));
}

struct tarball *tarball_open(const char *path, struct err *e)
{
	struct tarball *t = xcalloc(1, sizeof *t);

	if (outfile_open(&t->file, path, e)) {
		free(t);
		return NULL;
	}
	if (!(t->to = archive_write_new()) || archive_write_set_format_pax_restricted(t->to) != ARCHIVE_OK ||
	    archive_write_open_FILE(t->to, t->file.f) != ARCHIVE_OK) {
		fail(t, e);
		tarball_abort(t);
		return NULL;
	}
	return t;
}

int tarball_add(struct tarball *t, const char *name, const void *bytes, size_t n, struct err *e)
{
	struct archive_entry *entry;
	int rc = 0;

	if (tfind(name, &t->names, by_name))
		return err_set(e, "%s: two files of it have the name %s", t->file.path, name);
	tsearch(xstrdup(name), &t->names, by_name);
	entry = archive_entry_new();
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)n);
	archive_entry_set_mtime(entry, 0, 0);
	if (archive_write_header(t->to, entry) != ARCHIVE_OK || archive_write_data(t->to, bytes, n) != (la_ssize_t)n)
		rc = fail(t, e);
	archive_entry_free(entry);
	return rc;
}

int tarball_close(struct tarball *t, struct err *e)
{
	int rc = archive_write_close(t->to) == ARCHIVE_OK ? 0 : fail(t, e);

	if (rc) {
		tarball_abort(t);
		return rc;
	}
	archive_write_free(t->to);
	tdestroy(t->names, free);
	rc = outfile_commit(&t->file, e);
	free(t);
	return rc;
}

void tarball_abort(struct tarball *t)
{
	if (t->to)
		archive_write_free(t->to);
	tdestroy(t->names, free);
	outfile_abort(&t->file);
	free(t);
}
