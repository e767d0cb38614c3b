/* A record in memory: metadata sorted by key, tensors in one block. */
#include "stream/record.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/num.h"

static const struct {
	const char *name;
	size_t size;
} dtypes[] = {
#define X(name, bytes) {#name, bytes},
	DTYPES(X)
#undef X
};

const char *dtype_name(enum dtype t)
{
	return dtypes[t].name;
}

size_t dtype_size(enum dtype t)
{
	return dtypes[t].size;
}

/* jansson drops what it has no memory for, and writes the rest: memory that is out ends the program instead. */
static __attribute__((constructor)) void json_memory(void)
{
	json_set_alloc_funcs(xmalloc, free);
}

void record_clear(struct record *r)
{
	for (int i = 0; i < r->nmeta; i++) {
		free(r->meta[i].key);
		free(r->meta[i].value);
	}
	for (int i = 0; i < r->ntensor; i++)
		free(r->tensor[i].name);
	r->nmeta = r->ntensor = 0;
	if (r->map) {
		munmap(r->map, r->mapsize);
		r->map = r->data = NULL;
		r->datacap = 0;
	}
}

void record_free(struct record *r)
{
	record_clear(r);
	free(r->meta);
	free(r->tensor);
	free(r->data);
	free(r->head);
	*r = (struct record){0};
}

void record_copy_meta(struct record *to, const struct record *from)
{
	record_clear(to);
	for (int i = 0; i < from->nmeta; i++)
		record_set(to, from->meta[i].key, from->meta[i].value);
}

/* Where key is, or would be (*found tells). */
static int meta_place(const struct record *r, const char *key, bool *found)
{
	int lo = 0, hi = r->nmeta;
	while (lo < hi) {
		int mid = (lo + hi) / 2;
		if (strcmp(r->meta[mid].key, key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*found = lo < r->nmeta && !strcmp(r->meta[lo].key, key);
	return lo;
}

bool record_same(const struct record *a, const struct record *b)
{
	if (a->nmeta != b->nmeta || a->ntensor != b->ntensor)
		return false;
	for (int i = 0; i < a->nmeta; i++)
		if (strcmp(a->meta[i].key, b->meta[i].key) || strcmp(a->meta[i].value, b->meta[i].value))
			return false;
	for (int i = 0; i < a->ntensor; i++) {
		const struct tensor *t = &a->tensor[i], *u = &b->tensor[i];

		if (strcmp(t->name, u->name) || t->type != u->type || t->ndim != u->ndim || t->bytes != u->bytes ||
		    memcmp(t->shape, u->shape, (size_t)t->ndim * sizeof *t->shape) || memcmp(t->data, u->data, t->bytes))
			return false;
	}
	return true;
}

const char *record_get(const struct record *r, const char *key)
{
	bool found;
	int i = meta_place(r, key, &found);
	return found ? r->meta[i].value : NULL;
}

const char *record_kind(const struct record *r)
{
	const char *kind = record_get(r, "cxr");
	return kind ? kind : "";
}

static void meta_remove(struct record *r, int i)
{
	free(r->meta[i].key);
	free(r->meta[i].value);
	r->nmeta--;
	memmove(&r->meta[i], &r->meta[i + 1], (r->nmeta - i) * sizeof *r->meta);
}

void record_set(struct record *r, const char *key, const char *value)
{
	bool found;
	int i = meta_place(r, key, &found);
	if (!value) {
		if (found)
			meta_remove(r, i);
		return;
	}
	char *copy = xstrdup(value); /* before the old one goes: it may be the same */
	if (found) {
		free(r->meta[i].value);
		r->meta[i].value = copy;
		return;
	}
	r->meta = grow(r->meta, r->nmeta, &r->metacap, sizeof *r->meta);
	memmove(&r->meta[i + 1], &r->meta[i], (r->nmeta - i) * sizeof *r->meta);
	r->meta[i] = (struct meta){xstrdup(key), copy};
	r->nmeta++;
}

void record_setf(struct record *r, const char *key, const char *format, ...)
{
	va_list ap;
	char *value;
	va_start(ap, format);
	int n = vasprintf(&value, format, ap);
	va_end(ap);
	if (n < 0)
		value = xmalloc(SIZE_MAX); /* out of memory: mem_fail says so */
	record_set(r, key, value);
	free(value);
}

struct tensor *record_tensor(const struct record *r, const char *name)
{
	for (int i = 0; i < r->ntensor; i++)
		if (!strcmp(r->tensor[i].name, name))
			return &r->tensor[i];
	return NULL;
}

/* First byte of the data block behind every tensor. A dropped one in the middle leaves its room unused. */
static size_t data_end(const struct record *r)
{
	size_t end = 0;
	for (int i = 0; i < r->ntensor; i++) {
		size_t e = (unsigned char *)r->tensor[i].data - r->data + r->tensor[i].bytes;
		end = e > end ? e : end;
	}
	return end;
}

static void data_reserve(struct record *r, size_t bytes)
{
	if (bytes <= r->datacap)
		return;
	size_t keep = data_end(r), *at = xcalloc(r->ntensor, sizeof *at);
	for (int i = 0; i < r->ntensor; i++)
		at[i] = (unsigned char *)r->tensor[i].data - r->data;
	void *data = mem_realign(r->map ? NULL : r->data, r->map ? 0 : keep, bytes);
	if (!data)
		data = xmalloc(SIZE_MAX); /* out of memory: mem_fail says so */
	if (r->map) {
		memcpy(data, r->data, keep);
		munmap(r->map, r->mapsize);
		r->map = NULL;
	}
	r->data = data;
	r->datacap = bytes;
	for (int i = 0; i < r->ntensor; i++)
		r->tensor[i].data = r->data + at[i];
	free(at);
}

void record_copy(struct record *to, const struct record *from)
{
	size_t end = 0;
	record_copy_meta(to, from);
	for (int i = 0; i < from->ntensor; i++) /* each is part of a block in memory: their sum is no overflow */
		end += (from->tensor[i].bytes + 63) / 64 * 64;
	data_reserve(to, end > 64 ? end : 64);
	end = 0;
	for (int i = 0; i < from->ntensor; i++) {
		struct tensor t = from->tensor[i];
		t.name = xstrdup(t.name);
		t.data = to->data + end;
		if (t.bytes)
			memcpy(t.data, from->tensor[i].data, t.bytes);
		end += (t.bytes + 63) / 64 * 64;
		to->tensor = grow(to->tensor, to->ntensor, &to->tensorcap, sizeof *to->tensor);
		to->tensor[to->ntensor++] = t;
	}
}

void *record_add(struct record *r, const char *name, enum dtype type, int ndim, const int64_t *shape)
{
	struct tensor t = {.name = xstrdup(name), .type = type, .ndim = ndim, .bytes = dtype_size(type)};
	bool fits = ndim <= TENSOR_DIMS;
	for (int i = 0; fits && i < ndim; i++) {
		t.shape[i] = shape[i];
		fits = shape[i] >= 0 && num_mul(t.bytes, shape[i], &t.bytes);
	}
	record_drop(r, name);
	size_t at = (data_end(r) + 63) / 64 * 64, end;
	if (!fits || !num_add(at, t.bytes, &end))
		end = SIZE_MAX;
	data_reserve(r, end > 64 ? end : 64);
	t.data = r->data + at;
	memset(t.data, 0, t.bytes);
	r->tensor = grow(r->tensor, r->ntensor, &r->tensorcap, sizeof *r->tensor);
	int i = r->ntensor++; /* wide elements first: each tensor in the file is then aligned to its element */
	for (; i > 0 && dtype_size(r->tensor[i - 1].type) < dtype_size(type); i--)
		r->tensor[i] = r->tensor[i - 1];
	r->tensor[i] = t;
	return t.data;
}

void record_drop(struct record *r, const char *name)
{
	struct tensor *t = record_tensor(r, name);
	if (!t)
		return;
	free(t->name);
	r->ntensor--;
	memmove(t, t + 1, (r->tensor + r->ntensor - t) * sizeof *t);
}
