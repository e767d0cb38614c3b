/* Archives, fetching, decompression: whole, out of order, and cut at every byte. */
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "data/fetch.h"
#include "data/scan.h"

enum { ZIP, SEVEN, TAR, TAR_GZ, TAR_XZ, TAR_ZST, TAR_BZ2, FORMATS };
static const char *const names[FORMATS] = {"a.zip", "a.7z", "a.tar", "a.tar.gz", "a.tar.xz", "a.tar.zst", "a.tar.bz2"};

static char dir[] = "/tmp/cxr-archive-XXXXXX";

static void member(struct archive *a, const char *name, const char *bytes, const char *link)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_copy_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, link == NULL ? (la_int64_t)strlen(bytes) : 0);
	if (link != NULL)
		archive_entry_copy_hardlink(e, link);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	if (link == NULL)
		assert_int_equal(archive_write_data(a, bytes, strlen(bytes)), strlen(bytes));
	archive_entry_free(e);
}

static void pack(int format)
{
	struct archive *a = archive_write_new();

	if (format == ZIP)
		archive_write_set_format_zip(a);
	else if (format == SEVEN)
		archive_write_set_format_7zip(a);
	else
		archive_write_set_format_ustar(a);
	if (format >= TAR_GZ) {
		static int (*const filter[])(struct archive *) = {archive_write_add_filter_gzip, archive_write_add_filter_xz,
			archive_write_add_filter_zstd, archive_write_add_filter_bzip2};

		assert_int_equal(filter[format - TAR_GZ](a), ARCHIVE_OK);
	}
	archive_write_set_bytes_in_last_block(a, 1);
	assert_int_equal(archive_write_open_filename(a, names[format]), ARCHIVE_OK);
	member(a, "./train/N/b.png", "bytes of b", NULL);
	member(a, "train/N/a.png", "bytes of a", NULL);
	member(a, "train/N/notes.txt", "text", NULL);
	member(a, "__MACOSX/train/N/._a.png", "litter", NULL);
	member(a, "val/P/\xc3\xa4.png", "", NULL);
	if (format > SEVEN)
		member(a, "val/P/link.png", NULL, "train/N/a.png");
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
}

static int setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		return -1;
	setlocale(LC_ALL, "C.UTF-8"); /* to write names into a 7z; reading must not need it */
	for (int f = 0; f < FORMATS; f++)
		pack(f);
	setlocale(LC_ALL, "C");
	return 0;
}

static int teardown(void **state)
{
	char *clean = xasprintf("rm -rf %s", dir);
	int r = chdir("/") != 0 || system(clean) != 0;

	(void)state;
	free(clean);
	return r;
}

static void get_is(struct fetch *f, const char *path, const char *want)
{
	unsigned char *bytes = NULL;
	size_t n, cap = 0;
	struct err e = {""};
	int r = fetch_get(f, path, &bytes, &n, &cap, &e);

	if (want == NULL) {
		assert_int_equal(r, -1);
		assert_true(e.text[0] != '\0');
	} else {
		if (r < 0)
			fail_msg("%s: %s", path, e.text);
		assert_int_equal(n, strlen(want));
		assert_memory_equal(bytes, want, n);
	}
	free(bytes);
}

static void listed_and_fetched(void **state)
{
	(void)state;
	for (int f = 0; f < FORMATS; f++) {
		struct fetch *fetch = fetch_new();
		struct list l = {0};
		struct err e = {""};
		char *b = xasprintf("%s!/train/N/b.png", names[f]), *a = xasprintf("%s!/train/N/a.png", names[f]);
		char *u = xasprintf("%s!/val/P/\xc3\xa4.png", names[f]), *k = xasprintf("%s!/val/P/link.png", names[f]);
		char *no = xasprintf("%s!/no.png", names[f]);

		if (scan_add(&l, names[f], &e) < 0)
			fail_msg("%s", e.text);
		assert_int_equal(l.n, f <= SEVEN ? 3 : 4);
		assert_string_equal(l.item[0].path, b); /* as stored, not sorted */
		assert_string_equal(l.item[1].path, a);
		assert_string_equal(l.item[2].path, u);
		assert_string_equal(l.item[2].label, "P");
		assert_string_equal(l.item[2].split, "val");
		get_is(fetch, b, "bytes of b"); /* forward */
		get_is(fetch, a, "bytes of a");
		get_is(fetch, u, "");
		get_is(fetch, a, "bytes of a"); /* and back, twice the same, past a hole */
		get_is(fetch, a, "bytes of a");
		get_is(fetch, no, NULL);
		get_is(fetch, b, "bytes of b");
		get_is(fetch, k, f <= SEVEN ? NULL : "bytes of a");
		get_is(fetch, "no such file", NULL);
		get_is(fetch, ".", NULL);
		fetch_free(fetch);
		list_free(&l);
		free(a), free(b), free(u), free(k), free(no);
	}
}

static unsigned char *load(const char *path, size_t *n)
{
	unsigned char *bytes;
	struct err e;

	assert_int_equal(file_read(path, 1 << 20, &bytes, n, &e), 0);
	return bytes;
}

static void save(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* A cut archive is damaged, wherever it is cut: never a shorter list. */
static void cut_anywhere(void **state)
{
	(void)state;
	for (int f = 0; f < FORMATS; f++) {
		size_t n, end;
		unsigned char *bytes = load(names[f], &n);

		/* of the zeros at the end of a tar the first block is the mark */
		for (end = n; f == TAR && bytes[end - 1] == 0; end--)
			;
		end = f == TAR ? (end + 511) / 512 * 512 + 512 : n;
		for (size_t k = 0; k < end; k++) {
			struct list l = {0};
			struct err e = {""};

			save("cut", bytes, k);
			if (scan_add(&l, "cut", &e) != -1)
				fail_msg("%s cut at %zu of %zu gives %zu items", names[f], k, n, l.n);
			assert_non_null(strstr(e.text, "cut: "));
			list_free(&l);
		}
		free(bytes);
	}
}

static int read_any(const char *path, struct text *t, struct err *e)
{
	struct source s;
	char buf[7]; /* small and odd: reads that do not fit the blocks */
	ptrdiff_t n;

	if (source_open_any(&s, path, e) < 0)
		return -1;
	text_add(t, "");
	while ((n = source_read(&s, buf, sizeof buf, e)) > 0)
		text_addn(t, buf, (size_t)n);
	source_close(&s);
	return (int)n;
}

static void any_source(void **state)
{
	static const char *const made[] = {"a.tar.gz", "a.tar.xz", "a.tar.zst", "a.tar.bz2"};
	size_t n, size;
	unsigned char *tar = load("a.tar", &n), *bytes;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct text t = {0};
		struct err e = {""};

		assert_int_equal(read_any(made[i], &t, &e), 0);
		assert_true(t.len >= n / 2);
		assert_memory_equal(t.s, tar, t.len < n ? t.len : n);
		text_free(&t);
		bytes = load(made[i], &size);
		for (size_t k = 10; k < size; k++) {
			save("cut", bytes, k);
			if (read_any("cut", &t, &e) != -1)
				fail_msg("%s cut at %zu of %zu reads well", made[i], k, size);
			text_free(&t);
		}
		free(bytes);
	}
	free(tar);
}

static void plain_source(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} rows[] = {{"", 0}, {"B", 1}, {"BZhello", 7}, {"BZh91AY", 7}, {"\x1f\x8b", 2}, {"\0\0\0", 3}, {"\x28\xb5\x2f", 3},
		{"a longer text", 13}, {"PK\3\4", 4}};
	char *large = xmalloc(300001);

	(void)state;
	for (size_t i = 0; i <= sizeof rows / sizeof *rows; i++) {
		bool last = i == sizeof rows / sizeof *rows;
		const char *bytes = last ? large : rows[i].bytes;
		size_t n = last ? 300001 : rows[i].n;
		struct text t = {0};
		struct err e = {""};

		memset(large, 'x', 300001);
		save("plain", bytes, n);
		assert_int_equal(read_any("plain", &t, &e), 0);
		assert_int_equal(t.len, n);
		assert_memory_equal(t.s, bytes, n);
		text_free(&t);
	}
	free(large);
}

static void refused(void **state)
{
	struct text t = {0};
	struct err e = {""};
	struct list l = {0};

	(void)state;
	assert_int_equal(read_any(".", &t, &e), -1);
	assert_non_null(strstr(e.text, "a folder"));
	assert_int_equal(read_any("no such file", &t, &e), -1);
	save("text.zip", "this is text", 12);
	assert_int_equal(scan_add(&l, "text.zip", &e), -1);
	assert_string_equal(e.text, "text.zip: text, not an image or an archive: cxr-prep reads lists of images");
	assert_int_equal(scan_add(&l, "/dev/null", &e), -1);
	assert_int_equal(scan_add(&l, "nothing", &e), -1);
	assert_int_equal(scan_add(&l, "", &e), -1);
	assert_int_equal(scan_add(&l, "a.zip!/train", &e), 0);
	assert_int_equal(l.n, 2);
	assert_int_equal(scan_add(&l, "a.zip!/trai", &e), 0);
	assert_int_equal(l.n, 2);
	list_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listed_and_fetched), cmocka_unit_test(cut_anywhere), cmocka_unit_test(any_source),
		cmocka_unit_test(plain_source),       cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
