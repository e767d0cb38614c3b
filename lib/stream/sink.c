/* The output of a filter: a stream or a table, opened, gone on with, filled and ended in the same way. */
#include "stream/sink.h"

static int named(const struct sink *s, int rc, struct err *e)
{
	return rc < 0 ? err_prefix(e, "%s", s->name) : rc;
}

int sink_open(struct sink *s, FILE *f, const struct record *head, bool resume, struct err *e)
{
	switch (s->kind) {
	case SINK_NONE: return 0;
	case SINK_TABLE: return named(s, table_open(&s->table, f, head, resume, e), e);
	case SINK_STREAM: break;
	}
	return named(s, resume ? writer_resume(&s->stream, f, head, e) : writer_open(&s->stream, f, head, e), e);
}

/* A table's columns may depend on its first item. */
static int put_header(struct sink *s, const struct record *first, struct err *e)
{
	if (s->headed)
		return 0;
	s->headed = true;
	s->rows.header(s->rows.ctx, table_text(&s->table), first);
	return table_put(&s->table, e);
}

static int put_rows(struct sink *s, const struct record *item, struct err *e)
{
	if (!record_is_item(item))
		return 0;
	if (put_header(s, item, e))
		return -1;
	s->rows.rows(s->rows.ctx, table_text(&s->table), item);
	return table_put(&s->table, e);
}

int sink_put(struct sink *s, const struct record *r, struct err *e)
{
	switch (s->kind) {
	case SINK_NONE: return 0;
	case SINK_TABLE: return named(s, put_rows(s, r, e), e);
	case SINK_STREAM: break;
	}
	return named(s, writer_put(&s->stream, r, e), e);
}

int sink_has(struct sink *s, const struct record *input, int64_t *failed, struct err *e)
{
	switch (s->kind) {
	case SINK_NONE: return 0;
	case SINK_STREAM: return named(s, writer_has(&s->stream, input, failed, e), e);
	case SINK_TABLE: break;
	}
	if (record_is_item(input) && put_header(s, input, e))
		return named(s, -1, e);
	return named(s, table_has(&s->table, input, s->rows.each, failed, e), e);
}

int sink_end(struct sink *s, struct err *e)
{
	int rc = 0;

	if (s->kind == SINK_TABLE)
		rc = put_header(s, NULL, e) || table_end(&s->table, e) ? -1 : 0;
	else if (s->kind == SINK_STREAM)
		rc = writer_end(&s->stream, e);
	return named(s, rc, e);
}
