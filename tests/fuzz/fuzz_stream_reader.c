/* The stream reader: any bytes are a stream, a document or damage, never a crash, and what was read can be written and
 * read again with the same content. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "stream/describe.h"
#include "stream/recipe.h"
#include "stream/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

static void same(const struct record *a, const struct record *b)
{
	if (a->nmeta != b->nmeta || a->ntensor != b->ntensor)
		abort();
	for (int i = 0; i < a->nmeta; i++)
		if (strcmp(a->meta[i].key, b->meta[i].key) || strcmp(a->meta[i].value, b->meta[i].value))
			abort();
	for (int i = 0; i < a->ntensor; i++) {
		const struct tensor *s = &a->tensor[i], *t = record_tensor(b, s->name);
		if (!t || t->type != s->type || t->ndim != s->ndim || t->bytes != s->bytes ||
		    memcmp(t->shape, s->shape, s->ndim * sizeof *s->shape) || (s->bytes && memcmp(t->data, s->data, s->bytes)))
			abort();
	}
}

static void round_trip(const struct record *r)
{
	char *bytes = NULL;
	size_t n = 0;
	struct err e;
	struct record copy = {0};
	struct source src;
	FILE *f = open_memstream(&bytes, &n);
	if (!f || record_write(r, f, NULL, &e) || fclose(f))
		abort();
	source_memory(&src, "copy", bytes, n);
	if (record_read(&copy, &src, NULL, &e) != 1)
		abort();
	same(r, &copy);
	source_close(&src);
	record_free(&copy);
	free(bytes);
}

static void look(const struct record *r)
{
	struct recipe recipe;
	struct classes classes;
	struct err e;
	round_trip(r);
	free(record_json(r, true));
	recipe_default(&recipe);
	if (record_get(r, "recipe") && !recipe_parse(&recipe, record_get(r, "recipe"), &e)) {
		char text[RECIPE_TEXT], again[RECIPE_TEXT];
		struct recipe second;
		recipe_default(&second);
		recipe_format(&recipe, text);
		if (recipe_parse(&second, text, &e) || strcmp(recipe_format(&second, again), text))
			abort();
	}
	if (record_get(r, "classes") && !classes_parse(&classes, record_get(r, "classes"), &e))
		classes_free(&classes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source src;
	struct reader r;
	struct record rec = {0};
	struct err e;
	source_memory(&src, "fuzz", data, size);
	if (!reader_open_any(&r, &src, &e)) {
		look(&r.head);
		while (reader_next(&r, &rec, &e) > 0)
			look(&rec);
		reader_close(&r);
	}
	record_free(&rec);
	source_close(&src);
	return 0;
}

/* ---- mutants that stay streams: one record's header or data change, its length and the tail's checksum follow ---- */

/* The length of the record at p with its header alone, 0 when there is none. */
static size_t header_end(const uint8_t *p, size_t n)
{
	uint64_t header = n >= 8 ? num_get64(p) : 0;

	return header && header <= n - 8 ? 8 + (size_t)header : 0;
}

/* The first record behind p that starts with a header; n when none does. */
static size_t next_record(const uint8_t *p, size_t n, size_t from)
{
	size_t at = from;

	while (at < n && !(header_end(p + at, n - at) && at + 8 < n && p[at + 8] == '{'))
		at++;
	return at;
}

/* The last record's checksum becomes that of what is before it. */
static void mend_checksum(uint8_t *p, size_t n)
{
	static const char key[] = "\"crc32\":\"";
	size_t last = 0, at;
	char digits[9];
	uint8_t *found;

	for (at = next_record(p, n, 0); at < n; at = next_record(p, n, at + 8))
		last = at;
	found = memmem(p + last, n - last, key, sizeof key - 1);
	if (!found || found + sizeof key - 1 + 8 > p + n)
		return;
	snprintf(digits, sizeof digits, "%08x", crc_of(p, last));
	memcpy(found + sizeof key - 1, digits, 8);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	size_t at = next_record(data, size, 0), records = 0, k, header, room, now, rest;

	for (size_t i = at; i < size; i = next_record(data, size, i + 8))
		records++;
	if (!records || seed % 8 == 0)
		return LLVMFuzzerMutate(data, size, most);
	for (k = seed / 8 % records; k; k--)
		at = next_record(data, size, at + 8);
	header = header_end(data + at, size - at) - 8;
	rest = size - at - 8 - header;
	room = header + (most - size < 256 ? most - size : 256);
	uint8_t *text = malloc(room + rest + 1);
	if (!text)
		abort();
	memcpy(text, data + at + 8, header);
	now = LLVMFuzzerMutate(text, header, room);
	memmove(data + at + 8 + now, data + at + 8 + header, rest);
	memcpy(data + at + 8, text, now);
	free(text);
	num_put64(data + at, now);
	size = at + 8 + now + rest;
	mend_checksum(data, size);
	return size;
}
