/* Tab-separated text, row by row, with its escapes. */
#include "base/tsv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/kind.h"
#include "base/mem.h"

enum { CHUNK = 1 << 16, LINE_MAX_BYTES = 16 << 20 };

void tsv_init(struct tsv *t, struct source *src, char delimiter)
{
	*t = (struct tsv){.src = src, .delimiter = delimiter, .before = budget_for("the table")};
}

/* Moves the unread rest to the front and appends what the source has. One byte stays free for a NUL. */
static int fill(struct tsv *t, struct err *e)
{
	if (t->pos)
		memmove(t->buf, t->buf + t->pos, t->len - t->pos);
	t->len -= t->pos;
	t->pos = 0;
	if (t->cap < t->len + CHUNK + 1) {
		t->cap = 2 * t->len + CHUNK + 1;
		t->buf = xrealloc(t->buf, t->cap);
	}
	bool first = !t->line && !t->len && t->delimiter;
	ptrdiff_t r = source_read(t->src, t->buf + t->len, CHUNK, e);
	if (r < 0)
		return err_prefix(e, "%s", t->src->name);
	t->len += r;
	t->eof = r < CHUNK;
	if (first && kind_refuse_lines((unsigned char *)t->buf, t->len, t->what ? t->what : "a table", e))
		return err_prefix(e, "%s", t->src->name);
	return 0;
}

/* The next line: 1 with its bytes at *s, *n (and room for a NUL behind them), 0 at the end, -1. */
static int next_line(struct tsv *t, char **s, size_t *n, struct err *e)
{
	size_t seen = 0;
	for (;;) {
		char *from = t->pos ? t->buf + t->pos : t->buf, *end = NULL; /* no buffer yet: NULL */
		size_t left = t->len - t->pos;
		if (left > seen)
			end = memchr(from + seen, t->delimiter, left - seen);
		if (end || (t->eof && left)) {
			*s = from;
			*n = end ? (size_t)(end - from) : left;
			t->pos += *n + (end != NULL);
			t->cut = !end;
			t->line++;
			return 1;
		}
		if (t->eof)
			return 0;
		if (left > LINE_MAX_BYTES)
			return err_set(e, "%s: line %ld: longer than 16 MiB", t->src->name, t->line + 1);
		seen = left;
		if (fill(t, e))
			return -1;
	}
}

/* In place; what follows a backslash and is no escape stays as it is. */
static void unescape(char *s)
{
	char *to = strchr(s, '\\');
	if (!to)
		return;
	for (char *from = to; *from; from++, to++) {
		static const char code[] = "tnr\\", meaning[] = "\t\n\r\\";
		const char *c = *from == '\\' && from[1] ? strchr(code, from[1]) : NULL;
		*to = c ? meaning[c - code] : *from;
		from += c != NULL;
	}
	*to = 0;
}

static void add_field(struct tsv *t, char *s)
{
	size_t count = t->nfield;
	t->field = grow(t->field, count, &t->fieldcap, sizeof *t->field);
	t->field[t->nfield++] = s;
}

/* What a table's header is, and that each row is one of its rows. */
static int check_header(struct tsv *t, const char *line, struct err *e)
{
	if (t->line == 1)
		t->header = xstrdup(line);
	else if (!strcmp(line, t->header))
		return err_set(e, "%s: line %ld: the header again: are there two tables in the file?", t->src->name, t->line);
	return 0;
}

static int check_fields(struct tsv *t, struct err *e)
{
	if (t->line == 1) {
		t->columns = t->nfield;
		return tsv_distinct(t, e);
	}
	return t->nfield == t->columns ? 0 : err_set(e, "%s: line %ld: %d columns, the header has %d", t->src->name, t->line,
	                                             t->nfield, t->columns);
}

int tsv_next(struct tsv *t, struct err *e)
{
	char *s = NULL, *tab;
	size_t n = 0;
	t->nfield = 0;
	int rc = next_line(t, &s, &n, e);
	if (rc <= 0)
		return rc;
	if (t->cut && t->whole)
		return err_set(e, "%s: line %ld: cut off: the last line has no end", t->src->name, t->line);
	if (t->line == 1 && n >= 3 && !memcmp(s, "\xef\xbb\xbf", 3))
		s += 3, n -= 3; /* a byte order mark */
	s[n] = 0;
	if (!t->delimiter) {
		add_field(t, s); /* a raw path: no escapes, no tabs with a meaning */
		return 1;
	}
	if (memchr(s, 0, n))
		return err_set(e, "%s: line %ld: NUL byte (not a text file?)", t->src->name, t->line);
	if (n && s[n - 1] == '\r')
		s[n - 1] = 0;
	if (t->table && check_header(t, s, e))
		return -1;
	for (; (tab = strchr(s, '\t')); s = tab + 1) {
		*tab = 0;
		add_field(t, s);
	}
	add_field(t, s);
	for (int i = 0; i < t->nfield; i++)
		unescape(t->field[i]);
	return t->table && check_fields(t, e) ? -1 : 1;
}

void tsv_free(struct tsv *t)
{
	free(t->buf);
	free(t->header);
	free(t->field);
	budget_for(t->before);
	*t = (struct tsv){0};
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int tsv_distinct(const struct tsv *t, struct err *e)
{
	size_t n = (size_t)t->nfield;
	char **name = xreallocarray(NULL, n + 1, sizeof *name);
	int rc = 0;

	memcpy(name, t->field, n * sizeof *name);
	qsort(name, n, sizeof *name, by_text);
	for (size_t i = 1; i < n && !rc; i++)
		if (!strcmp(name[i - 1], name[i]))
			rc = err_set(e, "%s: line %ld: two columns are called %.200s", t->src->name, t->line, name[i]);
	free(name);
	return rc;
}

int tsv_find(const struct tsv *t, const char *name)
{
	for (int i = 0; i < t->nfield; i++)
		if (!strcmp(t->field[i], name))
			return i;
	return -1;
}

void tsv_put(FILE *f, const char *value, char end)
{
	for (const char *p = value; *p; p++)
		switch (*p) {
		case '\t':
			fputs("\\t", f);
			break;
		case '\n':
			fputs("\\n", f);
			break;
		case '\r':
			fputs("\\r", f);
			break;
		case '\\':
			fputs("\\\\", f);
			break;
		default:
			putc(*p, f);
		}
	putc(end, f);
}
