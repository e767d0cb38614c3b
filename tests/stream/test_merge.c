/* Shards of streams and tables merged: the bytes of the whole, and what is refused by name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "stream/merge.h"
#include "stream/stream.h"
#include "unit.h"

enum { ITEMS = 7 };

static char folder[] = "/tmp/cxr-merge.XXXXXX";

static char *path_of(const char *name)
{
	return xasprintf("%s/%s", folder, name);
}

static void write_text(const char *name, const char *text)
{
	char *path = path_of(name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

/* Shard i of n of a stream (n = 0: the whole) of seven items, with a model before them; `list` tells works apart. */
static void write_stream(const char *name, int64_t i, int64_t n, const char *list, const char *model)
{
	char *path = path_of(name);
	FILE *f = fopen(path, "w");
	struct record head = {0}, r = {0};
	struct writer w;
	struct err e;
	int64_t from, to;

	assert_non_null(f);
	head_init(&head);
	record_setf(&head, "items", "%d", ITEMS);
	record_set(&head, "list", list);
	assert_int_equal(head_set_shard(&head, (struct shard){i, n}, &e), 0);
	assert_int_equal(writer_open(&w, f, &head, &e), 0);
	record_set(&r, "cxr", "model");
	record_set(&r, "digest", model);
	assert_int_equal(writer_put(&w, &r, &e), 0);
	shard_block((struct shard){i, n}, ITEMS, &from, &to);
	for (int64_t k = from; k < to; k++) {
		record_clear(&r);
		record_set(&r, "cxr", "item");
		record_setf(&r, "index", "%lld", (long long)k);
		*(float *)record_add(&r, "logit", DT_F32, 1, (int64_t[]){1}) = (float)k;
		assert_int_equal(writer_put(&w, &r, &e), 0);
	}
	assert_int_equal(writer_end(&w, &e), 0);
	fclose(f);
	record_free(&head);
	record_free(&r);
	free(path);
}

/* Merges the named files into `out`; -1 with the message in e. */
static int merge(const char *names, const char *out, struct err *e)
{
	char *copy = xstrdup(names), *rest = copy, *word, *path[8];
	struct merge m;
	int n = 0, rc;

	while ((word = strsep(&rest, " ")))
		path[n++] = path_of(word);
	rc = merge_open(&m, source_file, path, n, e);
	if (!rc) {
		char *to = path_of(out);
		FILE *f = fopen(to, "w");

		rc = merge_write(&m, f, "output", e);
		fclose(f);
		free(to);
		merge_free(&m);
	}
	while (n)
		free(path[--n]);
	free(copy);
	return rc;
}

static void assert_same_file(const char *a, const char *b)
{
	char *pa = path_of(a), *pb = path_of(b);
	unsigned char *x, *y;
	size_t nx, ny;
	struct err e;

	assert_int_equal(file_read(pa, 1 << 20, &x, &nx, &e), 0);
	assert_int_equal(file_read(pb, 1 << 20, &y, &ny, &e), 0);
	assert_int_equal(nx, ny);
	assert_memory_equal(x, y, nx);
	free(x);
	free(y);
	free(pa);
	free(pb);
}

static void assert_refused(const char *names, const char *why)
{
	struct err e = {""};

	assert_int_equal(merge(names, "refused", &e), -1);
	if (!strstr(e.text, why))
		fail_msg("'%s' does not say '%s'", e.text, why);
}

static void streams(void **state)
{
	struct err e;

	(void)state;
	write_stream("whole", 0, 0, "L", "M");
	write_stream("1", 1, 3, "L", "M");
	write_stream("2", 2, 3, "L", "M");
	write_stream("3", 3, 3, "L", "M");
	assert_int_equal(merge("3 1 2", "out", &e), 0);
	assert_same_file("out", "whole");
	write_stream("only", 1, 1, "L", "M");
	assert_int_equal(merge("only", "out", &e), 0);
	assert_same_file("out", "whole");
	assert_refused("whole", "no shard");
	assert_refused("1 3", "shard 2/3 is missing");
	assert_refused("2", "2 of 3 shards are missing: 1/3, 3/3");
	assert_refused("1 2 2 3", "shard 2/3 is there twice");
	write_stream("otherlist", 2, 3, "other", "M");
	write_stream("othermodel", 2, 3, "L", "other");
	write_stream("othercut", 2, 4, "L", "M");
	assert_refused("1 otherlist 3", "otherlist: foreign shard");
	assert_refused("1 othercut 3", "othercut: foreign shard");
	assert_refused("1 othermodel 3", "foreign shard: its model record differs");
}

/* More shards than items: some have none. */
static void empty_shards(void **state)
{
	char names[64] = "";
	struct err e;

	(void)state;
	write_stream("whole", 0, 0, "L", "M");
	for (int i = 1; i <= 8; i++) {
		char name[8];

		snprintf(name, sizeof name, "s%d", i);
		write_stream(name, i, 8, "L", "M");
		snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i > 1 ? " " : "", name);
	}
	assert_int_equal(merge(names, "out", &e), 0);
	assert_same_file("out", "whole");
}

static void damage(void **state)
{
	char *path = path_of("2");
	struct stat st;
	struct err e;

	(void)state;
	write_stream("1", 1, 2, "L", "M");
	write_stream("2", 2, 2, "L", "M");
	assert_int_equal(merge("1 2", "out", &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 100), 0);
	assert_refused("1 2", "2: ");
	assert_int_equal(truncate(path, 0), 0);
	assert_refused("1 2", "2: empty file");
	assert_refused("1 nowhere", "nowhere: ");
	free(path);
}

static void tables(void **state)
{
	struct err e;

	(void)state;
	write_text("t", "id\tp\na\\tb\t1\nc\t2\nd\t3\n");
	write_text("t1", "#shard\t1/2\titems=3\tlist=L\nid\tp\na\\tb\t1\n#end\t1\n");
	write_text("t2", "#shard\t2/2\titems=3\tlist=L\nid\tp\nc\t2\nd\t3\n#end\t2\n");
	assert_int_equal(merge("t2 t1", "out", &e), 0);
	assert_same_file("out", "t");
	assert_refused("t1", "shard 2/2 is missing");
	assert_refused("t1 t1", "there twice");
	write_text("t2", "#shard\t2/2\titems=3\tlist=L\nid\tp\nc\t2\nd\t3\n");
	assert_refused("t1 t2", "t2: cut short: no end after 2 rows");
	write_text("t2", "#shard\t2/2\titems=3\tlist=L\nid\tp\nc\t2\n#end\t2\n");
	assert_refused("t1 t2", "t2: damaged: rows are 1, the last line says 2");
	write_text("t2", "#shard\t2/2\titems=3\tlist=L\nid\tp\nc\t2\n#end\t1\nx\n");
	assert_refused("t1 t2", "t2: damaged: lines behind its end");
	write_text("t2", "#shard\t2/2\titems=3\tlist=other\nid\tp\nc\t2\n#end\t1\n");
	assert_refused("t1 t2", "t2: foreign shard");
	write_text("t2", "#shard\t2/2\titems=3\tlist=L\n");
	assert_refused("t1 t2", "t2: no header line");
	assert_refused("t1 1", "1: foreign shard");
}

/* Of tables that do not say what they are the order given counts. The header of one without rows may lack columns. */
static void unnumbered_tables(void **state)
{
	struct err e;

	(void)state;
	write_text("whole", "id\tp\na\t1\nc\t2\n");
	write_text("u1", "id\tp\na\t1\n");
	write_text("u2", "id\tp\nc\t2\n");
	assert_int_equal(merge("u1 u2", "out", &e), 0);
	assert_same_file("out", "whole");
	assert_refused("u1 u2 u1", "u1: the same shard as");
	write_text("n1", "#shard\t1/2\titems=2\tlist=L\nid\n#end\t0\n");
	write_text("n2", "#shard\t2/2\titems=2\tlist=L\nid\tp\na\t1\nc\t2\n#end\t2\n");
	assert_int_equal(merge("n1 n2", "out", &e), 0);
	assert_same_file("out", "whole");
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char *command = xasprintf("rm -rf %s", folder);
	int rc = system(command);

	(void)state;
	free(command);
	return rc;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams),
		cmocka_unit_test(empty_shards),
		cmocka_unit_test(damage),
		cmocka_unit_test(tables),
		cmocka_unit_test(unnumbered_tables),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
