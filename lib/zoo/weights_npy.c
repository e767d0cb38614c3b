/* Sets of numpy arrays: .npy read, .npz written. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "stream/npy.h"
#include "zoo/views.h"
#include "zoo/weights.h"

static int type_of(const char *descr, enum dtype *t, struct err *e)
{
	static const struct {
		char descr[3];
		enum dtype type;
	} types[] = {
		{"f4", DT_F32}, {"f8", DT_F64}, {"f2", DT_F16}, {"i8", DT_I64}, {"i4", DT_I32}, {"i2", DT_I16}, {"i1", DT_I8},
		{"u8", DT_U64}, {"u4", DT_U32}, {"u2", DT_U16}, {"u1", DT_U8}, {"b1", DT_BOOL},
	};

	if (descr[0] == '<' || descr[0] == '|')
		for (size_t i = 0; i < sizeof types / sizeof *types; i++)
			if (strcmp(descr + 1, types[i].descr) == 0) {
				*t = types[i].type;
				return 0;
			}
	if (strcmp(descr, "|O") == 0)
		return err_set(e, "refused: Python objects (nothing in a file is executed)");
	return err_set(e, "elements of type '%s': not supported", descr);
}

static int parse(struct tensor_view *v, const unsigned char *bytes, size_t n, struct err *e)
{
	struct npy_head h;
	size_t size;
	int64_t count;

	if (!npy_knows(bytes, n))
		return err_set(e, "not a numpy array");
	if (npy_head_parse(&h, bytes, n, e) || type_of(h.descr, &v->type, e))
		return -1;
	v->ndim = h.ndim;
	memcpy(v->shape, h.shape, sizeof h.shape);
	view_dense(v, h.fortran);
	v->data = bytes + h.data;
	size = dtype_size(v->type);
	count = view_count(v, (n - h.data) / size);
	if (count < 0 || (size_t)count * size != n - h.data)
		return err_set(e, "damaged numpy array: %zu bytes of data are not what its shape needs", n - h.data);
	return 0;
}

int views_npy(struct views *s, const char *name, const unsigned char *bytes, size_t n, void *owned, struct err *e)
{
	struct tensor_view v = {.owned = owned};
	size_t length = strlen(name);

	if (parse(&v, bytes, n, e)) {
		free(owned);
		return err_prefix(e, "%.200s", name);
	}
	if (length > 4 && strcmp(name + length - 4, ".npy") == 0)
		length -= 4;
	v.name = text_escape(name, length);
	return views_add(s, v, e);
}

/* ---- .npz */

struct npz_entry {
	char *name;
	uint32_t crc;
	size_t begin, size;
};

static void put_little_endian(struct text *t, uint64_t v, int bytes)
{
	unsigned char b[8];

	num_put64(b, v);
	text_addn(t, (char *)b, (size_t)bytes);
}

/* What the local header and the directory have in common: version 2.0, names in UTF-8, stored, 1980-01-01. */
static void put_common(struct text *t, const struct npz_entry *m)
{
	put_little_endian(t, 20, 2);
	put_little_endian(t, 0x800, 2);
	put_little_endian(t, 0, 2);
	put_little_endian(t, 0x210000, 4);
	put_little_endian(t, m->crc, 4);
	put_little_endian(t, m->size, 4);
	put_little_endian(t, m->size, 4);
	put_little_endian(t, strlen(m->name), 2);
	put_little_endian(t, 0, 2);
}

static int write_text(struct text *t, FILE *f, size_t *at, struct err *e)
{
	bool fine = fwrite(t->s, 1, t->len, f) == t->len;

	*at += t->len;
	text_free(t);
	return fine ? 0 : err_errno(e, "cannot write");
}

static int write_entry(struct npz_entry *m, const struct tensor *t, FILE *f, size_t *at, struct err *e)
{
	struct text head = {0};
	size_t n;
	unsigned char *npy = npy_head_format(t, &n);

	*m = (struct npz_entry){xasprintf("%s.npy", t->name), 0, *at, n + t->bytes};
	m->crc = (uint32_t)crc32_z(crc32_z(0, npy, n), t->data, t->bytes);
	text_addn(&head, "PK\3\4", 4);
	put_common(&head, m);
	text_add(&head, m->name);
	text_addn(&head, (char *)npy, n);
	free(npy);
	if (write_text(&head, f, at, e))
		return -1;
	*at += t->bytes;
	return fwrite(t->data, 1, t->bytes, f) == t->bytes ? 0 : err_errno(e, "cannot write");
}

static int write_directory(const struct npz_entry *m, int n, FILE *f, size_t at, struct err *e)
{
	struct text t = {0};
	size_t length;

	for (int i = 0; i < n; i++) {
		text_addn(&t, "PK\1\2\24\0", 6);
		put_common(&t, &m[i]);
		put_little_endian(&t, 0, 8); /* no comment, disk 0, no attributes */
		put_little_endian(&t, 0, 2);
		put_little_endian(&t, m[i].begin, 4);
		text_add(&t, m[i].name);
	}
	length = t.len;
	text_addn(&t, "PK\5\6\0\0\0\0", 8);
	put_little_endian(&t, (uint64_t)n, 2);
	put_little_endian(&t, (uint64_t)n, 2);
	put_little_endian(&t, length, 4);
	put_little_endian(&t, at, 4);
	put_little_endian(&t, 0, 2);
	return write_text(&t, f, &at, e);
}

int weights_write_npz(const struct record *r, FILE *f, struct err *e)
{
	struct npz_entry *m = xcalloc((size_t)r->ntensor + 1, sizeof *m);
	size_t at = 0, total = 0;
	int status = 0, n = 0;

	for (int i = 0; i < r->ntensor; i++)
		total += r->tensor[i].bytes + 1024 + 2 * strlen(r->tensor[i].name);
	if (total >= UINT32_MAX || r->ntensor >= UINT16_MAX)
		status = err_set(e, "over 4 GB of tensors do not go into an .npz: write safetensors");
	for (; n < r->ntensor && !status; n++)
		status = write_entry(&m[n], &r->tensor[n], f, &at, e);
	if (!status)
		status = write_directory(m, n, f, at, e);
	while (n > 0)
		free(m[--n].name);
	free(m);
	return status;
}

int weights_save_npz(const struct record *r, const char *path, struct err *e)
{
	struct outfile o;

	if (outfile_open(&o, path, e))
		return -1;
	if (weights_write_npz(r, o.f, e)) {
		outfile_abort(&o);
		return err_prefix(e, "%s", path);
	}
	return outfile_commit(&o, e);
}
