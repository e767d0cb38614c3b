/* The zip of torch.save since 1.6: NAME/data.pkl, a pickle, and NAME/data/KEY, the storages. And numpy's .npz. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "zoo/state.h"
#include "zoo/zip.h"

struct archive {
	const struct zip *zip;
	struct text folder; /* "archive/" */
};

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

static struct zip_member *find(const struct archive *a, const char *name)
{
	for (size_t i = 0; i < a->zip->n; i++) {
		const char *full = a->zip->member[i].name;

		if (strncmp(full, a->folder.s, a->folder.len) == 0 && strcmp(full + a->folder.len, name) == 0)
			return &a->zip->member[i];
	}
	return NULL;
}

/* ('storage', type, key, location, elements) */
static int storage_of(const struct archive *a, const struct pickle_value *ref, struct storage *s, struct err *e)
{
	const struct pickle_value *id = ref->kind == PICKLE_REF ? ref->item[0] : NULL;
	struct zip_member *m;
	unsigned char *fresh;
	char *name;

	if (!id || id->kind != PICKLE_TUPLE || id->n < 5 || !pickle_is(id->item[0], "storage") ||
	    id->item[2]->kind != PICKLE_TEXT || id->item[4]->kind != PICKLE_INT || id->item[4]->number < 0)
		return err_set(e, "damaged: no storage");
	if (state_type(id->item[1], &s->type, e))
		return -1;
	name = xasprintf("data/%.*s", (int)(id->item[2]->length & 0xffff), id->item[2]->text);
	m = find(a, name);
	free(name);
	if (!m)
		return err_set(e, "damaged: its storage is missing");
	if (m->deflated)
		return err_set(e, "its storage is compressed, which torch does not do: refused");
	s->count = m->size / dtype_size(s->type);
	if ((uint64_t)id->item[4]->number > s->count)
		return err_set(e, "damaged: its storage is cut: %zu bytes", m->size);
	s->count = (size_t)id->item[4]->number;
	s->data = zip_bytes(m, &fresh, e);
	return s->data ? 0 : -1;
}

static int view_of(void *ctx, const struct pickle_value *v, struct tensor_view *to, struct err *e)
{
	struct storage s;

	if (v->kind != PICKLE_TENSOR)
		return err_set(e, "damaged: a storage instead of a tensor");
	return storage_of(ctx, v->item[0], &s, e) || state_tensor(v, &s, to, e) ? -1 : 0;
}

static int check_order(const struct archive *a, struct err *e)
{
	const struct zip_member *m = find(a, "byteorder");

	if (m && (m->deflated || m->size != 6 || memcmp(m->data, "little", 6)))
		return err_set(e, "its numbers are big-endian: not supported");
	return 0;
}

static int torch_archive(struct views *s, const struct zip *z, struct zip_member *pkl, struct err *e)
{
	struct archive a = {.zip = z};
	struct pickle p = {0};
	struct pickle_value *object;
	unsigned char *fresh;
	const unsigned char *bytes = zip_bytes(pkl, &fresh, e);
	int status = -1;

	text_addn(&a.folder, pkl->name, strlen(pkl->name) - strlen("data.pkl"));
	if (bytes && !check_order(&a, e) && (object = pickle_load(&p, bytes, pkl->size, NULL, e)))
		status = state_views(s, object, view_of, &a, e);
	pickle_free(&p);
	text_free(&a.folder);
	free(fresh);
	return status;
}

static int numpy_archive(struct views *s, const struct zip *z, struct err *e)
{
	for (size_t i = 0; i < z->n; i++) {
		struct zip_member *m = &z->member[i];
		const unsigned char *bytes;
		unsigned char *fresh;

		if (!ends_with(m->name, ".npy"))
			continue;
		bytes = zip_bytes(m, &fresh, e);
		if (!bytes || views_npy(s, m->name, bytes, m->size, fresh, e))
			return -1;
		if (fresh)
			s->source += m->size; /* of a packed file, what it unpacks to */
	}
	return s->n ? 0 : err_set(e, "a zip archive with neither a data.pkl (torch) nor .npy arrays");
}

int views_zip(struct views *s, const unsigned char *bytes, size_t n, struct err *e)
{
	struct zip_member *pkl = NULL;
	struct zip z;
	int status;

	if (zip_open(&z, bytes, n, e))
		return -1;
	for (size_t i = 0; i < z.n && !pkl; i++)
		if (ends_with(z.member[i].name, "/data.pkl"))
			pkl = &z.member[i];
	status = pkl ? torch_archive(s, &z, pkl, e) : numpy_archive(s, &z, e);
	zip_close(&z);
	return status;
}
