#ifndef STREAM_RECORD_H
#define STREAM_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/file.h"

/* One safetensors document in memory. cxr-stream(5) is the byte table. */

#define DTYPES(X) \
	X(F32, 4) X(U8, 1) X(F64, 8) X(F16, 2) X(BF16, 2) X(I64, 8) X(I32, 4) X(I16, 2) X(I8, 1) X(U16, 2) X(U32, 4) \
	X(U64, 8) X(BOOL, 1)
enum dtype {
#define X(name, bytes) DT_##name,
	DTYPES(X)
#undef X
};
const char *dtype_name(enum dtype t);
size_t dtype_size(enum dtype t);

#define TENSOR_DIMS 8
struct tensor {
	char *name;
	enum dtype type;
	int ndim;
	int64_t shape[TENSOR_DIMS];
	size_t bytes;   /* product of shape times element size */
	void *data;     /* inside the record's data block; aligned to the element size at least */
};

struct record {
	struct meta {
		char *key, *value;
	} *meta; /* sorted by key, no duplicates */
	int nmeta;
	struct tensor *tensor; /* in file order: F32 before U8 (alignment) */
	int ntensor;
	/* private: capacities and the data block, reused by the next record read into the same struct */
	size_t metacap, tensorcap;
	unsigned char *data;
	size_t datacap;
	void *map; /* the file that data lies in, where record_read_file could map it; data is no heap block then */
	size_t mapsize;
	unsigned char *head;
	size_t headcap;
};

/* A zeroed struct record is empty. clear keeps the memory for the next one, free gives it back. */
void record_clear(struct record *r);
void record_free(struct record *r);
void record_copy(struct record *to, const struct record *from);
void record_copy_meta(struct record *to, const struct record *from); /* without the tensors */

/* Equal metadata and tensors, bit for bit? */
bool record_same(const struct record *a, const struct record *b);

const char *record_get(const struct record *r, const char *key); /* NULL when absent */
const char *record_kind(const struct record *r);                 /* "cxr" entry, "" when absent */
void record_set(struct record *r, const char *key, const char *value); /* value NULL removes the key */
void record_setf(struct record *r, const char *key, const char *format, ...) __attribute__((format(printf, 3, 4)));

struct tensor *record_tensor(const struct record *r, const char *name); /* NULL when absent */
/* Adds (or replaces) a tensor and returns its zeroed data to fill; earlier data pointers of r become invalid:
 * fetch them again with record_tensor. Sizes are the caller's own numbers; never fails but by mem_fail. */
void *record_add(struct record *r, const char *name, enum dtype type, int ndim, const int64_t *shape);
void record_drop(struct record *r, const char *name);

/* Reads one document: 1 record, 0 clean end (no byte left), -1 damage or read error. Duplicate keys, holes,
 * overlaps, sizes that overflow and headers over 100,000,000 bytes are damage. crc, if not NULL, is updated with
 * every byte read (zlib's crc32). */
int record_read(struct record *r, struct source *src, uint32_t *crc, struct err *e);
/* The document that size bytes begin with, as record_read: *n is its length. Its header alone is looked at; its tensors
 * lie in the bytes, aligned or not, and are only read. The bytes stay the caller's. */
int record_view(struct record *r, const unsigned char *bytes, size_t size, size_t *n, struct err *e);
/* zlib's crc32 of n bytes; and of a part with checksum a followed by one of n bytes with checksum b. */
uint32_t crc_of(const unsigned char *bytes, size_t n);
uint32_t crc_join(uint32_t a, uint32_t b, size_t n);
/* Exactly one document. A file whose tensors lie aligned is mapped, not copied: whoever cuts it short meanwhile ends
 * the program (replacing it by rename, as all tools do, is harmless). */
int record_read_file(struct record *r, const char *path, struct err *e);

/* Writes one document in canonical form (sorted keys, no blanks, data at a multiple of 64). Returns 0 or -1 (errno
 * text in *e). crc as above. */
int record_write(const struct record *r, FILE *f, uint32_t *crc, struct err *e);
/* The same as a file of its own, whole or not at all. */
int record_save(const struct record *r, const char *path, struct err *e);

#endif
