/* The list of images: rows of path, label, patient, split and further columns, read, sorted, cut and written. */
#include "data/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/choice.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "data/path.h"
#include "data/patient.h"
#include "data/sheet.h"
#include "stream/classes.h"

static struct item *append(struct list *l, const char *path)
{
	struct item *it;

	l->item = grow(l->item, l->n, &l->cap, sizeof *l->item);
	it = &l->item[l->n++];
	*it = (struct item){.path = xstrdup(path)};
	if (l->nextra > 0)
		it->extra = xcalloc((size_t)l->nextra, sizeof *it->extra);
	return it;
}

/* What the row left open comes from the path. */
static void fill(const struct list *l, struct item *it)
{
	if (it->label == NULL)
		it->label = path_label(it->path);
	if (it->patient == NULL)
		it->patient = patient_of(it->path);
	if (it->split == NULL)
		it->split = path_split(it->path);
	for (int i = 0; i < l->nextra; i++)
		if (it->extra[i] == NULL)
			it->extra[i] = xstrdup("");
}

struct item *list_add(struct list *l, const char *path)
{
	struct item *it = append(l, path);

	fill(l, it);
	return it;
}

static void item_free(const struct list *l, struct item *it)
{
	for (int i = 0; it->extra != NULL && i < l->nextra; i++)
		free(it->extra[i]);
	free(it->extra);
	free(it->path);
	free(it->label);
	free(it->patient);
	free(it->split);
}

void list_free(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		item_free(l, &l->item[i]);
	for (int i = 0; i < l->nextra; i++)
		free(l->extra[i]);
	free(l->extra);
	free(l->item);
	free(l->part.classes);
	free(l->order);
	for (size_t i = 0; i < l->npassed; i++)
		free(l->passed[i].kind);
	free(l->passed);
	for (size_t i = 0; i < l->nfault; i++)
		free(l->fault[i]);
	free(l->fault);
	*l = (struct list){0};
}

void list_keep(struct list *l, bool (*want)(const struct item *it, size_t i, void *ctx), void *ctx)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (want(&l->item[i], i, ctx)) /* l->item[i] itself has not moved yet */
			l->item[n++] = l->item[i];
		else
			item_free(l, &l->item[i]);
	}
	l->n = n;
}

/* --- Columns -------------------------------------------------------------------------------------------------- */

static const char *const columns[] = {"path", "label", "patient", "split"};
enum { NCOLUMN = sizeof columns / sizeof *columns, COLUMNS_MAX = 10000, IN_ORDER = -2 };
#define ORDER "classes" /* the column that has the order of the classes in every row */

static char **named(struct item *it, int column)
{
	char **const field[NCOLUMN] = {&it->path, &it->label, &it->patient, &it->split};

	return field[column];
}

/* Which of the columns that all lists have, or -1. */
static int common_column(const char *name)
{
	for (int i = 0; i < NCOLUMN; i++)
		if (strcmp(columns[i], name) == 0)
			return i;
	return -1;
}

int list_column(const struct list *l, const char *name)
{
	int common = common_column(name);

	if (common >= 0)
		return common;
	for (int i = 0; i < l->nextra; i++)
		if (strcmp(l->extra[i], name) == 0)
			return NCOLUMN + i;
	return -1;
}

const char *list_value(const struct list *l, size_t i, int column)
{
	return column < NCOLUMN ? *named(&l->item[i], column) : l->item[i].extra[column - NCOLUMN];
}

void list_set(struct list *l, size_t i, int column, const char *text)
{
	struct item *it = &l->item[i];
	char **field = column < NCOLUMN ? named(it, column) : &it->extra[column - NCOLUMN];

	free(*field);
	*field = xstrdup(text);
}

int list_new_column(struct list *l, const char *name)
{
	int column = list_column(l, name), k = l->nextra;

	if (column >= 0)
		return column;
	l->extra = xreallocarray(l->extra, (size_t)k + 1, sizeof *l->extra);
	l->extra[l->nextra++] = xstrdup(name);
	for (size_t i = 0; i < l->n; i++) {
		struct item *it = &l->item[i];

		it->extra = xreallocarray(it->extra, (size_t)k + 1, sizeof *it->extra);
		it->extra[k] = xstrdup("");
	}
	return NCOLUMN + k;
}

struct only {
	const struct list *l;
	int column;
	const char *values;
};

static bool is_wanted(const struct item *it, size_t i, void *ctx)
{
	const struct only *o = ctx;

	(void)it;
	return choice_has(o->values, list_value(o->l, i, o->column));
}

int list_only(struct list *l, const char *column_values, struct err *e)
{
	const char *equal = strchr(column_values, '=');
	struct only o = {.l = l};
	char *name;

	if (equal == NULL || equal == column_values)
		return err_set(e, "'%s' is not COLUMN=VALUE,...", column_values);
	name = xstrndup(column_values, (size_t)(equal - column_values));
	o.column = list_column(l, name);
	o.values = equal + 1;
	if (o.column < 0)
		err_set(e, "the list has no column %s", name);
	else
		list_keep(l, is_wanted, &o);
	free(name);
	return o.column < 0 ? -1 : 0;
}

/* --- Shards ---------------------------------------------------------------------------------------------------- */

struct shard_span {
	int64_t from, to;
};

static bool is_in_block(const struct item *it, size_t i, void *ctx)
{
	const struct shard_span *b = ctx;

	(void)it;
	return (int64_t)i >= b->from && (int64_t)i < b->to;
}

int list_shard(struct list *l, struct shard shard, struct err *e)
{
	struct list_part *p = &l->part;
	struct shard_span b;

	if (shard.n == 0 || shard_same(shard, p->shard))
		return 0;
	if (p->shard.n != 0)
		return err_set(e, "the list is that of shard %lld/%lld already", (long long)p->shard.i, (long long)p->shard.n);
	list_digest(l, p->digest);
	p->classes = list_classes(l);
	p->items = (int64_t)l->n;
	p->shard = shard;
	shard_block(shard, p->items, &b.from, &b.to);
	list_keep(l, is_in_block, &b);
	return 0;
}

int64_t list_items(const struct list *l)
{
	return l->part.shard.n != 0 ? l->part.items : (int64_t)l->n;
}

int64_t list_first(const struct list *l)
{
	int64_t from, to;

	shard_block(l->part.shard, list_items(l), &from, &to);
	return from;
}

/* The first line of a shard's list. Not in it: where the whole can be found. */
static void part_head(const struct list_part *p, struct record *head)
{
	record_set(head, "classes", p->classes);
	record_setf(head, "items", "%lld", (long long)p->items);
	record_set(head, "list", p->digest);
	record_setf(head, "shard", "%lld/%lld", (long long)p->shard.i, (long long)p->shard.n);
}

static int take_part(struct list_part *p, const struct record *head, struct err *e)
{
	const char *classes = record_get(head, "classes"), *items = record_get(head, "items"),
	           *digest = record_get(head, "list");

	if (classes == NULL || digest == NULL || strlen(digest) != sizeof p->digest - 1 || items == NULL ||
	    !num_int(items, 0, INT64_MAX, &p->items))
		return err_set(e, "line 1: not the list of a shard: it says no classes, items or list");
	p->classes = xstrdup(classes);
	memcpy(p->digest, digest, sizeof p->digest);
	return 0;
}

/* --- Reading -------------------------------------------------------------------------------------------------- */

/* to[f] is the column that field f of a row goes to. */
static int read_header(struct list *l, const struct tsv *t, int *to, struct err *e)
{
	if (t->nfield > COLUMNS_MAX)
		return err_set(e, "%s: more than %d columns", t->src->name, COLUMNS_MAX);
	if (tsv_distinct(t, e))
		return -1;
	l->extra = xcalloc((size_t)t->nfield, sizeof *l->extra);
	for (int f = 0; f < t->nfield; f++) {
		if (t->field[f][0] == '\0')
			return err_set(e, "%s: line %ld: column %d has no name", t->src->name, t->line, f + 1);
		to[f] = !strcmp(t->field[f], ORDER) ? IN_ORDER : common_column(t->field[f]);
		l->labelled |= to[f] == 1;
		l->named |= to[f] == 2;
		if (to[f] != -1)
			continue;
		l->extra[l->nextra] = xstrdup(t->field[f]);
		to[f] = NCOLUMN + l->nextra++;
	}
	return 0;
}

/* Every row says the same. */
static int take_order(struct list *l, const struct tsv *t, const char *order, struct err *e)
{
	struct classes c;

	if (l->order && strcmp(l->order, order))
		return err_set(e, "%s: line %ld: the order of classes is '%s', above it was '%s'", t->src->name, t->line, order,
		               l->order);
	if (l->order)
		return 0;
	if (classes_parse(&c, order, e))
		return err_prefix(e, "%s: line %ld", t->src->name, t->line);
	classes_free(&c);
	l->order = xstrdup(order);
	return 0;
}

static int read_row(struct list *l, const struct tsv *t, const int *to, int nfield, struct err *e)
{
	struct item *it;

	if (t->nfield == 1 && t->field[0][0] == '\0') /* an empty line */
		return 0;
	if (t->nfield != nfield && to == NULL)
		return err_set(e, "%s: line %ld: several columns, but no header line that begins with \"path\"", t->src->name,
		               t->line);
	if (t->nfield != nfield)
		return err_set(e, "%s: line %ld: %d columns where the header has %d", t->src->name, t->line, t->nfield,
		               nfield);
	if (t->field[0][0] == '\0')
		return err_set(e, "%s: line %ld: empty path", t->src->name, t->line);
	it = append(l, t->field[0]);
	for (int f = 1; f < nfield; f++)
		if (to[f] != IN_ORDER)
			*(to[f] < NCOLUMN ? named(it, to[f]) : &it->extra[to[f] - NCOLUMN]) = xstrdup(t->field[f]);
		else if (take_order(l, t, t->field[f], e))
			return -1;
	fill(l, it);
	return 0;
}

/* The lines before and behind the rows of a shard's list: 1 it is one, 0, or -1. */
static int read_part(struct list *l, const struct tsv *t, bool *ended, struct err *e)
{
	struct record head = {0};
	int rc;

	if (t->delimiter != '\n')
		return 0;
	if (l->part.shard.n != 0) {
		rc = shard_take_end(t, (int64_t)l->n, e);
		*ended |= rc > 0;
	} else {
		rc = t->line == 1 ? shard_take_head(t, &head, &l->part.shard, e) : 0;
		if (rc > 0 && take_part(&l->part, &head, e) < 0)
			rc = -1;
	}
	record_free(&head);
	return rc < 0 ? err_prefix(e, "%s", t->src->name) : rc;
}

static bool is_header(const struct list *l, const struct tsv *t)
{
	return t->line == (l->part.shard.n != 0 ? 2 : 1) && t->delimiter == '\n' && strcmp(t->field[0], "path") == 0;
}

/* cxr-list begins so. */
static bool header_is_ours(const struct tsv *t)
{
	for (int k = 0; k < NCOLUMN; k++)
		if (k >= t->nfield || strcmp(t->field[k], columns[k]))
			return false;
	return true;
}

static int read_rows(struct list *l, struct tsv *t, struct err *e)
{
	int *to = NULL, nfield = 1, r;
	bool ended = false;

	while ((r = tsv_next(t, e)) == 1) {
		if ((r = read_part(l, t, &ended, e)) > 0)
			continue;
		if (r == 0 && t->line == 1 && t->nfield == 1 && t->delimiter == '\n' && !path_is_image(t->field[0]) &&
		    sheet_is_header(t->field[0])) {
			r = err_set(e, "%s: a table with commas, not a list: cxr-list --columns path=COLUMN,label=COLUMN %s makes one",
			            t->src->name, "TABLE");
		} else if (r == 0 && is_header(l, t)) {
			nfield = t->nfield;
			t->whole = header_is_ours(t);
			to = xcalloc((size_t)nfield, sizeof *to);
			r = read_header(l, t, to, e);
		} else if (r == 0) {
			r = read_row(l, t, to, nfield, e);
		}
		if (r < 0)
			break;
	}
	free(to);
	if (r == 0 && l->part.shard.n != 0 && !ended)
		return err_set(e, "%s: cut short: the list of a shard has no end", t->src->name);
	return r;
}

int list_read(struct list *l, struct source *src, char delimiter, struct err *e)
{
	struct tsv t;
	int r;

	tsv_init(&t, src, delimiter);
	budget_for("the list");
	t.what = "a list";
	r = read_rows(l, &t, e);
	tsv_free(&t);
	return r;
}

/* --- Writing -------------------------------------------------------------------------------------------------- */

static void put_row(const struct list *l, FILE *f, const struct item *it)
{
	int width = NCOLUMN + l->nextra;

	for (int c = 0; c < width; c++) {
		const char *name = c < NCOLUMN ? columns[c] : l->extra[c - NCOLUMN];
		const char *value = it ? list_value(l, (size_t)(it - l->item), c) : name;

		tsv_put(f, value, c + 1 < width || l->order ? '\t' : '\n');
	}
	if (l->order)
		tsv_put(f, it ? l->order : ORDER, '\n');
}

void list_write(const struct list *l, FILE *f)
{
	struct record head = {0};

	if (l->part.shard.n != 0)
		part_head(&l->part, &head);
	shard_put_head(f, &head);
	put_row(l, f, NULL);
	for (size_t i = 0; i < l->n; i++)
		put_row(l, f, &l->item[i]);
	shard_put_end(f, &head, (int64_t)l->n);
	record_free(&head);
}

void list_digest(const struct list *l, char hex[65])
{
	struct text text = {0};
	FILE *f;

	if (l->part.shard.n != 0) {
		memcpy(hex, l->part.digest, sizeof l->part.digest);
		return;
	}
	f = text_open(&text);
	list_write(l, f);
	fclose(f);
	sha256_of(text.s, text.len, hex);
	text_free(&text);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *list_classes(const struct list *l)
{
	struct classes c = {0};

	if (l->part.shard.n != 0 || l->order)
		return xstrdup(l->order ? l->order : l->part.classes);
	const char **label = xcalloc(l->n + 1, sizeof *label);

	for (size_t i = 0; i < l->n; i++)
		label[i] = l->item[i].label;
	qsort(label, l->n, sizeof *label, by_bytes);
	c.name = xcalloc(l->n + 1, sizeof *c.name);
	for (size_t i = 0; i < l->n; i++)
		if (label[i][0] && (i == 0 || strcmp(label[i], label[i - 1])))
			c.name[c.n++] = classes_escape(label[i]);
	free(label);
	classes_sort(c.name, c.n);
	char *list = classes_list(&c);

	classes_free(&c);
	return list;
}
