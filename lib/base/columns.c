/* TSV files in memory, whole: for the small tables that are looked up by row and by name. */
#include "base/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"

static void add_row(struct columns *t, const struct tsv *row)
{
	size_t used = (t->nrow + 1) * t->ncol;

	if (!t->ncol) {
		t->ncol = row->nfield;
		used = 0;
	} else {
		t->nrow++;
	}
	for (int i = 0; i < t->ncol; i++) {
		t->cell = grow(t->cell, used + i, &t->cap, sizeof *t->cell);
		t->cell[used + i] = xstrdup(row->field[i]);
	}
}

int columns_read(struct columns *t, const char *path, struct err *e)
{
	struct source src;
	struct tsv row;
	int rc;

	*t = (struct columns){0};
	if (source_file(&src, path, e))
		return -1;
	tsv_init(&row, &src, '\n');
	row.table = true;
	while ((rc = tsv_next(&row, e)) > 0) {
		add_row(t, &row);
		t->cut = row.cut;
	}
	if (!rc && !t->ncol)
		rc = err_set(e, "%s: empty, not even a header line", path);
	tsv_free(&row);
	source_close(&src);
	return rc;
}

void columns_free(struct columns *t)
{
	for (size_t i = 0; t->ncol && i < (t->nrow + 1) * t->ncol; i++)
		free(t->cell[i]);
	free(t->cell);
	*t = (struct columns){0};
}

int columns_find(const struct columns *t, const char *name)
{
	for (int i = 0; i < t->ncol; i++)
		if (!strcmp(t->cell[i], name))
			return i;
	return -1;
}

const char *columns_at(const struct columns *t, size_t row, int column)
{
	return column < 0 ? "" : t->cell[(row + 1) * t->ncol + column];
}

double columns_number(const struct columns *t, size_t row, int column)
{
	double x;

	return num_double(columns_at(t, row, column), &x) ? x : NAN;
}
