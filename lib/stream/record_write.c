/* Records into safetensors documents. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "stream/record.h"

enum { ALIGN = 64, HEADER_MAX = 100000000, CHUNK = 1 << 20 };

/* Callers escape what may not be UTF-8 (text_escape); what slips through is escaped here, so that the header is
 * valid whatever comes. */
static json_t *string(const char *s)
{
	json_t *j = json_string(s);
	if (!j) {
		char *escaped = text_escape(s, strlen(s));
		j = json_string(escaped);
		free(escaped);
	}
	return j;
}

static json_t *tensor_info(const struct tensor *t, size_t at)
{
	json_t *shape = json_array();
	for (int i = 0; i < t->ndim; i++)
		json_array_append_new(shape, json_integer(t->shape[i]));
	return json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtype_name(t->type), "shape", shape, "data_offsets",
	                 (json_int_t)at, (json_int_t)(at + t->bytes));
}

/* The header's text without padding (free() it), NULL when two names became the same or memory is out. */
static char *header_text(const struct record *r)
{
	json_t *root = json_object(), *meta = json_object();
	size_t at = 0, members = (r->nmeta > 0) + (size_t)r->ntensor;
	for (int i = 0; i < r->nmeta; i++) {
		json_t *key = string(r->meta[i].key);
		json_object_set_new(meta, json_string_value(key), string(r->meta[i].value));
		json_decref(key);
	}
	bool good = json_object_size(meta) == (size_t)r->nmeta;
	if (r->nmeta)
		json_object_set(root, "__metadata__", meta);
	for (int i = 0; i < r->ntensor; i++) {
		json_t *key = string(r->tensor[i].name);
		json_object_set_new(root, json_string_value(key), tensor_info(&r->tensor[i], at));
		json_decref(key);
		at += r->tensor[i].bytes;
	}
	good = good && json_object_size(root) == members;
	char *text = good ? json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(meta);
	json_decref(root);
	return text;
}

static int put_bytes(FILE *f, const void *bytes, size_t n, uint32_t *crc, struct err *e)
{
	const unsigned char *p = bytes;
	while (n) {
		size_t part = n < CHUNK ? n : CHUNK;
		if (crc)
			*crc = crc32(*crc, p, part);
		if (fwrite(p, 1, part, f) != part)
			return err_errno(e, "cannot write");
		p += part;
		n -= part;
	}
	return 0;
}

static int put_header(const struct record *r, FILE *f, uint32_t *crc, struct err *e)
{
	unsigned char length[8];
	char blanks[ALIGN];
	char *text = header_text(r);
	if (!text)
		return err_set(e, "cannot write: two entries of the record have the same name, or memory is out");
	size_t n = strlen(text), pad = -(n + sizeof length) % ALIGN;
	memset(blanks, ' ', sizeof blanks);
	num_put64(length, n + pad);
	int rc = -1;
	if (n + pad > HEADER_MAX)
		err_set(e, "cannot write: the record's header is over %d bytes", HEADER_MAX);
	else if (!put_bytes(f, length, sizeof length, crc, e) && !put_bytes(f, text, n, crc, e))
		rc = put_bytes(f, blanks, pad, crc, e);
	free(text);
	return rc;
}

int record_write(const struct record *r, FILE *f, uint32_t *crc, struct err *e)
{
	if (put_header(r, f, crc, e))
		return -1;
	for (int i = 0; i < r->ntensor; i++)
		if (put_bytes(f, r->tensor[i].data, r->tensor[i].bytes, crc, e))
			return -1;
	return 0;
}

int record_save(const struct record *r, const char *path, struct err *e)
{
	struct outfile o;

	if (outfile_open(&o, path, e))
		return -1;
	if (record_write(r, o.f, NULL, e)) {
		outfile_abort(&o);
		return err_prefix(e, "%s", path);
	}
	return outfile_commit(&o, e);
}
