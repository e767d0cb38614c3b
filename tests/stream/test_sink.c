/* One output for streams and tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream/sink.h"
#include "unit.h"

static void header(void *ctx, FILE *to, const struct record *first)
{
	(void)ctx;
	fprintf(to, "id\tstatus%s\n", first ? "" : "\tnone");
}

static void rows(void *ctx, FILE *to, const struct record *item)
{
	(void)ctx;
	fprintf(to, "%s\tok\n", record_get(item, "id"));
}

static void put(struct sink *s, const char *kind, const char *id)
{
	struct record r = {0};
	struct err e;

	record_set(&r, "cxr", kind);
	record_set(&r, "id", id);
	assert_int_equal(sink_put(s, &r, &e), 0);
	record_free(&r);
}

/* What comes out for `items` items after a model record. Fresh memory. */
static char *run(enum sink_kind kind, int items, size_t *n)
{
	struct sink s = {.kind = kind, .rows = {NULL, header, rows, 1}, .name = "out"};
	struct record head = {0};
	char *text = NULL;
	struct err e;
	FILE *f = open_memstream(&text, n);

	head_init(&head);
	assert_int_equal(sink_open(&s, f, &head, false, &e), 0);
	put(&s, "model", "m");
	for (int i = 0; i < items; i++)
		put(&s, "item", i ? "b" : "a");
	assert_int_equal(sink_end(&s, &e), 0);
	assert_int_equal(fclose(f), 0);
	record_free(&head);
	return text;
}

static void tables(void **state)
{
	size_t n;
	char *text = run(SINK_TABLE, 2, &n);

	(void)state;
	assert_string_equal(text, "id\tstatus\na\tok\nb\tok\n");
	free(text);
	text = run(SINK_TABLE, 0, &n);
	assert_string_equal(text, "id\tstatus\tnone\n");
	free(text);
}

static void nothing(void **state)
{
	size_t n;
	char *text = run(SINK_NONE, 2, &n);

	(void)state;
	assert_int_equal(n, 0);
	free(text);
}

static void streams(void **state)
{
	size_t n;
	char *bytes = run(SINK_STREAM, 2, &n);
	struct record r = {0};
	struct source src;
	struct reader in;
	struct err e;
	int items = 0, others = 0;

	(void)state;
	source_memory(&src, "bytes", bytes, n);
	assert_int_equal(reader_open(&in, &src, &e), 0);
	while (reader_next(&in, &r, &e) > 0) {
		items += record_is_item(&r);
		others += !record_is_item(&r);
	}
	assert_true(in.ended);
	assert_int_equal(items, 2);
	assert_int_equal(others, 1);
	reader_close(&in);
	source_close(&src);
	record_free(&r);
	free(bytes);
}

/* A full disk is told by the output's name. */
static void errors(void **state)
{
	struct sink s = {.kind = SINK_STREAM, .name = "out"};
	struct record head = {0};
	struct err e;
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	head_init(&head);
	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	assert_int_equal(sink_open(&s, f, &head, false, &e), -1);
	assert_int_equal(strncmp(e.text, "out: ", 5), 0);
	fclose(f);
	record_free(&head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables), cmocka_unit_test(nothing), cmocka_unit_test(streams), cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
