#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "report.h"
#include "stream/stream.h"

static bool exists(const char *path)
{
	struct stat st;
	return !stat(path, &st);
}

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
	if (exists(path) && !(rc = source_file(&src, path, e))) {
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

/* The metadata of a model file or the head of a stream; neither is read further. Absent: stays empty. */
static int load_head(struct record *rec, const char *dir, const char *name, struct err *e)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct source src;
	int rc = 0;
	if (exists(path) && !(rc = source_file(&src, path, e))) {
		rc = record_read(rec, &src, NULL, e);
		if (!rc)
			err_set(e, "empty file");
		source_close(&src);
		rc = rc > 0 ? 0 : err_prefix(e, "%s", path);
	}
	free(path);
	return rc;
}

bool report_binary(const struct report *r)
{
	const char *classes = record_get(&r->model, "classes"), *comma;
	if (classes)
		return (comma = strchr(classes, ',')) && !strchr(comma + 1, ',');
	int n = 0;
	for (int i = 0; i < r->scores.ncol; i++)
		n += !strncmp(r->scores.cell[i], "p_", 2);
	return n == 2;
}

/* The last class: by the model, else the last p_ column of the scores. Borrowed. */
static const char *positive(const struct report *r)
{
	const char *classes = record_get(&r->model, "classes"), *last = "";
	if (classes)
		return strrchr(classes, ',') ? strrchr(classes, ',') + 1 : classes;
	for (int i = 0; i < r->scores.ncol; i++)
		if (!strncmp(r->scores.cell[i], "p_", 2))
			last = r->scores.cell[i] + 2;
	return last;
}

int report_load(struct report *r, struct err *e)
{
	if (!file_is_dir(r->dir))
		return err_set(e, "%s: not a folder", r->dir);
	if (table_read(&r->list, r->dir, "list.tsv", e) || table_read(&r->log, r->dir, "log.tsv", e) ||
	    table_read(&r->scores, r->dir, "scores-test.tsv", e) || table_read(&r->metrics, r->dir, "metrics.tsv", e) ||
	    table_read(&r->confusion, r->dir, "curves/confusion.tsv", e) ||
	    load_head(&r->model, r->dir, "model.safetensors", e) || load_head(&r->head, r->dir, "test.cxr", e))
		return -1;
	r->synthetic = table_column(&r->list, "x.synthetic") >= 0 || table_column(&r->list, "synthetic") >= 0;
	r->positive = positive(r);
	return 0;
}

void report_free(struct report *r)
{
	table_free(&r->list);
	table_free(&r->log);
	table_free(&r->scores);
	table_free(&r->metrics);
	table_free(&r->confusion);
	record_free(&r->model);
	record_free(&r->head);
}

bool report_metric(const struct report *r, const char *name, double *value, double *lo, double *hi)
{
	const struct table *t = &r->metrics;
	for (size_t i = 0; i < t->nrow; i++) {
		if (strcmp(table_at(t, i, 0), name))
			continue;
		if (value)
			*value = table_number(t, i, table_column(t, "value"));
		if (lo)
			*lo = table_number(t, i, table_column(t, "lo"));
		if (hi)
			*hi = table_number(t, i, table_column(t, "hi"));
		return true;
	}
	return false;
}

bool report_counts(const struct report *r, size_t row)
{
	const struct table *t = &r->scores;
	const char *status = table_at(t, row, table_column(t, "status"));
	return (!strcmp(status, "ok") || !strcmp(status, "seen")) && *table_at(t, row, table_column(t, "label"));
}

char *report_overlay(const struct report *r, size_t row)
{
	const char *id = table_at(&r->scores, row, table_column(&r->scores, "id"));
	return xasprintf("%s/overlays/%s.png", r->dir, id);
}
