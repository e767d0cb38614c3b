/* Records: what is written is canonical and read back, what is not a document is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/sanitized.h"
#include "stream/describe.h"
#include "stream/record.h"
#include "unit.h"

static char *written(const struct record *r, size_t *n)
{
	char *bytes;
	struct err e;
	FILE *f = open_memstream(&bytes, n);
	assert_int_equal(record_write(r, f, NULL, &e), 0);
	fclose(f);
	return bytes;
}

static int reads(struct record *r, const void *bytes, size_t n, struct err *e)
{
	struct source src;
	source_memory(&src, "test", bytes, n);
	int rc = record_read(r, &src, NULL, e);
	source_close(&src);
	return rc;
}

/* A document of this header (no padding) and n bytes of data. */
static int reads_header(struct record *r, const char *header, size_t n, struct err *e)
{
	size_t len = strlen(header);
	unsigned char *doc = xcalloc(8 + len + n, 1);
	num_put64(doc, len);
	memcpy(doc + 8, header, len);
	for (size_t i = 0; i < n; i++)
		doc[8 + len + i] = i + 1;
	int rc = reads(r, doc, 8 + len + n, e);
	free(doc);
	return rc;
}

static void canonical(void **state)
{
	(void)state;
	struct record r = {0};
	size_t n;
	unsigned char *u = record_add(&r, "u", DT_U8, 2, (int64_t[]){3, 1});
	memcpy(u, "\1\2\3", 3);
	float *f = record_add(&r, "f", DT_F32, 1, (int64_t[]){1});
	*f = 1;
	record_set(&r, "z", "a\"\\\xc3\xa9");
	record_set(&r, "cxr", "item");
	record_add(&r, "none", DT_F32, 2, (int64_t[]){0, 5});
	record_add(&r, "scalar", DT_I64, 0, NULL);
	char *bytes = written(&r, &n);
	static const char want[] =
		"{\"__metadata__\":{\"cxr\":\"item\",\"z\":\"a\\\"\\\\\xc3\xa9\"},"
		"\"f\":{\"data_offsets\":[8,12],\"dtype\":\"F32\",\"shape\":[1]},"
		"\"none\":{\"data_offsets\":[12,12],\"dtype\":\"F32\",\"shape\":[0,5]},"
		"\"scalar\":{\"data_offsets\":[0,8],\"dtype\":\"I64\",\"shape\":[]},"
		"\"u\":{\"data_offsets\":[12,15],\"dtype\":\"U8\",\"shape\":[3,1]}}";
	uint64_t header = num_get64((unsigned char *)bytes);
	assert_int_equal((8 + header) % 64, 0);
	assert_memory_equal(bytes + 8, want, sizeof want - 1);
	for (size_t i = 8 + sizeof want - 1; i < 8 + header; i++)
		assert_int_equal(bytes[i], ' ');
	assert_int_equal(n, 8 + header + 15);
	assert_memory_equal(bytes + 8 + header, "\0\0\0\0\0\0\0\0\0\0\x80\x3f\1\2\3", 15);
	free(bytes);
	record_free(&r);
}

static void round_trip(void **state)
{
	(void)state;
	static const enum dtype type[] = {
#define X(name, bytes) DT_##name,
		DTYPES(X)
#undef X
	};
	struct record a = {0}, b = {0}, c = {0};
	struct err e;
	size_t n;
	for (size_t i = 0; i < sizeof type / sizeof *type; i++) {
		unsigned char *p = record_add(&a, dtype_name(type[i]), type[i], 2, (int64_t[]){3, (int64_t)i + 1});
		for (size_t k = 0; k < 3 * (i + 1) * dtype_size(type[i]); k++)
			p[k] = k * 7 + i;
	}
	for (int i = 0; i < 40; i++) {
		char key[8];
		snprintf(key, sizeof key, "k%d", i * 17 % 40);
		record_setf(&a, key, "%d", i);
	}
	char *bytes = written(&a, &n);
	assert_int_equal(reads(&b, bytes, n, &e), 1);
	record_copy(&c, &b);
	assert_int_equal(c.nmeta, 40);
	for (int i = 0; i < a.nmeta; i++) {
		assert_string_equal(a.meta[i].key, b.meta[i].key);
		assert_string_equal(a.meta[i].value, c.meta[i].value);
	}
	for (int i = 0; i < a.ntensor; i++) {
		struct tensor *s = &a.tensor[i], *t = record_tensor(&c, s->name);
		assert_non_null(t);
		assert_int_equal((uintptr_t)record_tensor(&b, s->name)->data % dtype_size(t->type), 0);
		assert_int_equal(t->bytes, s->bytes);
		assert_memory_equal(t->data, s->data, s->bytes);
	}
	size_t again;
	char *second = written(&c, &again);
	assert_int_equal(n, again);
	assert_memory_equal(bytes, second, n);
	assert_int_equal(reads(&b, bytes, 0, &e), 0);
	assert_int_equal(b.nmeta + b.ntensor, 0);
	for (size_t cut = 1; cut < n; cut++)
		assert_int_equal(reads(&b, bytes, cut, &e), -1);
	free(bytes);
	free(second);
	record_free(&a);
	record_free(&b);
	record_free(&c);
}

static void entries(void **state)
{
	(void)state;
	struct record r = {0};
	assert_null(record_get(&r, "a"));
	assert_string_equal(record_kind(&r), "");
	record_set(&r, "b", "1");
	record_set(&r, "a", "2");
	record_set(&r, "c", record_get(&r, "a"));
	record_set(&r, "a", record_get(&r, "a"));
	record_set(&r, "b", NULL);
	record_set(&r, "none", NULL);
	assert_int_equal(r.nmeta, 2);
	assert_string_equal(record_get(&r, "a"), "2");
	assert_string_equal(record_get(&r, "c"), "2");
	float *f = record_add(&r, "x", DT_F32, 1, (int64_t[]){2});
	f[0] = 5;
	record_add(&r, "big", DT_F32, 1, (int64_t[]){1 << 20});
	assert_true(*(float *)record_tensor(&r, "x")->data == 5);
	f = record_add(&r, "x", DT_F32, 1, (int64_t[]){3});
	assert_true(f[0] == 0 && f[2] == 0);
	assert_int_equal(r.ntensor, 2);
	record_add(&r, "u", DT_U8, 1, (int64_t[]){1});
	record_add(&r, "y", DT_F32, 1, (int64_t[]){1});
	assert_string_equal(r.tensor[r.ntensor - 1].name, "u");
	record_drop(&r, "none");
	record_drop(&r, "big");
	assert_null(record_tensor(&r, "big"));
	assert_int_equal(r.ntensor, 3);
	record_clear(&r);
	assert_int_equal(r.nmeta + r.ntensor, 0);
	record_free(&r);
}

/* Strings that are no UTF-8 still make a valid document. */
static void bad_strings(void **state)
{
	(void)state;
	struct record r = {0}, b = {0};
	struct err e;
	size_t n;
	record_set(&r, "id", "a\xff\n\\");
	record_set(&r, "ok", "tab\t and \x01 and \\x41");
	char *bytes = written(&r, &n);
	assert_int_equal(reads(&b, bytes, n, &e), 1);
	assert_string_equal(record_get(&b, "id"), "a\\xff\\x0a\\\\");
	assert_string_equal(record_get(&b, "ok"), "tab\t and \x01 and \\x41");
	free(bytes);
	record_free(&r);
	record_free(&b);
}

#define T(name, type, shape, begin, end) \
	"\"" name "\":{\"dtype\":\"" type "\",\"shape\":[" shape "],\"data_offsets\":[" #begin "," #end "]}"

static void good_headers(void **state)
{
	(void)state;
	static const struct {
		const char *header;
		size_t n;
	} good[] = {
		{"{}", 0},
		{"{ }   ", 0},
		{"{" T("a", "U8", "3", 0, 3) "}", 3},
		{"{" T("b", "F32", "1", 3, 7) "," T("a", "U8", "3", 0, 3) "}", 7}, /* file order, not aligned */
		{"{" T("e", "F32", "0", 4, 4) "," T("a", "F32", "", 0, 4) "," T("f", "F32", "2,0", 4, 4) "}", 4},
		{"{\"__metadata__\":{}," T("\\u00e9", "BOOL", "1", 0, 1) "}", 1},
	};
	struct record r = {0};
	struct err e = {0};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (reads_header(&r, good[i].header, good[i].n, &e) != 1)
			fail_msg("%s: %s", good[i].header, e.text);
	assert_int_equal(reads_header(&r, good[3].header, 7, &e), 1);
	assert_string_equal(r.tensor[0].name, "a");
	struct tensor *b = record_tensor(&r, "b");
	assert_int_equal((uintptr_t)b->data % 4, 0);
	assert_memory_equal(b->data, "\4\5\6\7", 4);
	assert_memory_equal(record_tensor(&r, "a")->data, "\1\2\3", 3);
	assert_int_equal(reads_header(&r, good[5].header, 1, &e), 1);
	assert_non_null(record_tensor(&r, "\xc3\xa9"));
	record_free(&r);
}

static void hostile_headers(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", " {}", "[]", "null", "{", "{}x", "{}{}", "{\"a\":1}", "{\"a\":{}}", "{\"a\":[]}",
		"{" T("a", "U8", "3", 0, 3) "," T("a", "U8", "3", 0, 3) "}",                    /* duplicate tensor */
		"{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}",                                 /* duplicate key */
		"{\"__metadata__\":{},\"__metadata__\":{}}", "{\"__metadata__\":{\"a\":1}}", "{\"__metadata__\":[]}",
		"{\"__metadata__\":null}", "{\"__metadata__\":{\"a\":\"\\u0000\"}}", "{\"__metadata__\":{\"a\":\"\xff\"}}",
		"{\"__metadata__\":{\"a\":\"\\ud800\"}}",
		"{" T("a", "U8", "3", 1, 4) "}",                                                /* does not start at 0 */
		"{" T("a", "U8", "3", 0, 3) "," T("b", "U8", "3", 4, 7) "}",                    /* hole */
		"{" T("a", "U8", "3", 0, 3) "," T("b", "U8", "3", 2, 5) "}",                    /* overlap */
		"{" T("a", "U8", "3", 0, 3) "," T("b", "U8", "3", 0, 3) "}",                    /* the same bytes */
		"{" T("a", "U8", "3", 0, 4) "}", "{" T("a", "U8", "3", 3, 0) "}", "{" T("a", "U8", "3", -3, 0) "}",
		"{" T("a", "U8", "-3", 0, 3) "}", "{" T("a", "U8", "3.0", 0, 3) "}", "{" T("a", "U8", "3", 0.0, 3) "}",
		"{" T("a", "U8", "\"3\"", 0, 3) "}", "{" T("a", "U9", "3", 0, 3) "}", "{" T("a", "f32", "1", 0, 4) "}",
		"{" T("a", "U8", "9223372036854775807,3", 0, 3) "}",                            /* shape overflows */
		"{" T("a", "F64", "2305843009213693952", 0, 0) "}",                             /* times 8 is 2^64 = 0 */
		"{" T("a", "F64", "4294967296,4294967296", 0, 0) "}",
		"{" T("a", "U8", "18446744073709551616", 0, 0) "}", "{" T("a", "U8", "3", 0, 18446744073709551619) "}",
		"{" T("a", "U8", "1,1,1,1,1,1,1,1,1", 0, 1) "}",                                /* nine dimensions */
		"{\"a\":{\"dtype\":\"U8\",\"shape\":[3]}}", "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,3]}}",
		"{\"a\":{\"shape\":[3],\"data_offsets\":[0,3]}}",
		"{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3],\"x\":1}}",
		"{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3,3]}}",
		"{\"a\":{\"dtype\":\"U8\",\"shape\":3,\"data_offsets\":[0,3]}}",
		"{\"a\":{\"dtype\":8,\"shape\":[3],\"data_offsets\":[0,3]}}",
		"{" T("a", "U8", "100", 0, 100) "}",                                            /* data cut short */
	};
	struct record r = {0};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = {0};
		if (reads_header(&r, bad[i], 7, &e) != -1)
			fail_msg("accepted: %s", bad[i]);
		assert_true(strlen(e.text) > 8);
		assert_int_equal(r.nmeta + r.ntensor, 0);
	}
	record_free(&r);
}

/* Lengths that promise gigabytes cost nothing: 200 MB of address space suffice. (Not under a sanitizer, which needs
 * terabytes of it.) */
static void lying_lengths(void **state)
{
	(void)state;
	struct record r = {0};
	struct err e;
	unsigned char doc[64] = {0};
	struct rlimit old;
	getrlimit(RLIMIT_AS, &old);
	if (!SANITIZED)
		setrlimit(RLIMIT_AS, &(struct rlimit){200 << 20, old.rlim_max});
	num_put64(doc, 100000000);
	doc[8] = '{';
	assert_int_equal(reads(&r, doc, sizeof doc, &e), -1);
	assert_non_null(strstr(e.text, "ends inside the header"));
	num_put64(doc, 100000001);
	assert_int_equal(reads(&r, doc, sizeof doc, &e), -1);
	assert_non_null(strstr(e.text, "100000001"));
	num_put64(doc, UINT64_MAX);
	assert_int_equal(reads(&r, doc, sizeof doc, &e), -1);
	assert_int_equal(reads_header(&r, "{" T("a", "U8", "9223372036854775807", 0, 9223372036854775807) "}", 1000, &e), -1);
	assert_non_null(strstr(e.text, "ends inside the data"));
	assert_int_equal(reads_header(&r, "{" T("a", "F32", "1000000000", 0, 4000000000) "}", 1000, &e), -1);
	assert_non_null(strstr(e.text, "ends inside the data"));
	setrlimit(RLIMIT_AS, &old);
	record_free(&r);
}

static void deep_json(void **state)
{
	(void)state;
	struct record r = {0};
	struct err e;
	size_t n = 1 << 20;
	char *h = xmalloc(n + 1);
	memset(h, '[', n);
	memcpy(h, "{\"a\":", 5);
	h[n] = 0;
	assert_int_equal(reads_header(&r, h, 0, &e), -1);
	free(h);
	record_free(&r);
}

/* Several megabytes arrive in growing pieces. */
static void large(void **state)
{
	(void)state;
	struct record r = {0}, b = {0};
	struct err e;
	size_t n, count = 3000001;
	float *p = record_add(&r, "p", DT_F32, 1, (int64_t[]){(int64_t)count});
	for (size_t i = 0; i < count; i++)
		p[i] = i;
	record_add(&r, "q", DT_U8, 1, (int64_t[]){77});
	p = record_tensor(&r, "p")->data;
	char *bytes = written(&r, &n);
	assert_int_equal(reads(&b, bytes, n, &e), 1);
	assert_memory_equal(record_tensor(&b, "p")->data, p, 4 * count);
	free(bytes);
	record_free(&r);
	record_free(&b);
}

static void files(void **state)
{
	(void)state;
	char path[] = "/tmp/cxr-record.XXXXXX";
	struct record r = {0}, b = {0};
	struct err e;
	int fd = mkstemp(path);
	record_set(&r, "cxr", "net");
	FILE *f = fdopen(fd, "w");
	assert_int_equal(record_read_file(&b, path, &e), -1);
	assert_non_null(strstr(e.text, "empty file"));
	record_write(&r, f, NULL, &e);
	fflush(f);
	assert_int_equal(record_read_file(&b, path, &e), 0);
	assert_string_equal(record_kind(&b), "net");
	record_write(&r, f, NULL, &e);
	fclose(f);
	assert_int_equal(record_read_file(&b, path, &e), -1);
	assert_non_null(strstr(e.text, path));
	assert_non_null(strstr(e.text, "bytes after the record"));
	assert_int_equal(record_read_file(&b, "/none", &e), -1);
	assert_string_equal(e.text, "/none: No such file or directory");
	assert_int_equal(record_read_file(&b, "/tmp", &e), -1);
	unlink(path);
	record_free(&r);
	record_free(&b);
}

static void save(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "w");
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

/* A file large enough to be mapped is one that is read: the same tensors, the same errors, and may be changed. */
static void mapped(void **state)
{
	(void)state;
	char path[] = "/tmp/cxr-record.XXXXXX";
	struct record r = {0}, b = {0};
	struct err e;
	size_t n, count = 1 << 19;
	close(mkstemp(path));
	float *p = record_add(&r, "p", DT_F32, 1, (int64_t[]){(int64_t)count});
	for (size_t i = 0; i < count; i++)
		p[i] = i;
	record_add(&r, "q", DT_U8, 1, (int64_t[]){77});
	p = record_tensor(&r, "p")->data;
	char *bytes = written(&r, &n);
	for (int again = 0; again < 2; again++) {
		save(path, bytes, n);
		assert_int_equal(record_read_file(&b, path, &e), 0);
		assert_non_null(b.map);
		assert_memory_equal(record_tensor(&b, "p")->data, p, 4 * count);
		*(float *)record_tensor(&b, "p")->data = 7;
		record_add(&b, "new", DT_U8, 1, (int64_t[]){5});
		assert_null(b.map);
		assert_true(*(float *)record_tensor(&b, "p")->data == 7);
		assert_memory_equal((float *)record_tensor(&b, "p")->data + 1, p + 1, 4 * count - 4);
		assert_int_equal(reads(&b, bytes, n, &e), 1);
	}
	assert_int_equal(record_read_file(&b, path, &e), 0);
	assert_memory_equal(record_tensor(&b, "p")->data, p, 4 * count);
	save(path, bytes, n - 1);
	assert_int_equal(record_read_file(&b, path, &e), -1);
	assert_non_null(strstr(e.text, "ends inside the data"));
	bytes[8] = '[';
	save(path, bytes, n);
	assert_int_equal(record_read_file(&b, path, &e), -1);
	assert_non_null(strstr(e.text, "not a model"));
	unlink(path);
	free(bytes);
	record_free(&r);
	record_free(&b);
}

static void full_disk(void **state)
{
	(void)state;
	struct record r = {0};
	struct err e = {0};
	FILE *f = fopen("/dev/full", "w");
	if (!f)
		skip();
	record_add(&r, "a", DT_U8, 1, (int64_t[]){1 << 20});
	assert_int_equal(record_write(&r, f, NULL, &e), -1);
	assert_string_equal(e.text, "cannot write: No space left on device");
	fclose(f);
	record_free(&r);
}

static void described(void **state)
{
	(void)state;
	struct record r = {0};
	float *f = record_add(&r, "f", DT_F32, 1, (int64_t[]){3});
	memcpy(f, (float[]){1, __builtin_nanf(""), -4}, 12);
	*(uint16_t *)record_add(&r, "h", DT_F16, 1, (int64_t[]){1}) = 0xc000;
	*(uint16_t *)record_add(&r, "b", DT_BF16, 1, (int64_t[]){1}) = 0x4040;
	int8_t *i = record_add(&r, "i", DT_I8, 1, (int64_t[]){2});
	i[0] = -100;
	i[1] = 2;
	record_add(&r, "e", DT_F32, 1, (int64_t[]){0});
	struct stats s = tensor_stats(record_tensor(&r, "f"));
	assert_true(s.min == -4 && s.max == 1 && s.mean == -1.5 && s.nan == 1);
	assert_true(tensor_stats(record_tensor(&r, "h")).mean == -2 && tensor_stats(record_tensor(&r, "b")).mean == 3);
	assert_true(tensor_stats(record_tensor(&r, "i")).min == -100 && tensor_stats(record_tensor(&r, "i")).mean == -49);
	record_set(&r, "cxr", "item");
	char *json = record_json(&r, true);
	assert_string_equal(json, "{\"kind\":\"item\",\"metadata\":{\"cxr\":\"item\"},\"tensors\":["
		"{\"name\":\"f\",\"dtype\":\"F32\",\"shape\":[3],\"min\":-4.0,\"mean\":-1.5,\"max\":1.0},"
		"{\"name\":\"e\",\"dtype\":\"F32\",\"shape\":[0],\"min\":null,\"mean\":null,\"max\":null},"
		"{\"name\":\"h\",\"dtype\":\"F16\",\"shape\":[1],\"min\":-2.0,\"mean\":-2.0,\"max\":-2.0},"
		"{\"name\":\"b\",\"dtype\":\"BF16\",\"shape\":[1],\"min\":3.0,\"mean\":3.0,\"max\":3.0},"
		"{\"name\":\"i\",\"dtype\":\"I8\",\"shape\":[2],\"min\":-100.0,\"mean\":-49.0,\"max\":2.0}]}");
	free(json);
	struct err e;
	FILE *null = fopen("/dev/null", "w");
	assert_int_equal(tensor_write_npy(record_tensor(&r, "b"), null, &e), -1);
	assert_int_equal(tensor_write_npy(record_tensor(&r, "h"), null, &e), 0);
	fclose(null);
	record_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonical),       cmocka_unit_test(round_trip),    cmocka_unit_test(entries),
		cmocka_unit_test(bad_strings),     cmocka_unit_test(good_headers),  cmocka_unit_test(hostile_headers),
		cmocka_unit_test(lying_lengths),   cmocka_unit_test(deep_json),     cmocka_unit_test(large),
		cmocka_unit_test(mapped),          cmocka_unit_test(files),           cmocka_unit_test(full_disk),     cmocka_unit_test(described),
	};
	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
