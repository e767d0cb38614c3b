/* Kinds of files by their first bytes, and what is no file of that kind although it begins alike. */
#include "unit.h"

#include <string.h>

#include "base/kind.h"

static unsigned char bytes[KIND_PEEK];

/* A file of KIND_PEEK bytes with `n` of them at `at`. */
static const struct kind *with(size_t at, const char *begin, size_t n)
{
	memset(bytes, 0, sizeof bytes);
	memcpy(bytes + at, begin, n);
	return kind_of(bytes, sizeof bytes);
}

static const struct kind *text(const char *s)
{
	return kind_of((const unsigned char *)s, strlen(s));
}

static void knows_binary(void **state)
{
	(void)state;
	assert_string_equal(with(0, "\x89PNG\r\n\x1a\n", 8)->name, "a PNG image");
	assert_string_equal(with(0, "\xff\xd8\xff", 3)->name, "a JPEG image");
	assert_string_equal(with(128, "DICM", 4)->name, "a DICOM file");
	assert_string_equal(with(257, "ustar", 5)->name, "a tar archive");
	assert_string_equal(with(0, "\x1f\x8b\x08", 3)->name, "a gzip file");
	assert_string_equal(with(0, "\x89HDF\r\n\x1a\n", 8)->name, "an HDF5 file");
	assert_string_equal(with(0, "\x80\2\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8", 12)->name, "a file of torch.save");
	assert_string_equal(with(0, "\x80\4\x95", 3)->name, "a pickle");
	assert_string_equal(with(0, "BM\x36\x10", 4)->name, "a BMP image");
	assert_null(with(0, "\1\2\3", 3));
}

static void knows_zips(void **state)
{
	(void)state;
	assert_string_equal(with(0, "PK\3\4", 4)->name, "a ZIP archive");
	assert_string_equal(with(0, "PK\3\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0c\0\0\0net/data.pkl", 42)->name,
	                    "a file of torch.save");
	assert_string_equal(with(0, "PK\3\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\5\0\0\0a.npy", 35)->name, "an .npz file");
}

static void knows_records(void **state)
{
	(void)state;
	assert_string_equal(with(0, "\xff\0\0\0\0\0\0\0{\"__metadata__\":{\"cxr\":\"head\"", 38)->name, "a tensor stream");
	assert_string_equal(with(0, "\xff\0\0\0\0\0\0\0{\"__metadata__\":{\"cxr\":\"net\"", 37)->name, "a model");
	assert_string_equal(with(0, "\xff\0\0\0\0\0\0\0{\"fc.weight\":{", 22)->name, "a safetensors file");
	assert_true(kind_is_record(bytes, sizeof bytes));
	assert_null(with(0, "\xff\0\0\0\0\0\0\1{\"fc.weight\":{", 22)); /* a header of 2^56 bytes */
}

static void knows_text(void **state)
{
	(void)state;
	assert_string_equal(text("\xef\xbb\xbf\n <!DOCTYPE HTML>\n")->name, "an HTML page");
	assert_string_equal(text("{\n  \"a\": 1}")->name, "a JSON file");
	assert_string_equal(text("[1, 2]")->name, "a JSON file");
	assert_string_equal(text("version https://git-lfs.github.com/spec/v1\n")->name, "a pointer of Git LFS");
}

/* Lists of paths begin with what they like. */
static void leaves_lists_alone(void **state)
{
	static const char *const list[] = {
		"BM/1.png\n", "GIF89a/1.png\n", "P5 patient/1.png\n", "{a}/1.png\n", "[1]/1.png\n", "Rar!/1.png\n", "path\tlabel\n",
		"a,b.png\n", "", "8BPS\n",
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		assert_int_equal(kind_refuse_lines((const unsigned char *)list[i], strlen(list[i]), "a list", &e), 0);
}

static void refuses(const char *s, const char *message)
{
	struct err e;

	assert_int_equal(kind_refuse((const unsigned char *)s, strlen(s), "a stream", &e), -1);
	assert_string_equal(e.text, message);
}

static void says_what_to_do(void **state)
{
	struct err e;

	(void)state;
	refuses("id\tlabel\tpatient\n", "a score table, not a stream: cxr-metrics reads score tables");
	refuses("path\tlabel\n", "a list of images, not a stream: cxr-prep reads lists");
	refuses("a,b\n1,2\n", "a table with commas, not a stream: cxr-list --columns makes a list of it");
	refuses("hello\n", "text, not a stream: cxr-prep reads lists of images");
	refuses("\1\2", "not a stream, nor any other known kind of file; or damaged");
	with(0, "\x89PNG\r\n\x1a\n", 8);
	assert_int_equal(kind_refuse_lines(bytes, sizeof bytes, "a list", &e), -1);
	assert_string_equal(e.text, "a PNG image, not a list: cxr-prep reads images (cxr-prep FILE)");
}

/* A source that was looked at still gives all its bytes, in any pieces. */
static void peeks(void **state)
{
	unsigned char first[KIND_PEEK], got[1000], want[1000];
	struct source s;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof want; i++)
		want[i] = (unsigned char)(i * 7);
	source_memory(&s, "m", want, sizeof want);
	assert_int_equal(source_peek(&s, first, &e), KIND_PEEK);
	assert_memory_equal(first, want, KIND_PEEK);
	assert_int_equal(source_read(&s, got, 10, &e), 10);
	assert_int_equal(source_read(&s, got + 10, sizeof got, &e), sizeof want - 10);
	assert_memory_equal(got, want, sizeof want);
	assert_string_equal(s.name, "m");
	source_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_binary), cmocka_unit_test(knows_zips), cmocka_unit_test(knows_records),
		cmocka_unit_test(knows_text), cmocka_unit_test(leaves_lists_alone), cmocka_unit_test(says_what_to_do),
		cmocka_unit_test(peeks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
