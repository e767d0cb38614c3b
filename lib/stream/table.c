/* Tables written from a stream, a row or several for each item, gone on with where an earlier run left off. */
#include "stream/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tsv.h"
#include "stream/earlier.h"
#include "stream/stream.h"

void table_value(FILE *f, const char *text, char end)
{
	size_t n;
	char *plain = text_unescape(text ? text : "", &n);

	tsv_put(f, plain, end);
	free(plain);
}

int table_open(struct table *t, FILE *f, const struct record *head, bool resume, struct err *e)
{
	*t = (struct table){.f = f, .head = head, .flush = resume};
	if (resume && !record_get(head, "shard"))
		return err_set(e, "only the table of a shard can be resumed (--shard 1/1: of the whole)");
	if (resume && !(t->earlier = earlier_open(f, e)))
		return -1;
	t->memory = text_open(&t->text);
	text_add(&t->text, "");
	shard_put_head(t->memory, head);
	return 0;
}

FILE *table_text(struct table *t)
{
	return t->memory;
}

static int stop_comparing(struct table *t, struct err *e)
{
	struct earlier *a = t->earlier;

	t->earlier = NULL;
	return earlier_close(a, e);
}

/* Puts out what has been written to memory, or finds it there. */
static int put_lines(struct table *t, struct err *e)
{
	int rc = 0;

	fflush(t->memory);
	if (t->earlier)
		rc = earlier_bytes(t->earlier, t->text.s, t->text.len, e);
	if (rc < 0)
		return earlier_leave(&t->earlier);
	if (!rc && t->earlier && stop_comparing(t, e))
		return -1;
	if (!rc && (fwrite(t->text.s, 1, t->text.len, t->f) != t->text.len || (t->flush && fflush(t->f))))
		return err_errno(e, "cannot write");
	t->text.len = 0;
	return 0;
}

static int column(const char *line, const char *name)
{
	size_t length = strlen(name);

	for (int k = 0;; k++) {
		size_t n = strcspn(line, "\t\n");

		if (n == length && !memcmp(line, name, n))
			return k;
		if (line[n] != '\t')
			return -1;
		line += n + 1;
	}
}

int table_put(struct table *t, struct err *e)
{
	fflush(t->memory);
	for (size_t i = 0; i < t->text.len && t->begun; i++)
		t->rows += t->text.s[i] == '\n';
	if (!t->begun) {
		const char *header = *t->text.s == '#' ? strchr(t->text.s, '\n') + 1 : t->text.s;

		t->status = column(header, "status");
		t->begun = true;
	}
	return put_lines(t, e);
}

/* Does the line begin with the item's id? */
static bool is_row_of(const char *line, const struct record *item)
{
	struct text text = {0};
	FILE *f = text_open(&text);

	table_value(f, record_get(item, "id"), '\t');
	fclose(f);
	bool is = !strncmp(line, text.s, text.len);
	text_free(&text);
	return is;
}

static bool row_failed(const struct table *t, const char *line)
{
	for (int k = 0; k < t->status; k++)
		line = strchr(line, '\t') ? strchr(line, '\t') + 1 : "";
	size_t n = strcspn(line, "\t");
	return !(n == 2 && !memcmp(line, "ok", 2)) && !(n == 4 && !memcmp(line, "seen", 4));
}

int table_has(struct table *t, const struct record *input, int rows, int64_t *failed, struct err *e)
{
	bool bad = false;

	if (!t->earlier)
		return 0;
	if (!record_is_item(input))
		return 1;
	for (int k = 0; k < rows && !bad; k++) {
		const char *line = earlier_line(t->earlier);

		if (!line)
			return stop_comparing(t, e);
		if (!is_row_of(line, input)) {
			err_set(e, "holds other work: another row where '%s' should be", record_get(input, "id"));
			return earlier_leave(&t->earlier);
		}
		bad = row_failed(t, line);
	}
	earlier_keep(t->earlier);
	t->rows += bad ? 1 : rows;
	*failed += bad && !record_error(input);
	return 1;
}

int table_end(struct table *t, struct err *e)
{
	shard_put_end(t->memory, t->head, t->rows);
	int rc = put_lines(t, e);
	if (!rc && t->earlier)
		rc = earlier_end(t->earlier, e) ? earlier_leave(&t->earlier) : stop_comparing(t, e);
	if (!rc && fflush(t->f))
		rc = err_errno(e, "cannot write");
	fclose(t->memory);
	text_free(&t->text);
	return rc;
}
