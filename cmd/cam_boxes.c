/* Where lesions are: a directory of masks, or a table of boxes. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tsv.h"
#include "cam_item.h"

/* The box's corners x y width height at p, separated by blanks or commas; how many bytes, 0 for none. */
static int scan_box(const char *p, double box[4])
{
	int n = 0;

	return sscanf(p, "%lf%*1[, ]%lf%*1[, ]%lf%*1[, ]%lf%n", &box[0], &box[1], &box[2], &box[3], &n) == 4 ? n : 0;
}

static int add_row(struct truth *t, const char *name, const char *boxes, struct err *e)
{
	t->row = grow(t->row, t->n, &t->cap, sizeof *t->row);
	t->row[t->n++] = (struct truth_row){.name = xstrdup(name)};
	for (int step; *boxes; boxes += step + (boxes[step] == ';')) {
		if (!(step = scan_box(boxes, t->row[t->n - 1].box)))
			return err_set(e, "%s: '%s' is no box x,y,width,height", name, boxes);
		if (boxes[step] == ';') {
			t->row = grow(t->row, t->n, &t->cap, sizeof *t->row);
			t->row[t->n++] = (struct truth_row){.name = xstrdup(name)};
		}
	}
	return 0;
}

/* `image x y width height`, a row for each box, or cxr-phantom's truth.tsv: `path` and `lesions`. */
static int read_table(struct truth *t, struct tsv *in, struct err *e)
{
	int rc = tsv_next(in, e), name, column[4], lesions, most;
	static const char *const names[] = {"x", "y", "width", "height"};

	if (rc <= 0)
		return rc ? rc : err_set(e, "%s: no table", t->path);
	name = tsv_find(in, "image") >= 0 ? tsv_find(in, "image") : tsv_find(in, "path");
	lesions = most = tsv_find(in, "lesions");
	for (int i = 0; i < 4; i++) {
		column[i] = tsv_find(in, names[i]);
		most = lesions < 0 && column[i] < 0 ? -1 : column[i] > most ? column[i] : most;
		if (most < 0)
			break;
	}
	if (name < 0 || most < 0)
		return err_set(e, "%s: the columns must be image x y width height, or path lesions", t->path);
	most = name > most ? name : most;
	while ((rc = tsv_next(in, e)) > 0) {
		char *boxes;

		if (in->nfield <= most)
			return err_set(e, "%s: line %ld: too few columns", t->path, in->line);
		boxes = lesions >= 0 ? xstrdup(in->field[lesions]) :
		        xasprintf("%s %s %s %s", in->field[column[0]], in->field[column[1]], in->field[column[2]],
		                  in->field[column[3]]);
		rc = add_row(t, in->field[name], boxes, e);
		free(boxes);
		if (rc)
			return err_prefix(e, "%s: line %ld", t->path, in->line);
	}
	return rc;
}

int truth_open(struct truth *t, struct err *e)
{
	struct source src;
	struct tsv in;
	int rc;

	if (!t->path || (t->dir = file_is_dir(t->path)))
		return 0;
	if (source_open_any(&src, t->path, e))
		return -1;
	tsv_init(&in, &src, '\n');
	rc = read_table(t, &in, e);
	tsv_free(&in);
	source_close(&src);
	return rc;
}

void truth_close(struct truth *t)
{
	if (t->asked && !t->found)
		warn("%s: knows none of the images", t->path);
	for (size_t i = 0; i < t->n; i++)
		free(t->row[i].name);
	free(t->row);
}
