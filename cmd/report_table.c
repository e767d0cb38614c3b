/* TSV files in memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "report.h"

static void table_row(struct table *t, const struct tsv *row)
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
		t->cell[used + i] = xstrdup(i < row->nfield ? row->field[i] : "");
	}
}

int table_read(struct table *t, const char *dir, const char *name, struct err *e)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct source src;
	struct tsv tsv;
	int rc = 0;
	*t = (struct table){0};
	if (report_exists(path) && !(rc = source_file(&src, path, e))) {
		tsv_init(&tsv, &src, '\n');
		while ((rc = tsv_next(&tsv, e)) > 0)
			table_row(t, &tsv);
		tsv_free(&tsv);
		source_close(&src);
	}
	free(path);
	return rc;
}

void table_free(struct table *t)
{
	for (size_t i = 0; t->ncol && i < (t->nrow + 1) * t->ncol; i++)
		free(t->cell[i]);
	free(t->cell);
	*t = (struct table){0};
}

int table_column(const struct table *t, const char *name)
{
	for (int i = 0; i < t->ncol; i++)
		if (!strcmp(t->cell[i], name))
			return i;
	return -1;
}

const char *table_at(const struct table *t, size_t row, int column)
{
	return column < 0 ? "" : t->cell[(row + 1) * t->ncol + column];
}

double table_number(const struct table *t, size_t row, int column)
{
	double x;
	return num_double(table_at(t, row, column), &x) ? x : NAN;
}
