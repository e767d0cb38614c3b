#ifndef TESTS_STAT_TABLE_H
#define TESTS_STAT_TABLE_H

/* A TSV file or text as cells, for tests. Include after cmocka.h. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"

struct cells {
	char **cell;
	int columns;
	size_t rows, cap; /* rows with the header, which is row 0 */
};

static inline struct cells cells_read(struct source *src)
{
	struct cells c = {0};
	struct tsv t;
	struct err e = {""};
	int rc;

	tsv_init(&t, src, '\n');
	while ((rc = tsv_next(&t, &e)) > 0) {
		c.columns = c.columns ? c.columns : t.nfield;
		assert_int_equal(t.nfield, c.columns);
		for (int i = 0; i < t.nfield; i++) {
			c.cell = grow(c.cell, c.rows * c.columns + i, &c.cap, sizeof *c.cell);
			c.cell[c.rows * c.columns + i] = xstrdup(t.field[i]);
		}
		c.rows++;
	}
	assert_string_equal(e.text, "");
	tsv_free(&t);
	source_close(src);
	return c;
}

static inline struct cells cells_file(const char *path)
{
	struct source src;
	struct err e;

	if (source_file(&src, path, &e))
		fail_msg("%s", e.text);
	return cells_read(&src);
}

static inline struct cells cells_text(const char *text)
{
	struct source src;

	source_memory(&src, "text", text, strlen(text));
	return cells_read(&src);
}

static inline const char *cells_at(const struct cells *c, size_t row, const char *column)
{
	for (int i = 0; i < c->columns; i++)
		if (!strcmp(c->cell[i], column))
			return c->cell[row * c->columns + i];
	fail_msg("no column %s", column);
	return "";
}

static inline double cells_number(const struct cells *c, size_t row, const char *column)
{
	double x = 0;

	if (!num_double(cells_at(c, row, column), &x))
		fail_msg("%s is no number", cells_at(c, row, column));
	return x;
}

static inline void cells_free(struct cells *c)
{
	for (size_t i = 0; i < c->rows * c->columns; i++)
		free(c->cell[i]);
	free(c->cell);
}

#endif
