/* Members of a zip file in memory, stored or deflated, each within bounds. */
#include "zoo/zip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/budget.h"
#include "base/mem.h"
#include "base/num.h"

enum { END = 22, CENTRAL = 46, LOCAL = 30, COMMENT = 65535 };

/* The end record: the last one whose comment reaches to the end of the file. NULL when there is none. */
static const unsigned char *find_end(const unsigned char *bytes, size_t n)
{
	size_t low = n > END + COMMENT ? n - END - COMMENT : 0;

	for (size_t at = n >= END ? n - END + 1 : 0; at-- > low; )
		if (memcmp(bytes + at, "PK\5\6", 4) == 0 && at + END + num_get16(bytes + at + 20) == n)
			return bytes + at;
	return NULL;
}

/* The data of m behind its local header, which lies at m->begin. */
static int locate(struct zip_member *m, const unsigned char *bytes, size_t n, struct err *e)
{
	const unsigned char *h = bytes + m->begin;
	size_t head;

	if (m->begin > n || n - m->begin < LOCAL || memcmp(h, "PK\3\4", 4))
		return err_set(e, "damaged zip archive: %s does not begin where it should", m->name);
	head = LOCAL + (size_t)num_get16(h + 26) + num_get16(h + 28);
	if (head > n - m->begin || m->stored > n - m->begin - head)
		return err_set(e, "damaged zip archive: %s reaches over the end", m->name);
	m->data = h + head;
	return 0;
}

static int add_member(struct zip *z, const unsigned char *c, const unsigned char *bytes, size_t n, struct err *e)
{
	struct zip_member m = {.crc = num_get32(c + 16), .stored = num_get32(c + 20), .size = num_get32(c + 24),
		.begin = num_get32(c + 42)};
	size_t length = num_get16(c + 28);
	unsigned method = num_get16(c + 10), flags = num_get16(c + 8);

	if (memchr(c + CENTRAL, '\0', length))
		return err_set(e, "damaged zip archive: a name with a zero byte");
	z->member = grow(z->member, z->n, &z->cap, sizeof *z->member);
	m.name = xstrndup((const char *)c + CENTRAL, length);
	z->member[z->n++] = m;
	if (m.stored == UINT32_MAX || m.size == UINT32_MAX || m.begin == UINT32_MAX)
		return err_set(e, "%s is over 4 GB (zip64): not supported", m.name);
	if (flags & 1)
		return err_set(e, "%s is encrypted", m.name);
	if (method != 0 && method != 8)
		return err_set(e, "%s is compressed by method %u: not supported", m.name, method);
	z->member[z->n - 1].deflated = method == 8;
	if (method == 0 && m.stored != m.size)
		return err_set(e, "damaged zip archive: %s has two sizes", m.name);
	return locate(&z->member[z->n - 1], bytes, n, e);
}

static int by_begin(const void *a, const void *b)
{
	const struct zip_member *const *x = a, *const *y = b;

	return (*x)->begin < (*y)->begin ? -1 : (*x)->begin > (*y)->begin;
}

static int by_name(const void *a, const void *b)
{
	const struct zip_member *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int check(const struct zip *z, const unsigned char *bytes, size_t directory, struct err *e)
{
	const struct zip_member **m = xcalloc(z->n + 1, sizeof *m);
	int status = 0;

	for (size_t i = 0; i < z->n; i++)
		m[i] = &z->member[i];
	qsort(m, z->n, sizeof *m, by_name);
	for (size_t i = 1; i < z->n && !status; i++)
		if (strcmp(m[i - 1]->name, m[i]->name) == 0)
			status = err_set(e, "two members are called %s", m[i]->name);
	qsort(m, z->n, sizeof *m, by_begin);
	for (size_t i = 0; i < z->n && !status; i++)
		if ((size_t)(m[i]->data - bytes) + m[i]->stored > (i + 1 < z->n ? m[i + 1]->begin : directory))
			status = err_set(e, "damaged zip archive: members overlap at %s", m[i]->name);
	free(m);
	return status;
}

static int read_directory(struct zip *z, const unsigned char *bytes, size_t n, struct err *e)
{
	const unsigned char *end = find_end(bytes, n), *c;
	size_t size, at, left;

	if (!end)
		return err_set(e, "damaged zip archive: the directory at its end is missing");
	size = num_get32(end + 12);
	at = num_get32(end + 16);
	if (at == UINT32_MAX || num_get16(end + 10) == UINT16_MAX)
		return err_set(e, "zip64 archive: not supported");
	if (at > (size_t)(end - bytes) || size > (size_t)(end - bytes) - at)
		return err_set(e, "damaged zip archive: its directory is not in the file");
	for (c = bytes + at, left = size; left; ) {
		size_t length;

		if (left < CENTRAL || memcmp(c, "PK\1\2", 4))
			return err_set(e, "damaged zip archive: its directory is cut");
		length = CENTRAL + (size_t)num_get16(c + 28) + num_get16(c + 30) + num_get16(c + 32);
		if (length > left)
			return err_set(e, "damaged zip archive: its directory is cut");
		if (add_member(z, c, bytes, n, e))
			return -1;
		c += length;
		left -= length;
	}
	if (z->n != num_get16(end + 10))
		return err_set(e, "damaged zip archive: %zu members, not %d", z->n, num_get16(end + 10));
	return check(z, bytes, at, e);
}

int zip_open(struct zip *z, const unsigned char *bytes, size_t n, struct err *e)
{
	*z = (struct zip){0};
	if (read_directory(z, bytes, n, e) == 0)
		return 0;
	zip_close(z);
	return -1;
}

void zip_close(struct zip *z)
{
	for (size_t i = 0; i < z->n; i++)
		free(z->member[i].name);
	free(z->member);
	*z = (struct zip){0};
}

/* What claims to have been packed better than that is no array of weights: 64 bytes for each, and one MiB. */
static unsigned char *inflate_member(const struct zip_member *m, struct err *e)
{
	z_stream s = {.next_in = (unsigned char *)m->data, .avail_in = (uInt)m->stored, .avail_out = (uInt)m->size};
	unsigned char *out;
	int status;

	if (m->size / 64 > m->stored + (1 << 14)) {
		err_set(e, "%s unpacks to %zu bytes from %zu: refused", m->name, m->size, m->stored);
		return NULL;
	}
	s.next_out = out = budget_grow(NULL, m->size + 1, m->name, e);
	if (!out)
		return NULL;
	if (inflateInit2(&s, -MAX_WBITS) != Z_OK)
		mem_fail(m->size);
	status = inflate(&s, Z_FINISH);
	inflateEnd(&s);
	if (status == Z_STREAM_END && s.total_out == m->size)
		return out;
	free(out);
	err_set(e, "damaged zip archive: %s does not unpack", m->name);
	return NULL;
}

const unsigned char *zip_bytes(struct zip_member *m, unsigned char **fresh, struct err *e)
{
	const unsigned char *bytes = m->data;

	*fresh = NULL;
	if (m->deflated && !(bytes = *fresh = inflate_member(m, e)))
		return NULL;
	m->checked = m->checked || crc32_z(0, bytes, m->size) == m->crc;
	if (m->checked)
		return bytes;
	free(*fresh);
	*fresh = NULL;
	err_set(e, "damaged zip archive: %s has another checksum than it should", m->name);
	return NULL;
}
