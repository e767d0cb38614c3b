/* From a table to a list: columns, files, labels. */
#include "data/tabled.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "data/finding.h"
#include "data/path.h"

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

/* --- Files ----------------------------------------------------------------------------------------------------- */

/* Files by their names without extension. */
struct by_stem {
	struct stem {
		char *stem;
		const char *path;
	} *file;
	size_t n;
};

static char *stem_of(const char *path)
{
	const char *name = path_name(path), *dot = path_is_image(path) ? strrchr(name, '.') : NULL;

	return dot ? xstrndup(name, (size_t)(dot - name)) : xstrdup(name);
}

static int by_stem(const void *a, const void *b)
{
	return strcmp(((const struct stem *)a)->stem, ((const struct stem *)b)->stem);
}

static void index_files(struct by_stem *to, const struct list *files)
{
	to->n = files ? files->n : 0;
	to->file = xcalloc(to->n + 1, sizeof *to->file);
	for (size_t i = 0; i < to->n; i++)
		to->file[i] = (struct stem){stem_of(files->item[i].path), files->item[i].path};
	qsort(to->file, to->n, sizeof *to->file, by_stem);
}

static bool ends_in(const char *path, const char *end)
{
	size_t n = strlen(path), k = strlen(end);

	return n > k && !strcmp(path + n - k, end) && path[n - k - 1] == '/';
}

/* The file of that name: fresh memory, "" when there is none, NULL when several fit. */
static char *look_up(const struct by_stem *f, const char *path, struct err *e)
{
	struct stem key = {stem_of(path), NULL};
	struct stem *at = f->n ? bsearch(&key, f->file, f->n, sizeof *f->file, by_stem) : NULL, *end = f->file + f->n;
	const char *found = NULL, *second = NULL;
	bool exact = false;

	for (; at && at > f->file && !by_stem(at - 1, &key); at--)
		;
	for (; at && at < end && !by_stem(at, &key); at++) {
		bool this = ends_in(at->path, path);

		if (this > exact || !found) {
			found = at->path;
			second = NULL;
			exact = this;
		} else if (this == exact) {
			second = at->path;
		}
	}
	free(key.stem);
	if (second) {
		err_set(e, "'%s' may be %s or %s: give a column with their folders", path, found, second);
		return NULL;
	}
	return xstrdup(found ? found : "");
}

static char *file_of(const struct tabled *t, const struct by_stem *files, const char *path, struct err *e)
{
	char *archive, *beside = xasprintf("%s%s", path[0] == '/' ? "" : t->folder, path);

	if (!access(path, F_OK) || path_member(path, NULL, &archive)) {
		free(beside);
		return xstrdup(path);
	}
	if (!access(beside, F_OK))
		return beside;
	free(beside);
	return look_up(files, path, e);
}

/* --- Labels ---------------------------------------------------------------------------------------------------- */

/* What the rows of one image say together. */
struct verdict {
	struct text label; /* without --label-if: its findings, joined by | */
	bool found, other;
	int states; /* of finding_state, together */
};

static void judge(struct verdict *v, const struct tabled *t, const char *cell, bool flags)
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
static const char *label_by(const struct verdict *v, const struct tabled *t, struct tabled_notes *n)
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

/* Rows of one path together, in the order of the table. */
static struct row *group_rows(const struct sheet *s, int path, size_t *n)
{
	struct row *r = xcalloc(s->n, sizeof *r);

	*n = 0;
	for (size_t i = 1; i < s->n; i++)
		if (sheet_at(s, i, path)[0])
			r[(*n)++] = (struct row){sheet_at(s, i, path), i, i};
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

static int add_images(struct list *l, const struct sheet *s, const struct tabled *t, const struct wanteds *c,
                      const struct by_stem *files, struct tabled_notes *notes, struct err *e)
{
	int label = column_of(c, "label");
	bool flags = label >= 0 && are_flags(s, label);
	size_t n, end;
	struct row *r = group_rows(s, column_of(c, "path"), &n);
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i = end) {
		struct verdict v = {0};
		const char *word = NULL;

		for (end = i; end < n && r[end].first == r[i].first; end++)
			if (label >= 0)
				judge(&v, t, sheet_at(s, r[end].at, label), flags);
		if (label < 0 || (word = label_by(&v, t, notes))) {
			char *path = file_of(t, files, r[i].path, e);

			if (path && *path)
				put_item(l, path, word, s, c, r[i].at);
			else if (path && notes->missing++ < 5)
				text_addf(&notes->names, "%s%.100s", notes->missing > 1 ? ", " : "", r[i].path);
			rc = path ? 0 : -1;
			free(path);
		}
		text_free(&v.label);
	}
	free(r);
	return rc;
}

static void add_extras(struct list *l, const struct wanteds *c)
{
	l->extra = xcalloc(c->n + 1, sizeof *l->extra);
	for (size_t i = 0; i < c->n; i++)
		if (list_column(l, c->w[i].name) < 0)
			l->extra[l->nextra++] = xstrdup(c->w[i].name);
}

int tabled_list(struct list *l, const struct sheet *s, const struct tabled *t, struct tabled_notes *notes,
                struct err *e)
{
	struct wanteds c = {0};
	struct by_stem files;
	int rc = parse_columns(&c, s, t->columns, e);

	*notes = (struct tabled_notes){0};
	index_files(&files, t->files);
	if (!rc && column_of(&c, "path") < 0)
		rc = err_set(e, "no path=COLUMN in '%s'", t->columns);
	if (!rc && t->found && column_of(&c, "label") < 0)
		rc = err_set(e, "no label=COLUMN in '%s' for --label-if", t->columns);
	if (!rc) {
		add_extras(l, &c);
		l->labelled = column_of(&c, "label") >= 0;
		l->named = column_of(&c, "patient") >= 0;
		rc = add_images(l, s, t, &c, &files, notes, e);
	}
	for (size_t i = 0; i < files.n; i++)
		free(files.file[i].stem);
	free(files.file);
	for (size_t i = 0; i < c.n; i++)
		free(c.w[i].name);
	free(c.w);
	return rc;
}
