#ifndef BASE_TSV_H
#define BASE_TSV_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/file.h"

/* Tab-separated text. Tab, newline, carriage return and backslash in values are written \t \n \r \\ and read
 * back. Lines end in \n (\r\n is read too). Fields of the current row stay valid until the next tsv_next. */
struct tsv {
	struct source *src;
	const char *what;    /* "a list"; NULL: "a table". For those who hand it something else */
	char delimiter;      /* record delimiter: '\n', or '\0' for -0 lists */
	char **field;
	int nfield;
	long line;           /* number of the current line, from 1 */
	bool whole;          /* for those who read what a program wrote: a last line without its end is damage. Cut off
	                      * between two lines, a table cannot be told from a shorter one: only a shard's has an end mark */
	bool table;          /* the first line is a header: its columns have different names, and every row has as many
	                      * fields. Where it comes again, two tables were put into one file */
	bool cut;            /* the current row ends with the file, without a delimiter */
	/* private */
	char *buf;
	size_t len, cap, pos, fieldcap;
	int eof, columns;
	char *header;       /* the line as it stands */
	const char *before; /* what memory was for */
};
void tsv_init(struct tsv *t, struct source *src, char delimiter);
/* 1 row, 0 clean end, -1 error (a line over 16 MiB, NUL bytes, cut off, no row of the table) */
int tsv_next(struct tsv *t, struct err *e);
void tsv_free(struct tsv *t);
int tsv_distinct(const struct tsv *t, struct err *e); /* of a header: 0, or -1: two columns have the same name */
int tsv_find(const struct tsv *t, const char *name); /* column of the current row with that text, or -1 */

void tsv_put(FILE *f, const char *value, char end); /* escaped value, then end ('\t' or '\n') */

/* Length of the UTF-8 sequence that the n bytes begin with; 0: it is none, a control character, or misleading. */
size_t text_utf8_length(const char *text, size_t n);

/* Bytes that are not UTF-8 and control characters as \xHH, a backslash as two (stream strings). Fresh memory. */
char *text_escape(const char *s, size_t n);
char *text_unescape(const char *s, size_t *n);
/* A JSON string; what is no UTF-8, and what ends lines or turns their direction, becomes a replacement character. */
void text_put_json(FILE *f, const char *s);
/* For a terminal: control characters, C1 (U+0080 to U+009F, and as single bytes) among them, and bytes that are no
 * UTF-8 become '?'. In place, or the first n bytes of s as they are written. */
void text_clean(char *s);
void text_put_clean(FILE *f, const char *s, size_t n);

#endif
