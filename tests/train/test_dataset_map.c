/* A stream in a mapped file: the same set as one that was read, of which only what is asked for comes into memory. */
#include "train_data.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BIG = 200, ITEMS = 24 }; /* 120,000 bytes each */
static char path[] = "/tmp/cxr-test-map.XXXXXX";

static void put_file(const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	assert_int_equal(fsync(fd), 0);
	close(fd);
}

/* With `odd`, a record before the first item moves all others to addresses that floats cannot have. */
static struct made make(bool u8, bool odd)
{
	int64_t one[] = {1};
	struct record r = {0};
	struct made m;
	struct err e;

	made_open(&m, "A,B");
	record_set(&r, "cxr", "other");
	record_add(&r, "x", DT_U8, 1, one);
	if (odd)
		assert_int_equal(writer_put(&m.w, &r, &e), 0);
	record_free(&r);
	for (int i = 0; i < 5; i++)
		made_item(&m, i, i % 2 ? "B" : "A", u8);
	made_end(&m);
	return m;
}

static void a_map_is_the_stream(void **state)
{
	const struct augment change = {.rotate = 10, .shift = .1};

	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		struct made m = make(kind & 1, kind & 2);
		struct dataset read, map;
		struct err e;

		put_file(m.bytes, m.n);
		assert_int_equal(made_read(&m, &read, &e), 0);
		assert_int_equal(dataset_map(&map, path, &e), 1);
		assert_int_equal(dataset_verify(&map, NULL, &e), 0);
		assert_int_equal(dataset_verify(&read, NULL, &e), 0);
		assert_true(map.n == read.n && map.type == read.type && map.bytes == read.bytes && map.count[1] == 2);
		assert_string_equal(record_get(&map.head, "recipe"), record_get(&read.head, "recipe"));
		for (size_t i = 0; i < map.n; i++)
			for (int k = 0; k < 2; k++) {
				float a[PIXELS], b[PIXELS];
				struct augment_draw draw = augment_at(&change, 1, 0, i);
				void *scratch = malloc(dataset_scratch(&map));

				dataset_get(&map, i, k ? &draw : NULL, scratch, a);
				dataset_get(&read, i, k ? &draw : NULL, scratch, b);
				assert_memory_equal(a, b, sizeof a);
				assert_int_equal(map.label[i], read.label[i]);
				assert_string_equal(map.sha256[i], read.sha256[i]);
				free(scratch);
			}
		dataset_free(&map);
		dataset_free(&read);
		free(m.bytes);
	}
}

static void damage_is_found(void **state)
{
	struct made m = make(true, false);
	struct dataset d;
	struct err e;

	(void)state;
	for (size_t n = 9; n < m.n; n += n < 600 || m.n - n < 600 ? 1 : 97) {
		put_file(m.bytes, n);
		assert_int_equal(dataset_map(&d, path, &e), -1);
		dataset_free(&d);
	}
	m.bytes[m.n] = 0; /* what open_memstream ends with */
	put_file(m.bytes, m.n + 1);
	assert_int_equal(dataset_map(&d, path, &e), -1);
	assert_non_null(strstr(e.text, "bytes after the tail"));
	dataset_free(&d);
	m.bytes[m.n / 2] ^= 1; /* an image's */
	put_file(m.bytes, m.n);
	assert_int_equal(dataset_map(&d, path, &e), 1);
	assert_int_equal(dataset_verify(&d, NULL, &e), -1);
	assert_non_null(strstr(e.text, "damaged: checksum is "));
	dataset_free(&d);
	free(m.bytes);
}

static void others_are_to_be_read(void **state)
{
	struct dataset d;
	struct err e;

	(void)state;
	put_file("", 0);
	assert_int_equal(dataset_map(&d, path, &e), 0);
	put_file("\x1f\x8b and so on", 12);
	assert_int_equal(dataset_map(&d, path, &e), 0);
	assert_int_equal(dataset_map(&d, "/nonesuch", &e), 0);
	assert_int_equal(dataset_map(&d, "/dev/null", &e), 0);
	assert_int_equal(dataset_map(&d, "/tmp", &e), 0);
}

static void put_big(void)
{
	int64_t shape[] = {BIG, BIG, 3};
	struct recipe recipe;
	char text[RECIPE_TEXT];
	struct made m;
	struct err e;
	struct record r = {0};

	small_recipe(&recipe);
	recipe.width = recipe.height = BIG;
	m.f = open_memstream(&m.bytes, &m.n);
	head_init(&r);
	record_set(&r, "classes", "A,B");
	record_set(&r, "recipe", recipe_format(&recipe, text));
	assert_int_equal(writer_open(&m.w, m.f, &r, &e), 0);
	for (int i = 0; i < ITEMS; i++) {
		item_start(&r, i, i % 2 ? "B" : "A");
		memset(record_add(&r, "image", DT_U8, 3, shape), i, BIG * BIG * 3);
		assert_int_equal(writer_put(&m.w, &r, &e), 0);
	}
	made_end(&m);
	put_file(m.bytes, m.n);
	record_free(&r);
	free(m.bytes);
}

/* Pages of n bytes of the file that are in memory, in whichever process. */
static size_t pages_of(const unsigned char *bytes, size_t n)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = ((uintptr_t)bytes + page - 1) / page * page;
	size_t pages = ((uintptr_t)bytes + n - begin) / page, in = 0;
	unsigned char *there = xcalloc(pages, 1);

	assert_int_equal(mincore((void *)begin, pages * page, there), 0);
	for (size_t i = 0; i < pages; i++)
		in += there[i] & 1;
	free(there);
	return in;
}

static void only_what_is_asked_for_is_read(void **state)
{
	static float out[BIG * BIG * 3];
	struct dataset d;
	struct err e;
	void *scratch;
	int fd;

	(void)state;
	put_big();
	fd = open(path, O_RDONLY);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
	assert_int_equal(dataset_map(&d, path, &e), 1);
	if (pages_of(d.image[7], d.bytes) > 1) {
		dataset_free(&d);
		skip(); /* a file system that is memory */
	}
	scratch = malloc(dataset_scratch(&d));
	dataset_get(&d, 7, NULL, scratch, out);
	for (size_t i = 0; i < ITEMS; i++) /* headers lie between images: a page at either end */
		assert_in_range(pages_of(d.image[i], d.bytes), i == 7 ? d.bytes / 4096 - 1 : 0, i == 7 ? d.bytes : 1);
	free(scratch);
	dataset_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_is_the_stream), cmocka_unit_test(damage_is_found),
		cmocka_unit_test(others_are_to_be_read), cmocka_unit_test(only_what_is_asked_for_is_read),
	};
	int rc;

	close(mkstemp(path));
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return rc;
}
