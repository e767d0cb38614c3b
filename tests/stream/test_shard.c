/* Shards: blocks that cover a list, what a head says of them, readers that hand out one, outputs that are resumed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "stream/stream.h"
#include "stream/table.h"
#include "unit.h"

static void test_parse(void **state)
{
	static const char *const wrong[] = {"", "/", "1/", "/1", "0/1", "2/1", "1/0", "-1/2", "1/2/3", "1/2 ", " 1/2", "1x/2",
	                                    "1/2147483648", "slurm", "slurm/0", "slurm/", "slurm/x", "Slurm/2"};
	struct shard s;
	struct err e;

	(void)state;
	assert_int_equal(shard_parse(&s, "2/7", &e), 0);
	assert_true(shard_same(s, (struct shard){2, 7}));
	assert_int_equal(shard_parse(&s, "2147483647/2147483647", &e), 0);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(shard_parse(&s, wrong[i], &e), -1);
	unsetenv("SLURM_ARRAY_TASK_ID");
	assert_int_equal(shard_parse(&s, "slurm/3", &e), -1);
	setenv("SLURM_ARRAY_TASK_ID", "3", 1);
	assert_int_equal(shard_parse(&s, "slurm/3", &e), 0);
	assert_true(shard_same(s, (struct shard){3, 3}));
	assert_int_equal(shard_parse(&s, "slurm/2", &e), -1);
	unsetenv("SLURM_ARRAY_TASK_ID");
}

/* Blocks follow each other, cover the list and differ by one item at most. */
static void check_blocks(int64_t items, int64_t n)
{
	int64_t next = 0, least = INT64_MAX, most = 0, from, to;

	for (int64_t i = 1; i <= n; i++) {
		shard_block((struct shard){i, n}, items, &from, &to);
		assert_int_equal(from, next);
		assert_true(to >= from);
		least = to - from < least ? to - from : least;
		most = to - from > most ? to - from : most;
		next = to;
	}
	assert_int_equal(next, items);
	assert_true(most - least <= 1);
}

static void test_blocks(void **state)
{
	int64_t from, to;

	(void)state;
	for (int64_t items = 0; items < 40; items++)
		for (int64_t n = 1; n < 50; n++)
			check_blocks(items, n);
	check_blocks(INT64_MAX, 97);
	shard_block((struct shard){INT32_MAX, INT32_MAX}, INT64_MAX, &from, &to);
	assert_true(to == INT64_MAX && from < to);
	shard_block((struct shard){0, 0}, 5, &from, &to);
	assert_true(from == 0 && to == 5);
}

static void test_head(void **state)
{
	struct record head = {0};
	struct shard s;
	struct err e;

	(void)state;
	head_init(&head);
	assert_int_equal(head_shard(&head, &s, &e), 0);
	assert_int_equal(head_set_shard(&head, (struct shard){0, 0}, &e), 0);
	assert_int_equal(head_set_shard(&head, (struct shard){1, 2}, &e), -1);
	record_set(&head, "items", "5");
	assert_int_equal(head_share(&head), 5);
	assert_int_equal(head_set_shard(&head, (struct shard){2, 2}, &e), 0);
	assert_string_equal(record_get(&head, "shard"), "2/2");
	assert_int_equal(head_share(&head), 3);
	assert_int_equal(head_set_shard(&head, (struct shard){2, 2}, &e), 0);
	assert_int_equal(head_set_shard(&head, (struct shard){1, 2}, &e), -1);
	record_set(&head, "shard", "slurm/2");
	assert_int_equal(head_shard(&head, &s, &e), -1);
	assert_int_equal(head_share(&head), 0);
	record_free(&head);
}

/* What a table says of its stream goes through the gate, too. */
static void test_take_head(void **state)
{
	static const struct {
		const char *line;
		int rc;
	} heads[] = {
		{"#shard\t1/2\titems=5\tlist=a\n", 1}, {"id\tlabel\n", 0}, {"#shard\t3/2\titems=5\n", -1},
		{"#shard\t1/2\titems\n", -1}, {"#shard\t1/2\titems=-5\n", -1}, {"#shard\t1/2\titems=5\tlist=a\\nb\n", -1},
		{"#shard\t1/2\titems=5\tclasses=A,\033[2J\n", -1}, {"#shard\t1/2\titems=5\ta\\tb=c\n", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		struct record head = {0};
		struct source src;
		struct shard s;
		struct tsv t;
		struct err e;

		source_memory(&src, "memory", heads[i].line, strlen(heads[i].line));
		tsv_init(&t, &src, '\n');
		assert_int_equal(tsv_next(&t, &e), 1);
		assert_int_equal(shard_take_head(&t, &head, &s, &e), heads[i].rc);
		tsv_free(&t);
		source_close(&src);
		record_free(&head);
	}
}

/* Five items with a record of another kind before the first, behind the first and behind the third. */
static void put_all(struct writer *w, const char *const *what, int n)
{
	struct record r = {0};
	struct err e;

	for (int i = 0; i < n; i++) {
		record_clear(&r);
		record_set(&r, "cxr", strlen(what[i]) == 1 ? "item" : "other");
		if (strlen(what[i]) == 1)
			record_set(&r, "index", what[i]);
		record_set(&r, "id", what[i]);
		assert_int_equal(writer_put(w, &r, &e), 0);
	}
	record_free(&r);
}

static const char *const all[] = {"before", "0", "behind 0", "1", "2", "behind 2", "3", "4"};
enum { ALL = sizeof all / sizeof *all };

static char *whole(size_t *n)
{
	char *bytes = NULL;
	struct record head = {0};
	struct writer w;
	struct err e;
	FILE *f = open_memstream(&bytes, n);

	head_init(&head);
	record_set(&head, "items", "5");
	assert_int_equal(writer_open(&w, f, &head, &e), 0);
	put_all(&w, all, ALL);
	assert_int_equal(writer_end(&w, &e), 0);
	fclose(f);
	record_free(&head);
	return bytes;
}

static void check_shard(const char *bytes, size_t n, struct shard s, const char *want)
{
	struct source src;
	struct reader r;
	struct record rec = {0};
	struct text got = {0};
	struct err e;
	int rc;

	source_memory(&src, "memory", bytes, n);
	assert_int_equal(reader_open(&r, &src, &e), 0);
	assert_int_equal(reader_shard(&r, s, &e), 0);
	text_add(&got, "");
	while ((rc = reader_next(&r, &rec, &e)) > 0)
		text_addf(&got, "%s,", record_get(&rec, "id"));
	assert_int_equal(rc, 0);
	assert_int_equal(reader_next(&r, &rec, &e), 0);
	assert_string_equal(got.s, want);
	text_free(&got);
	record_free(&rec);
	reader_close(&r);
	source_close(&src);
}

static void test_reader(void **state)
{
	size_t n;
	char *bytes = whole(&n);

	(void)state;
	check_shard(bytes, n, (struct shard){0, 0}, "before,0,behind 0,1,2,behind 2,3,4,");
	check_shard(bytes, n, (struct shard){1, 2}, "before,0,behind 0,1,");
	check_shard(bytes, n, (struct shard){2, 2}, "before,2,behind 2,3,4,");
	check_shard(bytes, n, (struct shard){1, 6}, "before,");
	check_shard(bytes, n, (struct shard){6, 6}, "before,4,");
	free(bytes);
}

/* A file with the first n bytes, opened for appending. */
static FILE *appending(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
	return fopen(path, "a");
}

static void check_file(const char *path, const char *bytes, size_t n)
{
	unsigned char *got;
	size_t ngot;
	struct err e;

	assert_int_equal(file_read(path, 1 << 20, &got, &ngot, &e), 0);
	assert_int_equal(ngot, n);
	assert_memory_equal(got, bytes, n);
	free(got);
}

/* What a tool does that writes its own first record and passes the others. */
static void resume(FILE *f)
{
	struct record head = {0}, r = {0};
	struct writer w;
	int64_t failed = 0;
	struct err e;

	head_init(&head);
	record_set(&head, "items", "5");
	assert_int_equal(writer_resume(&w, f, &head, &e), 0);
	put_all(&w, all, 1);
	for (int i = 1; i < ALL; i++) {
		record_clear(&r);
		record_set(&r, "cxr", strlen(all[i]) == 1 ? "item" : "other");
		if (strlen(all[i]) == 1)
			record_set(&r, "index", all[i]);
		record_set(&r, "id", all[i]);
		int rc = writer_has(&w, &r, &failed, &e);

		assert_true(rc >= 0);
		if (!rc)
			assert_int_equal(writer_put(&w, &r, &e), 0);
	}
	assert_int_equal(writer_end(&w, &e), 0);
	assert_int_equal(w.items, 5);
	assert_int_equal(failed, 0);
	record_free(&r);
	record_free(&head);
	fclose(f);
}

static void test_resume_stream(void **state)
{
	char path[] = "/tmp/cxr-resume.XXXXXX";
	size_t n;
	char *bytes = whole(&n);

	(void)state;
	close(mkstemp(path));
	for (size_t cut = 0; cut <= n; cut += cut + 5 > n && cut < n ? 1 : 5) {
		resume(appending(path, bytes, cut));
		check_file(path, bytes, n);
	}
	unlink(path);
	free(bytes);
}

/* Two rows for each of three items, one for the second, which has an error. */
static int make_table(FILE *f, bool again)
{
	struct record head = {0}, item = {0};
	struct table t;
	int64_t failed = 0;
	int made = 0;
	struct err e;

	head_init(&head);
	record_set(&head, "items", "3");
	record_set(&head, "shard", "1/1");
	assert_int_equal(table_open(&t, f, &head, again, &e), 0);
	fputs("id\tvalue\tstatus\tmore\n", table_text(&t));
	assert_int_equal(table_put(&t, &e), 0);
	for (int i = 0; i < 3; i++) {
		record_set(&item, "cxr", "item");
		record_setf(&item, "id", "a\\x09%d", i);
		int rc = table_has(&t, &item, 2, &failed, &e);

		assert_true(rc >= 0);
		if (rc)
			continue;
		made++;
		for (int k = 0; k < 1 + (i != 1); k++) {
			table_value(table_text(&t), record_get(&item, "id"), '\t');
			fprintf(table_text(&t), "%d\t%s\tx\n", k, i == 1 ? "cannot" : "ok");
		}
		assert_int_equal(table_put(&t, &e), 0);
		failed += i == 1;
	}
	assert_int_equal(table_end(&t, &e), 0);
	assert_int_equal(t.rows, 5);
	assert_int_equal(failed, 1);
	record_free(&item);
	record_free(&head);
	fclose(f);
	return made;
}

static void test_resume_table(void **state)
{
	char path[] = "/tmp/cxr-resume.XXXXXX", *bytes = NULL;
	size_t n;
	int made = 4, before;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(make_table(open_memstream(&bytes, &n), false), 3);
	assert_non_null(strstr(bytes, "\na\\t0\t0\tok\tx\n"));
	assert_non_null(strstr(bytes, "\n#end\t5\n"));
	for (size_t cut = 0; cut <= n; cut++) {
		before = made;
		made = make_table(appending(path, bytes, cut), true);
		check_file(path, bytes, n);
		assert_true(made <= before);
	}
	assert_int_equal(made, 0);
	unlink(path);
	free(bytes);
}

/* What is none of this work is left alone. */
static void test_resume_other(void **state)
{
	char path[] = "/tmp/cxr-resume.XXXXXX";
	struct record head = {0}, r = {0};
	struct writer w;
	int64_t failed = 0;
	struct err e;
	size_t n;
	char *bytes = whole(&n);
	FILE *f;

	(void)state;
	close(mkstemp(path));
	head_init(&head);
	f = appending(path, "notes\n", 6);
	assert_int_equal(writer_resume(&w, f, &head, &e), -1);
	fclose(f);
	check_file(path, "notes\n", 6);
	f = appending(path, bytes, n);
	record_set(&head, "items", "5");
	assert_int_equal(writer_resume(&w, f, &head, &e), 0);
	record_set(&r, "cxr", "item");
	record_set(&r, "id", "0");
	assert_int_equal(writer_has(&w, &r, &failed, &e), -1);
	fclose(f);
	check_file(path, bytes, n);
	f = fopen("/dev/null", "a");
	assert_int_equal(writer_resume(&w, f, &head, &e), -1);
	fclose(f);
	unlink(path);
	record_free(&r);
	record_free(&head);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse), cmocka_unit_test(test_blocks), cmocka_unit_test(test_head),
		cmocka_unit_test(test_take_head),
		cmocka_unit_test(test_reader), cmocka_unit_test(test_resume_stream), cmocka_unit_test(test_resume_table),
		cmocka_unit_test(test_resume_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
