/* Safetensors documents into records; everything that a file claims is checked. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <zlib.h>

#include "base/budget.h"
#include "base/kind.h"
#include "base/mem.h"
#include "base/num.h"
#include "stream/record.h"

enum { HEADER_MAX = 100000000, CHUNK = 1 << 20 };

/* crc32 counts in 32 bits. */
static void crc_add(uint32_t *crc, const unsigned char *p, size_t n)
{
	for (; crc && n; p += n > CHUNK ? CHUNK : n, n -= n > CHUNK ? CHUNK : n)
		*crc = crc32(*crc, p, n > CHUNK ? CHUNK : n);
}

uint32_t crc_of(const unsigned char *bytes, size_t n)
{
	uint32_t crc = 0;
	crc_add(&crc, bytes, n);
	return crc;
}

uint32_t crc_join(uint32_t a, uint32_t b, size_t n)
{
	return crc32_combine(a, b, (z_off_t)n);
}

/* n bytes into a block that grows with what has arrived: a lying length costs no memory. */
static int read_block(unsigned char **block, size_t *cap, size_t n, struct source *src, uint32_t *crc,
                      const char *where, struct err *e)
{
	size_t got = 0;
	while (got < n) {
		size_t want = got < CHUNK ? CHUNK : 2 * got;
		if (want < *cap)
			want = *cap;
		if (want > n)
			want = n;
		if (want > *cap) {
			void *p = budget_ask(e, want, "a record's %s", where) ? NULL : mem_realign(*block, got, want);
			if (!p)
				return budget_err(e, want, "a record's %s", where);
			*block = p;
			*cap = want;
		}
		ptrdiff_t r = source_read(src, *block + got, want - got, e);
		if (r < 0)
			return -1;
		crc_add(crc, *block + got, r);
		got += r;
		if (got < want)
			return err_set(e, "damaged: ends inside the %s of a record", where);
	}
	return 0;
}

static bool parse_type(const char *name, enum dtype *type)
{
	static const enum dtype all[] = {
#define X(n, bytes) DT_##n,
		DTYPES(X)
#undef X
	};
	for (size_t i = 0; name && i < sizeof all / sizeof *all; i++)
		if (!strcmp(name, dtype_name(all[i]))) {
			*type = all[i];
			return true;
		}
	return false;
}

/* A size or an offset: a JSON integer, not negative. */
static bool parse_size(const json_t *v, size_t *out)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*out = json_integer_value(v);
	return true;
}

/* Shape and byte count; false also on overflow. */
static bool parse_shape(const json_t *shape, struct tensor *t)
{
	size_t n = json_array_size(shape), dim;
	if (!json_is_array(shape) || n > TENSOR_DIMS)
		return false;
	t->ndim = n;
	t->bytes = dtype_size(t->type);
	for (size_t i = 0; i < n; i++) {
		if (!parse_size(json_array_get(shape, i), &dim) || !num_mul(t->bytes, dim, &t->bytes))
			return false;
		t->shape[i] = dim;
	}
	return true;
}

/* The offset is kept in t->data, relative to NULL, until the data are there. */
static int parse_tensor(struct record *r, const char *name, const json_t *info, struct err *e)
{
	struct tensor t = {0};
	size_t begin, end;
	const json_t *offsets = json_object_get(info, "data_offsets");
	if (json_object_size(info) != 3 || !json_is_array(offsets) || json_array_size(offsets) != 2)
		return err_set(e, "damaged: tensor %s needs dtype, shape and data_offsets, nothing else", name);
	if (!parse_type(json_string_value(json_object_get(info, "dtype")), &t.type))
		return err_set(e, "tensor %s has an element type that is not known here", name);
	if (!parse_shape(json_object_get(info, "shape"), &t))
		return err_set(e, "damaged: tensor %s has a wrong shape", name);
	if (!parse_size(json_array_get(offsets, 0), &begin) || !parse_size(json_array_get(offsets, 1), &end) ||
	    end < begin || end - begin != t.bytes)
		return err_set(e, "damaged: tensor %s has offsets that do not fit its shape", name);
	t.data = (void *)begin;
	t.name = xstrdup(name);
	r->tensor = grow(r->tensor, r->ntensor, &r->tensorcap, sizeof *r->tensor);
	r->tensor[r->ntensor++] = t;
	return 0;
}

static int parse_meta(struct record *r, const json_t *meta, struct err *e)
{
	const char *key;
	json_t *value;
	if (!json_is_object(meta))
		return err_set(e, "damaged: __metadata__ is no object");
	json_object_foreach((json_t *)meta, key, value) {
		if (!json_is_string(value))
			return err_set(e, "damaged: metadata %s is no string", key);
		r->meta = grow(r->meta, r->nmeta, &r->metacap, sizeof *r->meta);
		r->meta[r->nmeta++] = (struct meta){xstrdup(key), xstrdup(json_string_value(value))};
	}
	return 0;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct meta *)a)->key, ((const struct meta *)b)->key);
}

static int by_offset(const void *a, const void *b)
{
	const struct tensor *s = a, *t = b;
	uintptr_t x = (uintptr_t)s->data, y = (uintptr_t)t->data;
	if (x != y)
		return x < y ? -1 : 1;
	if (s->bytes != t->bytes)
		return s->bytes < t->bytes ? -1 : 1;
	return strcmp(s->name, t->name);
}

static int parse_members(struct record *r, const json_t *root, struct err *e)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)root, key, value) {
		bool meta = !strcmp(key, "__metadata__");
		if (meta ? parse_meta(r, value, e) : parse_tensor(r, key, value, e))
			return -1;
	}
	if (r->nmeta)
		qsort(r->meta, r->nmeta, sizeof *r->meta, by_key);
	if (r->ntensor)
		qsort(r->tensor, r->ntensor, sizeof *r->tensor, by_offset);
	return 0;
}

static int parse_header(struct record *r, size_t n, struct err *e)
{
	json_error_t why;
	if (!n || r->head[0] != '{')
		return err_set(e, "not a tensor stream: a record's header starts with '{'");
	const char *before = budget_for("a record's header");
	json_t *root = json_loadb((char *)r->head, n, JSON_REJECT_DUPLICATES, &why);
	int rc = root ? parse_members(r, root, e) : err_set(e, "damaged header: %s", why.text);
	json_decref(root);
	budget_for(before);
	return rc;
}

/* Checks that the tensors lie one behind the other from 0, without holes and overlaps. *aligned: each where its
 * element type may be read. */
static int check_layout(const struct record *r, size_t *total, bool *aligned, struct err *e)
{
	*total = 0;
	*aligned = true;
	for (int i = 0; i < r->ntensor; i++) {
		const struct tensor *t = &r->tensor[i];
		if ((uintptr_t)t->data != *total)
			return err_set(e, "damaged: hole or overlap before tensor %s", t->name);
		if (*total % dtype_size(t->type))
			*aligned = false;
		if (!num_add(*total, t->bytes, total))
			return err_set(e, "damaged: tensor sizes overflow");
	}
	return 0;
}

/* Foreign files may put an F32 behind an odd number of bytes: every tensor gets a multiple of 64. */
static int realign(struct record *r, struct err *e)
{
	size_t end = 0;
	for (int i = 0; i < r->ntensor; i++)
		if (!num_add(end, r->tensor[i].bytes, &end) || !num_add(end, 63, &end))
			return err_set(e, "damaged: tensor sizes overflow");
		else
			end = end / 64 * 64;
	unsigned char *data = budget_ask(e, end, "a record's data") ? NULL : mem_realign(NULL, 0, end);
	if (!data)
		return budget_err(e, end, "a record's data");
	size_t at = 0;
	for (int i = 0; i < r->ntensor; i++) {
		struct tensor *t = &r->tensor[i];
		memcpy(data + at, t->data, t->bytes);
		t->data = data + at;
		at += (t->bytes + 63) / 64 * 64;
	}
	free(r->data);
	r->data = data;
	r->datacap = end;
	return 0;
}

/* From offsets to places in data. */
static void place_tensors(struct record *r, unsigned char *data)
{
	for (int i = 0; i < r->ntensor; i++)
		r->tensor[i].data = data + (uintptr_t)r->tensor[i].data;
}

static int read_data(struct record *r, struct source *src, uint32_t *crc, struct err *e)
{
	size_t total;
	bool aligned;
	if (check_layout(r, &total, &aligned, e) || read_block(&r->data, &r->datacap, total, src, crc, "data", e))
		return -1;
	if (!r->data && !(r->data = mem_realign(NULL, 0, r->datacap = 64)))
		return budget_err(e, 64, "a record's data");
	place_tensors(r, r->data);
	return aligned ? 0 : realign(r, e);
}

/* Length and header: 1, 0 at a clean end, -1. */
static int read_header(struct record *r, struct source *src, uint32_t *crc, size_t *header, struct err *e)
{
	unsigned char length[8];
	ptrdiff_t got = source_read(src, length, sizeof length, e);
	if (got <= 0)
		return got;
	if (got < (ptrdiff_t)sizeof length)
		return err_set(e, "damaged: ends inside the length of a record");
	crc_add(crc, length, sizeof length);
	uint64_t n = num_get64(length);
	if (n > HEADER_MAX)
		return err_set(e, "not a tensor stream, or damaged: a header of %llu bytes", (unsigned long long)n);
	*header = n;
	return read_block(&r->head, &r->headcap, n, src, crc, "header", e) || parse_header(r, n, e) ? -1 : 1;
}

int record_read(struct record *r, struct source *src, uint32_t *crc, struct err *e)
{
	size_t header;
	record_clear(r);
	int rc = read_header(r, src, crc, &header, e);
	if (rc > 0 && read_data(r, src, crc, e))
		rc = -1;
	if (rc < 0)
		record_clear(r); /* until the data are there the tensors point nowhere */
	return rc;
}

/* The record at the start of map, whose tensors still have offsets: where they lie, and how long. */
static int parse_at(struct record *r, const unsigned char *map, size_t size, size_t *data, size_t *total, bool *aligned,
                    struct err *e)
{
	struct source src;
	size_t header;
	source_memory(&src, "", map, size);
	int rc = read_header(r, &src, NULL, &header, e);
	source_close(&src);
	if (rc <= 0)
		return rc;
	*data = 8 + header;
	if (check_layout(r, total, aligned, e))
		return -1;
	return *total <= size - *data ? 1 : err_set(e, "damaged: ends inside the data of a record");
}

int record_view(struct record *r, const unsigned char *bytes, size_t size, size_t *n, struct err *e)
{
	size_t data, total;
	bool aligned;
	record_clear(r);
	int rc = parse_at(r, bytes, size, &data, &total, &aligned, e);
	if (rc <= 0) {
		record_clear(r);
		return rc;
	}
	place_tensors(r, (unsigned char *)bytes + data);
	*n = data + total;
	return 1;
}

/* A record that is the whole of map, if each tensor is aligned where it lies. Anything else is left to reading, which
 * says what is wrong. */
static bool parse_mapped(struct record *r, unsigned char *map, size_t size)
{
	size_t data, total;
	bool aligned;
	if (parse_at(r, map, size, &data, &total, &aligned, NULL) <= 0 || !aligned || data % 64 || total != size - data) {
		record_clear(r);
		return false;
	}
	free(r->data);
	r->data = map + data;
	r->datacap = total;
	r->map = map;
	r->mapsize = size;
	place_tensors(r, r->data);
	return true;
}

/* A private mapping that may be written to, since a record's tensors may be changed in memory. */
static bool map_file(struct record *r, const char *path)
{
	size_t n = 0;
	void *map = strcmp(path, "-") ? file_map(path, PROT_READ | PROT_WRITE, &n) : NULL;
	record_clear(r);
	if (map && n >= CHUNK && parse_mapped(r, map, n))
		return true;
	if (map)
		munmap(map, n);
	return false;
}

static int read_one(struct record *r, struct source *src, struct err *e)
{
	unsigned char first[KIND_PEEK], more;
	ptrdiff_t n = source_peek(src, first, e);
	if (n < 0)
		return -1;
	if (n > 0 && !kind_is_record(first, (size_t)n))
		return kind_refuse(first, (size_t)n, "a model", e);
	int rc = record_read(r, src, NULL, e);
	if (rc < 0)
		return -1;
	if (!rc)
		return err_set(e, "empty file");
	ptrdiff_t left = source_read(src, &more, 1, e);
	if (left <= 0)
		return (int)left;
	return strcmp(record_kind(r), "head") ? err_set(e, "damaged: bytes after the record")
	                                      : kind_refuse(first, (size_t)n, "a model", e);
}

int record_read_file(struct record *r, const char *path, struct err *e)
{
	struct source src;
	if (map_file(r, path)) {
		input_note(path);
		return 0;
	}
	if (source_file(&src, path, e))
		return -1;
	int rc = read_one(r, &src, e);
	if (rc) {
		record_clear(r);
		err_prefix(e, "%s", src.name);
	}
	source_close(&src);
	return rc;
}
