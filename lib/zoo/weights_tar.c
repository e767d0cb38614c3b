/* The tar of torch.save 0.1: members storages (how many; of each key, location, type, then i64 elements and these; at
 * the end those that are parts of others), tensors (how many; of each key, storage, type, then i32 dimensions, 4 bytes,
 * i64 sizes, strides and offset) and pickle, the object, whose persistent ids are keys of tensors as text. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "zoo/state.h"

enum { BLOCK = 512 };

struct tar_part {
	const unsigned char *at, *end;
};
struct keyed_storage {
	int64_t key;
	struct storage s;
};
struct keyed_view {
	int64_t key;
	struct tensor_view v;
};
struct tar {
	struct pickle p;
	struct tar_part part[3];
	struct keyed_storage *storage;
	struct keyed_view *tensor;
	size_t nstorage, storagecap, ntensor, tensorcap;
};
enum { STORAGES, TENSORS, PICKLE };

/* An octal field; -1 when it is none. */
static int64_t octal(const unsigned char *p, size_t n)
{
	int64_t v = 0;
	size_t i = 0;

	while (i < n && p[i] == ' ')
		i++;
	if (i == n || p[i] < '0' || p[i] > '7')
		return -1;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
		v = v * 8 + p[i] - '0';
	return v;
}

bool tar_knows(const unsigned char *bytes, size_t n)
{
	int64_t sum = 8 * ' ';

	for (size_t i = 0; n >= BLOCK && i < BLOCK; i++)
		sum += i >= 148 && i < 156 ? 0 : bytes[i];
	return n >= BLOCK && octal(bytes + 148, 8) == sum;
}

static int find_parts(struct tar *t, const unsigned char *bytes, size_t n, struct err *e)
{
	static const char *const names[] = {"storages", "tensors", "pickle"};

	for (const unsigned char *at = bytes; tar_knows(at, n); ) {
		int64_t size = octal(at + 124, 12);
		size_t left = n - BLOCK, padded;

		if (size < 0 || (uint64_t)size > left)
			return err_set(e, "damaged tar archive: a member reaches over the end");
		for (int i = 0; i < 3; i++)
			if (strncmp((const char *)at, names[i], 100) == 0 && (at[156] == '0' || !at[156])) {
				if (t->part[i].at)
					return err_set(e, "two members are called %s", names[i]);
				t->part[i] = (struct tar_part){at + BLOCK, at + BLOCK + size};
			}
		padded = ((size_t)size + BLOCK - 1) / BLOCK * BLOCK;
		if (padded > left)
			padded = left;
		at += BLOCK + padded;
		n = left - padded;
	}
	for (int i = 0; i < 3; i++)
		if (!t->part[i].at)
			return err_set(e, "a tar archive without the member %s: torch did not write it, or it is cut", names[i]);
	return 0;
}

static struct pickle_value *next(struct tar *t, struct tar_part *p, struct err *e)
{
	size_t used;
	struct pickle_value *v = pickle_load(&t->p, p->at, (size_t)(p->end - p->at), &used, e);

	if (v)
		p->at += used;
	return v;
}

/* The number of entries that follow. */
static int64_t next_count(struct tar *t, struct tar_part *p, struct err *e)
{
	const struct pickle_value *v = next(t, p, e);

	if (v && v->kind == PICKLE_INT && v->number >= 0 && v->number <= VIEWS_MAX)
		return v->number;
	return v ? err_set(e, "damaged: no number of entries, or more than %d", VIEWS_MAX) : -1;
}

static const unsigned char *take_bytes(struct tar_part *p, size_t n)
{
	const unsigned char *at = p->at;

	if ((size_t)(p->end - p->at) < n)
		return NULL;
	p->at += n;
	return at;
}

/* A tuple of n values whose first `ints` are numbers. */
static bool is_tuple(const struct pickle_value *v, size_t n, size_t ints)
{
	if (v->kind != PICKLE_TUPLE || v->n != n)
		return false;
	for (size_t i = 0; i < ints; i++)
		if (v->item[i]->kind != PICKLE_INT)
			return false;
	return true;
}

static int add_storage(struct tar *t, int64_t key, struct storage s, struct err *e)
{
	if (t->nstorage == 2 * VIEWS_MAX)
		return err_set(e, "more than %d storages", 2 * VIEWS_MAX);
	t->storage = grow(t->storage, t->nstorage, &t->storagecap, sizeof *t->storage);
	t->storage[t->nstorage++] = (struct keyed_storage){key, s};
	return 0;
}

static const struct storage *find_storage(const struct tar *t, const struct pickle_value *key)
{
	for (size_t i = 0; i < t->nstorage; i++)
		if (key->kind == PICKLE_INT && t->storage[i].key == key->number)
			return &t->storage[i].s;
	return NULL;
}

static int read_storage(struct tar *t, struct tar_part *p, struct err *e)
{
	const struct pickle_value *id = next(t, p, e);
	const unsigned char *count;
	struct storage s;

	if (!id)
		return -1;
	if (!is_tuple(id, 3, 1))
		return err_set(e, "damaged: a storage that is none");
	if (state_type(id->item[2], &s.type, e))
		return -1;
	if (!(count = take_bytes(p, 8)) || num_get64(count) > (uint64_t)(p->end - p->at) / dtype_size(s.type))
		return err_set(e, "damaged: cut inside a storage");
	s.count = (size_t)num_get64(count);
	s.data = take_bytes(p, s.count * dtype_size(s.type));
	return add_storage(t, id->item[0]->number, s, e);
}

/* (key, key of the whole, offset, elements) */
static int read_part(struct tar *t, const struct pickle_value *v, struct err *e)
{
	const struct storage *whole;
	struct storage s;

	if (!is_tuple(v, 4, 4) || !(whole = find_storage(t, v->item[1])))
		return err_set(e, "damaged: a part of a storage that is none");
	int64_t first = v->item[2]->number, n = v->item[3]->number;

	if (first < 0 || n < 0 || (uint64_t)first > whole->count || (uint64_t)n > whole->count - (size_t)first)
		return err_set(e, "damaged: a part outside its storage");
	s = (struct storage){whole->type, whole->data + (size_t)first * dtype_size(whole->type), (size_t)n};
	return add_storage(t, v->item[0]->number, s, e);
}

static int read_storages(struct tar *t, struct err *e)
{
	struct tar_part *p = &t->part[STORAGES];
	int64_t n = next_count(t, p, e);
	const struct pickle_value *parts;

	if (n < 0)
		return -1;
	while (n-- > 0)
		if (read_storage(t, p, e))
			return -1;
	if (!(parts = next(t, p, e)))
		return -1;
	for (size_t i = 0; parts->kind == PICKLE_LIST && i < parts->n; i++)
		if (read_part(t, parts->item[i], e))
			return -1;
	return 0;
}

static int read_tensor(struct tar *t, struct tar_part *p, struct err *e)
{
	const struct pickle_value *id = next(t, p, e);
	const struct storage *s;
	const unsigned char *b;
	struct tensor_view v = {0};
	int64_t first;

	if (!id)
		return -1;
	if (!is_tuple(id, 3, 1) || !(s = find_storage(t, id->item[1])))
		return err_set(e, "damaged: a tensor without a storage");
	if (!(b = take_bytes(p, 8)) || num_get32(b) > TENSOR_DIMS)
		return err_set(e, "damaged: a tensor is cut, or has more than %d dimensions", TENSOR_DIMS);
	v.ndim = (int)num_get32(b);
	if (!(b = take_bytes(p, 16 * (size_t)v.ndim + 8)))
		return err_set(e, "damaged: a tensor is cut");
	for (int i = 0; i < v.ndim; i++) {
		v.shape[i] = (int64_t)num_get64(b + 8 * i);
		v.stride[i] = (int64_t)num_get64(b + 8 * (v.ndim + i));
	}
	first = (int64_t)num_get64(b + 16 * v.ndim);
	if (first < 0 || (uint64_t)first > s->count || view_count(&v, s->count - (size_t)first) < 0)
		return err_set(e, "damaged: a tensor does not lie within its storage of %zu elements", s->count);
	v.type = s->type;
	v.data = s->data + (size_t)first * dtype_size(s->type);
	t->tensor = grow(t->tensor, t->ntensor, &t->tensorcap, sizeof *t->tensor);
	t->tensor[t->ntensor++] = (struct keyed_view){id->item[0]->number, v};
	return 0;
}

static int view_of(void *ctx, const struct pickle_value *ref, struct tensor_view *to, struct err *e)
{
	const struct tar *t = ctx;
	const struct pickle_value *id = ref->kind == PICKLE_REF ? ref->item[0] : NULL;
	char text[32] = "";
	int64_t key;

	if (id && id->kind == PICKLE_TEXT && id->length < sizeof text)
		memcpy(text, id->text, id->length);
	for (size_t i = 0; num_int(text, INT64_MIN, INT64_MAX, &key) && i < t->ntensor; i++)
		if (t->tensor[i].key == key) {
			*to = t->tensor[i].v;
			return 0;
		}
	return err_set(e, "damaged: it is missing");
}

static int read_tar(struct tar *t, struct views *s, struct err *e)
{
	const struct pickle_value *object;
	int64_t n;

	if (read_storages(t, e) || (n = next_count(t, &t->part[TENSORS], e)) < 0)
		return -1;
	while (n-- > 0)
		if (read_tensor(t, &t->part[TENSORS], e))
			return -1;
	if (!(object = next(t, &t->part[PICKLE], e)))
		return -1;
	return state_views(s, object, view_of, t, e);
}

int views_tar(struct views *s, const unsigned char *bytes, size_t n, struct err *e)
{
	struct tar t = {0};
	int status = find_parts(&t, bytes, n, e) || read_tar(&t, s, e) ? -1 : 0;

	pickle_free(&t.p);
	free(t.storage);
	free(t.tensor);
	return status;
}
