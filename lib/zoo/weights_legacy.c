/* The stream of torch.save before 1.6: pickles of a magic number, the protocol, the system, the object and the keys of
 * its storages; then for each key the number of elements (i64) and the elements. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "zoo/state.h"

static const unsigned char magic[] = {
	0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.',
};

bool legacy_knows(const unsigned char *bytes, size_t n)
{
	return n >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

struct keyed_bytes {
	const struct pickle_value *key;
	const unsigned char *data; /* behind the count */
	size_t count;
};
struct stream {
	const unsigned char *at, *end;
	struct pickle p;
	const struct pickle_value **id; /* storages that the object names */
	struct keyed_bytes *storage;
	size_t nid, idcap, n;
};

static struct pickle_value *next(struct stream *t, struct err *e)
{
	size_t used;
	struct pickle_value *v = pickle_load(&t->p, t->at, (size_t)(t->end - t->at), &used, e);

	if (v)
		t->at += used;
	return v;
}

static bool same_text(const struct pickle_value *a, const struct pickle_value *b)
{
	return a->kind == PICKLE_TEXT && b->kind == PICKLE_TEXT && a->length == b->length &&
	       memcmp(a->text, b->text, a->length) == 0;
}

/* ('storage', type, key, location, elements, view) or NULL */
static const struct pickle_value *storage_id(const struct pickle_value *ref)
{
	const struct pickle_value *id = ref->kind == PICKLE_REF ? ref->item[0] : NULL;

	return id && id->kind == PICKLE_TUPLE && id->n >= 6 && pickle_is(id->item[0], "storage") ? id : NULL;
}

/* A view is (key, offset, elements) of the storage. */
static int narrow(struct storage *s, const struct pickle_value *view, struct err *e)
{
	int64_t first, n;

	if (view->kind == PICKLE_NONE)
		return 0;
	if (view->kind != PICKLE_TUPLE || view->n != 3 || view->item[1]->kind != PICKLE_INT ||
	    view->item[2]->kind != PICKLE_INT)
		return err_set(e, "damaged: a view of a storage that is none");
	first = view->item[1]->number;
	n = view->item[2]->number;
	if (first < 0 || n < 0 || (uint64_t)first > s->count || (uint64_t)n > s->count - (size_t)first)
		return err_set(e, "damaged: a view outside its storage");
	s->data += (size_t)first * dtype_size(s->type);
	s->count = (size_t)n;
	return 0;
}

static int storage_of(const struct stream *t, const struct pickle_value *ref, struct storage *s, struct err *e)
{
	const struct pickle_value *id = storage_id(ref);

	if (!id)
		return err_set(e, "damaged: no storage");
	for (size_t i = 0; i < t->n; i++)
		if (same_text(t->storage[i].key, id->item[2])) {
			if (state_type(id->item[1], &s->type, e))
				return -1;
			s->data = t->storage[i].data;
			s->count = t->storage[i].count;
			if ((size_t)(t->end - s->data) / dtype_size(s->type) < s->count)
				return err_set(e, "damaged: its storage is cut");
			return narrow(s, id->item[5], e);
		}
	return err_set(e, "damaged: its storage is missing");
}

static int view_of(void *ctx, const struct pickle_value *v, struct tensor_view *to, struct err *e)
{
	struct storage s;

	if (v->kind != PICKLE_TENSOR)
		return err_set(e, "damaged: a storage instead of a tensor");
	return storage_of(ctx, v->item[0], &s, e) || state_tensor(v, &s, to, e) ? -1 : 0;
}

static int find_ids(struct stream *t, struct err *e)
{
	for (size_t i = 0; i < t->p.n; i++) {
		const struct pickle_value *id = storage_id(t->p.value[i]);

		if (!id)
			continue;
		if (t->nid == 2 * VIEWS_MAX)
			return err_set(e, "more than %d storages", 2 * VIEWS_MAX);
		t->id = grow(t->id, t->nid, &t->idcap, sizeof *t->id);
		t->id[t->nid++] = id;
	}
	return 0;
}

/* The element type of a key is only known from the object. */
static int key_type(const struct stream *t, const struct pickle_value *key, enum dtype *type, struct err *e)
{
	for (size_t i = 0; i < t->nid; i++)
		if (same_text(t->id[i]->item[2], key))
			return state_type(t->id[i]->item[1], type, e);
	return err_set(e, "damaged: a storage that nothing uses");
}

static int read_storages(struct stream *t, const struct pickle_value *keys, struct err *e)
{
	enum dtype type;
	uint64_t count;

	if (keys->kind != PICKLE_LIST || keys->n > VIEWS_MAX)
		return err_set(e, "damaged: no list of storages, or a long one");
	t->storage = xcalloc(keys->n + 1, sizeof *t->storage);
	for (size_t i = 0; i < keys->n; i++) {
		if (keys->item[i]->kind != PICKLE_TEXT || key_type(t, keys->item[i], &type, e))
			return keys->item[i]->kind == PICKLE_TEXT ? -1 : err_set(e, "damaged: a storage without a key");
		if (t->end - t->at < 8)
			return err_set(e, "damaged: cut before the last storage");
		count = num_get64(t->at);
		t->at += 8;
		if (count > (uint64_t)(t->end - t->at) / dtype_size(type))
			return err_set(e, "damaged: cut inside a storage");
		t->storage[t->n++] = (struct keyed_bytes){keys->item[i], t->at, (size_t)count};
		t->at += count * dtype_size(type);
	}
	return 0;
}

static int check_system(const struct pickle_value *protocol, const struct pickle_value *system, struct err *e)
{
	const struct pickle_value *little = system->kind == PICKLE_DICT ? pickle_get(system, "little_endian") : NULL;

	if (protocol->kind != PICKLE_INT || protocol->number != 1001)
		return err_set(e, "a torch stream of another protocol than 1001: not supported");
	if (little && little->kind == PICKLE_INT && !little->number)
		return err_set(e, "its numbers are big-endian: not supported");
	return 0;
}

static int read_stream(struct stream *t, struct views *s, struct err *e)
{
	const struct pickle_value *protocol, *system, *object, *keys;

	if (!(protocol = next(t, e)) || !(system = next(t, e)) || check_system(protocol, system, e) ||
	    !(object = next(t, e)) || !(keys = next(t, e)) || find_ids(t, e) || read_storages(t, keys, e))
		return -1;
	return state_views(s, object, view_of, t, e);
}

int views_legacy(struct views *s, const unsigned char *bytes, size_t n, struct err *e)
{
	struct stream t = {.at = bytes + sizeof magic, .end = bytes + n};
	int status = read_stream(&t, s, e);

	pickle_free(&t.p);
	free(t.id);
	free(t.storage);
	return status;
}
