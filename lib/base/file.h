#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"

/* A byte source: archives, decompressors, files and memory look alike to whoever reads. read returns the number
 * of bytes (fewer than n only at the end), 0 at the end, -1 with *e set. */
struct source {
	const char *name; /* for messages; owned by the source */
	ptrdiff_t (*read)(void *ctx, void *buf, size_t n, struct err *e);
	void (*close)(void *ctx);
	void *ctx;
};
/* "-" is stdin. A directory is an error, and so is a pipe that nobody writes to for FILE_PIPE_WAIT. */
enum { FILE_PIPE_WAIT = 5000 }; /* milliseconds */
int source_file(struct source *s, const char *path, struct err *e);
int source_memory(struct source *s, const char *name, const void *bytes, size_t n); /* bytes are borrowed */
ptrdiff_t source_read(struct source *s, void *buf, size_t n, struct err *e);
void source_close(struct source *s);

/* Whole file into fresh memory (free() it), at most max bytes; one more NUL byte follows the data. */
int file_read(const char *path, size_t max, unsigned char **bytes, size_t *n, struct err *e);

/* A regular file, mapped for this process alone (munmap it); NULL where that is not possible, or it is empty. */
void *file_map(const char *path, int protection, size_t *n);

/* A file that appears whole or not at all: written to a sibling temporary name, then fsync, rename, and fsync of the
 * folder. What a killed process of this machine left in the folder under such a name is taken away.
 * outfile_abort_all removes the temporary files of every outfile still open; cmd/ calls it before it exits. */
struct outfile {
	FILE *f;
	char *path, *temp;
	bool derived;
	struct outfile *next;
};
int outfile_open(struct outfile *o, const char *path, struct err *e);
/* The same for a name that data had a part in (the map of an item): a symbolic link of that name is replaced, not
 * followed, a pipe or device refused; and a run writes no such name twice. */
int outfile_open_derived(struct outfile *o, const char *path, struct err *e);
int outfile_commit(struct outfile *o, struct err *e); /* checks every write; on error the temporary is removed */
void outfile_abort(struct outfile *o);
void outfile_abort_all(void);
void outfile_abort_signal(void); /* the same from a signal handler: takes no lock, frees nothing */

/* An output never overwrites an input, whatever they are called: device and inode decide. Every regular file that
 * source_file opens (so every stream, list and model) is remembered as an input, and outfile_open refuses to replace
 * it. So that the refusal comes before the work: after the options are read, input_note what will be opened later, then
 * output_try every output, the second as well as the first. cxr-cam notes the image an item came from before its map
 * is written. What is meant to be replaced (a checkpoint, a model set onto itself) is forgotten once it is read. */
void input_note(const char *path);
void input_forget(const char *path);
/* Nor is an output of a derived name overwritten by another: what was written under it. */
void output_note(const char *path);
/* Is this the first call for the folder? */
bool output_is_first(const char *folder);
/* "PATH: is an input, too ...", "PATH: was written by this run already ...", or 0. */
int output_check(const char *path, struct err *e);
/* The same, and whether it can be created there; nothing is written. derived: of a name that was not given, and that
 * another file or a link of somebody else's may have. */
int output_try(const char *path, struct err *e);
int output_try_derived(const char *path, struct err *e);

/* fflush, and -1 when an earlier write failed, too: errno then says why, which stdio has forgotten. */
int file_flush(FILE *f);

/* Makes path and its parents, as mkdir -p. derived: what is behind the first `given` bytes are names that data had a
 * part in: a symbolic link of such a name is an error. */
int file_mkdirs(const char *path, struct err *e);
int file_mkdirs_derived(const char *path, size_t given, struct err *e);
bool file_is_dir(const char *path);
/* What is there: 1 with *st, 0 nothing, -1 with *e: what may not be looked at is not absent. flags: 0 or
 * AT_SYMLINK_NOFOLLOW; a link that leads nowhere is nothing without it. */
int file_look(const char *path, int flags, struct stat *st, struct err *e);
/* 0, or -1: "PATH: <cannot>: a link has that name", or it cannot be known. */
int file_refuse_link(const char *path, const char *cannot, struct err *e);

#endif
