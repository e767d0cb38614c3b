/* Streams: the rules of reader and writer, every cut and every flipped bit refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "stream/stream.h"
#include "unit.h"

struct bytes {
	char *s;
	size_t n;
};

static void put_items(struct writer *w, int items)
{
	struct record r = {0};
	struct err e;
	for (int i = 0; i < items; i++) {
		record_clear(&r);
		record_set(&r, "cxr", "item");
		record_setf(&r, "id", "image %d", i);
		unsigned char *p = record_add(&r, "image", DT_U8, 3, (int64_t[]){2, 2, 1});
		p[0] = i;
		if (i == 1)
			record_fail(&r, "cannot decode");
		assert_int_equal(writer_put(w, &r, &e), 0);
		assert_int_equal(r.ntensor, i != 1);
		if (i == 0) {
			record_clear(&r);
			record_set(&r, "cxr", "what nobody knows");
			assert_int_equal(writer_put(w, &r, &e), 0);
		}
	}
	record_free(&r);
}

static struct bytes stream(int items)
{
	struct bytes b;
	struct writer w;
	struct record head = {0};
	struct err e;
	FILE *f = open_memstream(&b.s, &b.n);
	head_init(&head);
	record_set(&head, "classes", "NORMAL,PNEUMONIA");
	for (int i = 0; i < 12; i++)
		head_add_pg(&head, "cxr-test", "1.0", i ? "-x" : "");
	assert_string_equal(record_get(&head, "pg.0"), "cxr-test 1.0");
	assert_string_equal(record_get(&head, "pg.11"), "cxr-test 1.0 -x");
	assert_int_equal(writer_open(&w, f, &head, &e), 0);
	put_items(&w, items);
	assert_int_equal(writer_end(&w, &e), 0);
	fclose(f);
	record_free(&head);
	return b;
}

/* Reads to the end: number of records, or -1 with *e. */
static int count(const char *s, size_t n, struct err *e)
{
	struct source src;
	struct reader r;
	struct record rec = {0};
	int records = 0, rc;
	source_memory(&src, "test", s, n);
	rc = reader_open(&r, &src, e);
	if (!rc) {
		while ((rc = reader_next(&r, &rec, e)) > 0)
			records++;
		if (!rc)
			assert_int_equal(reader_next(&r, &rec, e), 0);
		reader_close(&r);
	}
	record_free(&rec);
	source_close(&src);
	if (rc)
		assert_memory_equal(e->text, "test: ", 6);
	return rc ? -1 : records;
}

static void whole(void **state)
{
	(void)state;
	struct err e;
	for (int items = 0; items < 4; items++) {
		struct bytes b = stream(items);
		assert_int_equal(count(b.s, b.n, &e), items + (items > 0));
		free(b.s);
	}
}

static void tail(void **state)
{
	(void)state;
	struct bytes b = stream(3);
	char *at = NULL, want[40];
	for (char *p = b.s; (p = memmem(p, b.s + b.n - p, "{\"__metadata__\":{\"crc32\"", 24)); p++)
		at = p;
	assert_non_null(at);
	size_t before = at - 8 - b.s;
	snprintf(want, sizeof want, "\"crc32\":\"%08lx\"", crc32(0, (unsigned char *)b.s, before));
	assert_non_null(strstr(at, want));
	assert_non_null(strstr(at, "\"items\":\"3\""));
	assert_non_null(strstr(at, "\"errors\":\"1\""));
	free(b.s);
}

static void every_cut(void **state)
{
	(void)state;
	struct err e;
	struct bytes b = stream(3);
	for (size_t n = 0; n < b.n; n++)
		if (count(b.s, n, &e) != -1)
			fail_msg("cut at %zu of %zu accepted", n, b.n);
	assert_int_equal(count(b.s, 0, &e), -1);
	assert_string_equal(e.text, "test: empty stream");
	free(b.s);
}

static void every_bit(void **state)
{
	(void)state;
	struct err e;
	struct bytes b = stream(2);
	for (size_t i = 0; i < b.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			b.s[i] ^= 1 << bit;
			if (count(b.s, b.n, &e) != -1)
				fail_msg("byte %zu of %zu, bit %d flipped: accepted", i, b.n, bit);
			b.s[i] ^= 1 << bit;
		}
	assert_int_equal(count(b.s, b.n, &e), 3);
	free(b.s);
}

static void more_bytes(void **state)
{
	(void)state;
	struct err e;
	struct bytes b = stream(1);
	char *twice = xmalloc(2 * b.n);
	memcpy(twice, b.s, b.n);
	memcpy(twice + b.n, b.s, b.n);
	assert_int_equal(count(twice, b.n + 1, &e), -1);
	assert_non_null(strstr(e.text, "bytes after the tail"));
	assert_int_equal(count(twice, 2 * b.n, &e), -1);
	free(twice);
	free(b.s);
}

/* A stream made of the given kinds; `say` changes what the tail claims. */
static int made(const char *const *kind, int items, int errors, struct err *e)
{
	struct bytes b;
	struct record r = {0};
	uint32_t crc = 0;
	FILE *f = open_memstream(&b.s, &b.n);
	for (; *kind; kind++) {
		record_clear(&r);
		record_set(&r, "cxr", *kind);
		if (!strcmp(*kind, "head"))
			record_set(&r, "version", "1");
		if (!strcmp(*kind, "tail")) {
			record_setf(&r, "items", "%d", items);
			record_setf(&r, "errors", "%d", errors);
			record_setf(&r, "crc32", "%08x", crc);
		}
		record_write(&r, f, &crc, e);
	}
	fclose(f);
	int rc = count(b.s, b.n, e);
	free(b.s);
	record_free(&r);
	return rc;
}
#define MADE(items, errors, ...) made((const char *const[]){__VA_ARGS__, NULL}, items, errors, &e)

static void rules(void **state)
{
	(void)state;
	struct err e;
	assert_int_equal(MADE(0, 0, "head", "tail"), 0);
	assert_int_equal(MADE(2, 0, "head", "model", "item", "item", "tail"), 3);
	assert_int_equal(MADE(2, 0, "head", "item", "tail"), -1);
	assert_non_null(strstr(e.text, "items"));
	assert_int_equal(MADE(1, 1, "head", "item", "tail"), -1);
	assert_non_null(strstr(e.text, "errors"));
	assert_int_equal(MADE(1, 0, "head", "item"), -1);
	assert_non_null(strstr(e.text, "no tail after 1 items"));
	assert_int_equal(MADE(1, 0, "item", "tail"), -1);
	assert_non_null(strstr(e.text, "does not start with a head"));
	assert_int_equal(MADE(0, 0, "tail"), -1);
	assert_int_equal(MADE(0, 0, "net"), -1);
	assert_non_null(strstr(e.text, "a model, not a stream"));
	assert_int_equal(MADE(0, 0, "head", "head", "tail"), -1);
	assert_non_null(strstr(e.text, "second head"));
	assert_int_equal(MADE(0, 0, "head", "tail", "tail"), -1);
}

static void versions(void **state)
{
	(void)state;
	struct err e;
	struct bytes b = stream(0);
	char *v = memmem(b.s, b.n, "\"version\":\"1\"", 13);
	assert_non_null(v);
	v[11] = '2';
	assert_int_equal(count(b.s, b.n, &e), -1);
	assert_non_null(strstr(e.text, "format version 2"));
	free(b.s);
}

static void alone(void **state)
{
	(void)state;
	struct err e;
	struct source src;
	struct reader r;
	struct record net = {0}, rec = {0};
	struct bytes b;
	FILE *f = open_memstream(&b.s, &b.n);
	record_set(&net, "cxr", "net");
	record_write(&net, f, NULL, &e);
	putc('x', f);
	fclose(f);
	source_memory(&src, "net", b.s, b.n - 1);
	assert_int_equal(reader_open_any(&r, &src, &e), 0);
	assert_string_equal(record_kind(&r.head), "net");
	assert_int_equal(reader_next(&r, &rec, &e), 0);
	reader_close(&r);
	source_close(&src);
	source_memory(&src, "net", b.s, b.n);
	assert_int_equal(reader_open_any(&r, &src, &e), -1);
	assert_string_equal(e.text, "net: damaged: bytes after the record");
	source_close(&src);
	free(b.s);
	record_free(&net);
	record_free(&rec);
}

static void full_disk(void **state)
{
	(void)state;
	struct err e = {0};
	struct writer w;
	struct record head = {0};
	FILE *f = fopen("/dev/full", "w");
	if (!f)
		skip();
	head_init(&head);
	assert_int_equal(writer_open(&w, f, &head, &e) || writer_end(&w, &e), 1);
	assert_string_equal(e.text, "cannot write: No space left on device");
	fclose(f);
	record_free(&head);
}

static void class_lists(void **state)
{
	(void)state;
	struct classes c;
	struct err e;
	assert_int_equal(classes_parse(&c, "NORMAL,PNEUMONIA,X", &e), 0);
	assert_int_equal(c.n, 3);
	assert_int_equal(classes_index(&c, "PNEUMONIA"), 1);
	assert_int_equal(classes_index(&c, "PNEU"), -1);
	assert_int_equal(classes_index(&c, ""), -1);
	classes_free(&c);
	assert_int_equal(classes_parse(&c, "", &e), 0);
	assert_int_equal(c.n, 0);
	classes_free(&c);
	assert_int_equal(classes_parse(&c, "A,B,A", &e), -1);
	assert_string_equal(e.text, "classes: A is there twice");
	assert_int_equal(classes_parse(&c, "A,", &e), -1);
	assert_int_equal(classes_parse(&c, ",A", &e), -1);
	assert_int_equal(classes_parse(&c, "A,,B", &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),    cmocka_unit_test(tail),  cmocka_unit_test(every_cut), cmocka_unit_test(every_bit),
		cmocka_unit_test(more_bytes), cmocka_unit_test(rules), cmocka_unit_test(versions), cmocka_unit_test(alone),
		cmocka_unit_test(full_disk), cmocka_unit_test(class_lists),
	};
	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
