/* Tables of boxes on images. */
#include "base/boxlist.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"

static struct boxlist_box *add_box(struct boxlist *m, const char *name)
{
	m->box = grow(m->box, m->n, &m->cap, sizeof *m->box);
	m->box[m->n] = (struct boxlist_box){.name = xstrdup(name), .row = m->n};
	return &m->box[m->n++];
}

/* x y width height at p, separated by blanks or commas; how many bytes, 0: no box is there. One without size says that
 * the image has none; one of a negative or of a single side says nothing. */
static int scan_box(const char *p, struct boxlist_box *b)
{
	double *part[] = {&b->x, &b->y, &b->width, &b->height};
	const char *at = p;

	for (int i = 0; i < 4; i++) {
		if (i && *at != ',' && *at != ' ')
			return 0;
		at = num_part(at + (i > 0), part[i]);
		if (!at || !isfinite(*part[i]))
			return 0;
	}
	return b->width >= 0 && b->height >= 0 && (b->width > 0) == (b->height > 0) ? (int)(at - p) : 0;
}

/* Boxes of one image, separated by semicolons; none is known, too. */
static int add_boxes(struct boxlist *m, const char *name, const char *boxes, struct err *e)
{
	for (const char *p = boxes;; p++) {
		struct boxlist_box *b = add_box(m, name);
		int n = *p ? scan_box(p, b) : 0;

		if (*p && !n)
			return err_set(e, "%s: '%s' is no box x,y,width,height", name, p);
		p += n;
		if (*p != ';')
			return *p ? err_set(e, "%s: '%s' is no box x,y,width,height", name, boxes) : 0;
	}
}

struct box_columns {
	int name, lesions, part[4]; /* lesions, or the four */
};

static int find_columns(const struct tsv *in, struct box_columns *c)
{
	static const char *const names[] = {"x", "y", "width", "height"};

	c->name = tsv_find(in, "image") >= 0 ? tsv_find(in, "image") : tsv_find(in, "path");
	c->lesions = tsv_find(in, "lesions");
	for (int i = 0; i < 4 && c->lesions < 0; i++)
		if ((c->part[i] = tsv_find(in, names[i])) < 0)
			return -1;
	return c->name < 0 ? -1 : 0;
}

static int read_row(struct boxlist *m, const struct tsv *in, const struct box_columns *c, struct err *e)
{
	char **f = in->field, *boxes;
	int rc;

	boxes = c->lesions >= 0 ? xstrdup(f[c->lesions]) :
	        xasprintf("%s %s %s %s", f[c->part[0]], f[c->part[1]], f[c->part[2]], f[c->part[3]]);
	rc = add_boxes(m, f[c->name], strspn(boxes, " ") == strlen(boxes) ? "" : boxes, e);
	free(boxes);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	const struct boxlist_box *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->row > y->row) - (x->row < y->row);
}

/* Of sorted ones. Every part of a map is held against every box of its image. */
static int check_count(const struct boxlist *m, struct err *e)
{
	for (size_t i = BOXLIST_MOST; i < m->n; i++)
		if (!strcmp(m->box[i].name, m->box[i - BOXLIST_MOST].name))
			return err_set(e, "%s: more than %d boxes", m->box[i].name, BOXLIST_MOST);
	return 0;
}

int boxlist_read(struct boxlist *m, struct source *table, struct err *e)
{
	struct box_columns c = {0};
	struct tsv in;
	int rc;

	tsv_init(&in, table, '\n');
	in.whole = in.table = true;
	if ((rc = tsv_next(&in, e)) == 0)
		rc = err_set(e, "%s: no table", table->name);
	else if (rc > 0 && find_columns(&in, &c))
		rc = err_set(e, "%s: the columns must be image x y width height, or path lesions", table->name);
	while (rc > 0 && (rc = tsv_next(&in, e)) > 0)
		if (read_row(m, &in, &c, e))
			rc = err_prefix(e, "%s: line %ld", table->name, in.line);
	tsv_free(&in);
	if (m->n)
		qsort(m->box, m->n, sizeof *m->box, by_name);
	if (!rc && check_count(m, e))
		return err_prefix(e, "%s", table->name);
	return rc;
}

/* The first box whose name is not below that. */
static size_t first_of(const struct boxlist *m, const char *name)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(m->box[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct boxlist_box *boxlist_of(const struct boxlist *m, const char *id, size_t *n)
{
	*n = 0;
	for (const char *name = id; name; name = strchr(name, '/') ? strchr(name, '/') + 1 : NULL) {
		size_t first = first_of(m, name);

		while (first + *n < m->n && !strcmp(m->box[first + *n].name, name))
			(*n)++;
		if (*n)
			return &m->box[first];
	}
	return NULL;
}

void boxlist_free(struct boxlist *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->box[i].name);
	free(m->box);
	*m = (struct boxlist){0};
}
