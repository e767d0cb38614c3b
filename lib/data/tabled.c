/* From a table to a list: columns, images, labels. */
#include "data/tabled.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "data/finding.h"

/* --- Columns --------------------------------------------------------------------------------------------------- */

struct wanted {
	char *name; /* the list's */
	int column; /* the table's */
};
struct wanteds {
	struct wanted *w;
	size_t n, cap;
};

/* Where a pair NAME=COLUMN ends: at a comma that another one follows, so that a column's name may hold commas. */
static size_t pair_length(const char *text)
{
	size_t n = strcspn(text, ",");

	while (text[n]) {
		size_t more = strcspn(text + n + 1, ",=");

		if (text[n + 1 + more] == '=')
			break;
		n += 1 + more;
	}
	return n;
}

static int parse_columns(struct wanteds *to, const struct sheet *s, const char *text, struct err *e)
{
	for (size_t n; *text; text += n + (text[n] == ',')) {
		const char *equal = memchr(text, '=', n = pair_length(text));

		if (!equal || equal == text)
			return err_set(e, "'%.*s' is not NAME=COLUMN", (int)n, text);
		char *column = xstrndup(equal + 1, (size_t)(text + n - equal - 1));
		int k = sheet_column(s, column, e);

		free(column);
		if (k < 0)
			return -1;
		to->w = grow(to->w, to->n, &to->cap, sizeof *to->w);
		to->w[to->n++] = (struct wanted){xstrndup(text, (size_t)(equal - text)), k};
	}
	return 0;
}

static int column_of(const struct wanteds *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->w[i].name, name))
			return c->w[i].column;
	return -1;
}

/* What tells the images: a path, else a UID, an accession number, a study, else the patient. */
static int find_key(const struct wanteds *c, enum match_by *by, const char *columns, struct err *e)
{
	enum match_by k = 0;
	int found = -1;

	for (; k < MATCH_BYS && found < 0; k++)
		if ((found = column_of(c, match_names[k])) >= 0)
			*by = k;
	for (; k < MATCH_PATIENT; k++)
		if (column_of(c, match_names[k]) >= 0)
			return err_set(e, "%s=COLUMN and %s=COLUMN: one tells the images", match_names[*by], match_names[k]);
	return found >= 0 ? found : err_set(e, "no path=, sop=, accession=, study= or patient=COLUMN in '%s'", columns);
}

/* Whether a name is a column of the list, and not only the table's way to tell images. */
static bool is_listed(const char *name)
{
	return strcmp(name, match_names[MATCH_SOP]) && strcmp(name, match_names[MATCH_ACCESSION]) &&
	       strcmp(name, match_names[MATCH_STUDY]);
}

/* --- Labels ---------------------------------------------------------------------------------------------------- */

/* What the rows of one image say together. */
struct image_findings {
	struct text label; /* without --label-if: its findings, joined by | */
	bool found, other;
	int states; /* of finding_state, together */
};

static void judge(struct image_findings *v, const struct tabled *t, const char *cell, bool flags)
{
	enum finding_state state = finding_state(cell, flags);
	double want, is = 0;

	v->states |= state;
	if (state & (FINDING_UNCERTAIN | FINDING_BLANK))
		return;
	if (!t->found) {
		char *only = finding_only(cell);

		if (!v->label.s || !finding_has(v->label.s, only, false))
			text_addf(&v->label, "%s%s", v->label.len ? "|" : "", only);
		free(only);
		return;
	}
	bool same = flags && num_double(t->found, &want) ? num_double(cell, &is) && is == want :
	            flags ? state == FINDING_SOME : finding_has(cell, t->found, t->nocase);

	v->found |= same;
	v->other |= !same;
}

/* The label, NULL: the image is left out, which is counted. */
static const char *label_by(const struct image_findings *v, const struct tabled *t, struct tabled_notes *n)
{
	if (v->found)
		return t->found;
	if (v->states & FINDING_UNCERTAIN) {
		n->uncertain++;
		return NULL;
	}
	if (t->found && v->other && t->other)
		return t->other;
	if (!t->found && v->label.len) {
		n->several += finding_count(v->label.s) > 1;
		return v->label.s;
	}
	if (t->found && v->other)
		n->others++;
	else
		n->blank++;
	return NULL;
}

/* --- Images ---------------------------------------------------------------------------------------------------- */

struct row {
	const char *path;
	size_t at;    /* in the table */
	size_t first; /* the first row of the same path */
};

static int by_path(const void *x, const void *y)
{
	const struct row *a = x, *b = y;
	int r = strcmp(a->path, b->path);

	return r ? r : (a->at > b->at) - (a->at < b->at);
}

static int by_first(const void *x, const void *y)
{
	const struct row *a = x, *b = y;

	if (a->first != b->first)
		return (a->first > b->first) - (a->first < b->first);
	return (a->at > b->at) - (a->at < b->at);
}

static bool is_blank(const struct sheet_row *r)
{
	for (int k = 0; k < r->n; k++)
		if (r->field[k][0])
			return false;
	return true;
}

/* Rows of one path together, in the order of the table. */
static struct row *group_rows(const struct sheet *s, int path, size_t *n, struct tabled_notes *notes)
{
	struct row *r = xcalloc(s->n, sizeof *r);

	*n = 0;
	for (size_t i = 1; i < s->n; i++) {
		if (is_blank(&s->row[i]))
			continue;
		notes->shorter += s->row[i].n < s->row[0].n;
		if (sheet_at(s, i, path)[0])
			r[(*n)++] = (struct row){sheet_at(s, i, path), i, i};
		else
			notes->nameless++;
	}
	qsort(r, *n, sizeof *r, by_path);
	for (size_t i = 1; i < *n; i++)
		if (!strcmp(r[i].path, r[i - 1].path))
			r[i].first = r[i - 1].first;
	qsort(r, *n, sizeof *r, by_first);
	return r;
}

static bool are_flags(const struct sheet *s, int column)
{
	bool any = false;

	for (size_t i = 1; i < s->n; i++) {
		const char *cell = sheet_at(s, i, column);

		if (!finding_is_flag(cell))
			return false;
		any |= cell[0] != '\0';
	}
	return any;
}

static void put_item(struct list *l, const char *path, const char *label, const struct sheet *s,
                     const struct wanteds *c, size_t row)
{
	struct item *it = list_add(l, path);

	if (label) {
		free(it->label);
		it->label = xstrdup(label);
	}
	for (size_t i = 0; i < c->n; i++) {
		int k = list_column(l, c->w[i].name);
		char **field = k == 2 ? &it->patient : k == 3 ? &it->split : k > 3 ? &it->extra[k - 4] : NULL;

		if (!field)
			continue;
		free(*field);
		*field = xstrdup(sheet_at(s, row, c->w[i].column));
	}
}

/* A row of a table of DICOM files is named by its line: what stands in it identifies. */
static void note_missing(struct tabled_notes *notes, const char *cell, long line, bool hidden)
{
	notes->lines |= hidden;
	if (notes->missing++ >= TABLED_NAMES)
		return;
	text_add(&notes->names, notes->missing > 1 ? ", " : "");
	if (hidden)
		text_addf(&notes->names, "line %ld", line);
	else
		text_addf(&notes->names, "%.100s", cell);
}

/* The rows of one image or patient, one after another: r[0] to r[n-1]. */
static int add_image(struct list *l, const struct sheet *s, const struct tabled *t, const struct wanteds *c,
                     struct match *m, const struct row *r, size_t n, struct tabled_notes *notes, struct err *e)
{
	int label = column_of(c, "label");
	struct image_findings v = {0};
	const char *const *path, *word = NULL;
	size_t found;
	int rc = match_find(m, r->path, &path, &found, e);

	for (size_t i = 0; i < n && label >= 0; i++)
		judge(&v, t, sheet_at(s, r[i].at, label), t->flags);
	if (!rc && (label < 0 || (word = label_by(&v, t, notes)))) {
		for (size_t i = 0; i < found; i++)
			put_item(l, path[i], word, s, c, r->at);
		if (!found)
			note_missing(notes, r->path, s->row[r->at].line, match_hides(m));
	}
	text_free(&v.label);
	return rc < 0 ? err_prefix(e, "line %ld", s->row[r->at].line) : 0;
}

static int add_images(struct list *l, const struct sheet *s, const struct tabled *t, const struct wanteds *c, int key,
                      struct match *m, struct tabled_notes *notes, struct err *e)
{
	size_t n, end;
	struct row *r = group_rows(s, key, &n, notes);
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i = end) {
		for (end = i; end < n && r[end].first == r[i].first; end++)
			;
		rc = add_image(l, s, t, c, m, r + i, end - i, notes, e);
	}
	free(r);
	return rc;
}

static void note_left(struct tabled_notes *notes, struct match *m)
{
	const char *const *path;

	notes->left = match_left(m, &path);
	for (size_t i = 0; i < notes->left && i < TABLED_NAMES; i++)
		notes->left_path[i] = xstrdup(path[i]);
}

static void add_extras(struct list *l, const struct wanteds *c)
{
	l->extra = xcalloc(c->n + 1, sizeof *l->extra);
	for (size_t i = 0; i < c->n; i++)
		if (is_listed(c->w[i].name) && list_column(l, c->w[i].name) < 0)
			l->extra[l->nextra++] = xstrdup(c->w[i].name);
}

int tabled_list(struct list *l, const struct sheet *s, struct tabled *t, struct tabled_notes *notes, struct err *e)
{
	struct wanteds c = {0};
	struct match *m = NULL;
	enum match_by by = MATCH_PATH;
	int key = -1, rc = parse_columns(&c, s, t->columns, e);

	*notes = (struct tabled_notes){0};
	if (!rc)
		rc = key = find_key(&c, &by, t->columns, e);
	if (rc >= 0 && t->found && column_of(&c, "label") < 0)
		rc = err_set(e, "no label=COLUMN in '%s' for --label-if", t->columns);
	if (rc >= 0) {
		add_extras(l, &c);
		l->labelled = column_of(&c, "label") >= 0;
		l->named = column_of(&c, "patient") >= 0;
		t->flags = l->labelled && are_flags(s, column_of(&c, "label"));
		m = match_new(t->files, t->folder, t->reader, by);
		rc = add_images(l, s, t, &c, key, m, notes, e);
		note_left(notes, m);
	}
	match_free(m);
	for (size_t i = 0; i < c.n; i++)
		free(c.w[i].name);
	free(c.w);
	return rc < 0 ? -1 : 0;
}

void tabled_notes_free(struct tabled_notes *notes)
{
	text_free(&notes->names);
	for (int i = 0; i < TABLED_NAMES; i++)
		free(notes->left_path[i]);
}
