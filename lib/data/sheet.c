/* Tables of other people's: CSV and TSV, read by libcsv. */
#include "data/sheet.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "base/kind.h"
#include "base/mem.h"

enum { SHEET_MAX_FIELDS = 10000 };

struct sheet_parser {
	struct sheet *s;
	struct sheet_row row; /* that is being read */
	size_t cap;
	long line;
	bool many;
};

static void take_field(void *bytes, size_t n, void *ctx)
{
	struct sheet_parser *p = ctx;

	if (p->row.n >= SHEET_MAX_FIELDS) {
		p->many = true;
		return;
	}
	p->row.field = grow(p->row.field, p->row.n, &p->cap, sizeof *p->row.field);
	p->row.field[p->row.n++] = n ? xstrndup(bytes, n) : xstrdup("");
}

static void take_row(int end, void *ctx)
{
	struct sheet_parser *p = ctx;

	p->s->cut = end < 0; /* libcsv's word for the end of the file */
	p->row.line = ++p->line;
	p->s->row = grow(p->s->row, p->s->n, &p->s->cap, sizeof *p->s->row);
	p->s->row[p->s->n++] = p->row;
	p->row = (struct sheet_row){0};
	p->cap = 0;
}

/* The separator that the first line, outside quotes, has most of. */
static char separator_of(const char *text, size_t n)
{
	static const char marks[] = ",;\t";
	size_t count[3] = {0};
	bool quoted = false;
	int best = 0;

	for (size_t i = 0; i < n && (quoted || (text[i] != '\n' && text[i] != '\r')); i++) {
		const char *mark = text[i] ? strchr(marks, text[i]) : NULL;

		quoted ^= text[i] == '"';
		if (mark && !quoted)
			count[mark - marks]++;
	}
	for (int k = 1; k < 3; k++)
		best = count[k] > count[best] ? k : best;
	return marks[best];
}

bool sheet_is_header(const char *line)
{
	static const char *const names[] = {"path", "image", "file", "label", "id", "patient", "finding", "class", "target"};
	char mark = separator_of(line, strlen(line));

	if (mark == '\t' || !strchr(line, mark))
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcasestr(line, names[i]))
			return true;
	return false;
}

static int parse(struct csv_parser *csv, struct sheet_parser *p, struct source *src, struct err *e)
{
	enum { CHUNK = 1 << 16 };
	char *buf = xmalloc(CHUNK), *from = buf;
	ptrdiff_t n = source_read(src, buf, CHUNK, e);

	if (n > 0 && kind_refuse_lines((unsigned char *)buf, (size_t)n, "a table", e))
		n = -1;
	if (n >= 3 && !memcmp(buf, "\xef\xbb\xbf", 3)) { /* a byte order mark */
		from += 3;
		n -= 3;
	}
	if (n > 0)
		csv_set_delim(csv, separator_of(from, (size_t)n));
	for (; n > 0; n = n > 0 ? source_read(src, from = buf, CHUNK, e) : n)
		if (memchr(from, '\0', (size_t)n))
			n = err_set(e, "line %ld: NUL byte (not a text file?)", p->line + 1);
		else if (csv_parse(csv, from, (size_t)n, take_field, take_row, p) != (size_t)n)
			n = err_set(e, "line %ld: %s", p->line + 1, csv_strerror(csv_error(csv)));
		else if (p->many)
			n = err_set(e, "line %ld: more than %d fields", p->line + 1, SHEET_MAX_FIELDS);
	free(buf);
	if (n < 0)
		return -1;
	if (csv_fini(csv, take_field, take_row, p))
		return err_set(e, "ends inside quotes");
	if (p->s->cut && p->s->row[p->s->n - 1].n < p->s->row[0].n)
		return err_set(e, "line %ld: cut off: the last line has no end, and fewer fields than the first", p->line);
	return 0;
}

int sheet_read(struct sheet *s, struct source *src, struct err *e)
{
	struct sheet_parser p = {.s = s};
	struct csv_parser csv;
	int rc;

	*s = (struct sheet){0};
	if (csv_init(&csv, CSV_STRICT | CSV_STRICT_FINI))
		return err_set(e, "%s: libcsv does not start", src->name);
	csv_set_blk_size(&csv, 1 << 16); /* by so many bytes a field grows: not its square in copies, as by libcsv's 128 */
	rc = parse(&csv, &p, src, e);
	csv_free(&csv);
	for (int i = 0; i < p.row.n; i++)
		free(p.row.field[i]);
	free(p.row.field);
	if (!rc && !s->n)
		rc = err_set(e, "an empty table");
	if (!rc)
		return 0;
	sheet_free(s);
	return err_prefix(e, "%s", src->name);
}

void sheet_free(struct sheet *s)
{
	for (size_t i = 0; i < s->n; i++) {
		for (int k = 0; k < s->row[i].n; k++)
			free(s->row[i].field[k]);
		free(s->row[i].field);
	}
	free(s->row);
	*s = (struct sheet){0};
}

int sheet_column(const struct sheet *s, const char *name, struct err *e)
{
	const struct sheet_row *names = &s->row[0];
	struct text t = {0};

	for (int k = 0; k < names->n; k++)
		if (!strcmp(names->field[k], name))
			return k;
	for (int k = 0; k < names->n; k++)
		text_addf(&t, "%s%.60s", k ? ", " : "", names->field[k]);
	err_set(e, "no column '%s': there are %.600s", name, t.s ? t.s : "none");
	text_free(&t);
	return -1;
}

const char *sheet_at(const struct sheet *s, size_t row, int column)
{
	return column >= 0 && column < s->row[row].n ? s->row[row].field[column] : "";
}
