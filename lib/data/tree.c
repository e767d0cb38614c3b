/* Which folder of a tree is the class. */
#include "data/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/folder.h"
#include "data/path.h"
#include "stream/classes.h"

/* --- Masks ------------------------------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The folders that hold something that is no mask, sorted: a folder of masks among them is left out. */
struct parents {
	char **path;
	size_t n, cap;
};

static void add_parent(struct parents *p, const char *path, size_t n)
{
	if (p->n && strlen(p->path[p->n - 1]) == n && !strncmp(p->path[p->n - 1], path, n))
		return;
	p->path = grow(p->path, p->n, &p->cap, sizeof *p->path);
	p->path[p->n++] = xstrndup(path, n);
}

static bool has_parent(const struct parents *p, const char *path, size_t n)
{
	char *key = xstrndup(path, n);
	bool found = p->n && bsearch(&key, p->path, p->n, sizeof *p->path, by_text);

	free(key);
	return found;
}

struct mask_folders {
	struct parents parents;
	size_t first, root;
	struct tree_notes *notes;
};

static int mask_level(const struct folders *f)
{
	for (int k = 0; k < f->n; k++)
		if (f->part[k].kind == FOLDER_MASKS)
			return k;
	return -1;
}

static bool is_no_mask(const struct item *it, size_t i, void *ctx)
{
	struct mask_folders *m = ctx;
	struct folders f;

	if (i < m->first)
		return true;
	folders_of(&f, it->path, m->root);
	int k = mask_level(&f);
	if (k < 0 || !has_parent(&m->parents, it->path, (size_t)(f.part[k].s - it->path)))
		return true;
	if (!m->notes->masks++) {
		free(m->notes->where);
		m->notes->where = xstrndup(it->path, (size_t)(f.part[k].s - it->path) + f.part[k].n);
	}
	return false;
}

static void leave_out_masks(struct list *l, size_t first, size_t root, struct tree_notes *notes)
{
	struct mask_folders m = {.first = first, .root = root, .notes = notes};
	bool any = false;

	for (size_t i = first; i < l->n; i++) {
		const char *path = l->item[i].path;
		struct folders f;

		folders_of(&f, path, root);
		int level = mask_level(&f), end = level < 0 ? f.n : level;

		any |= level >= 0;
		for (int k = 0; k < end; k++)
			add_parent(&m.parents, path, (size_t)(f.part[k].s - path));
		if (level < 0)
			add_parent(&m.parents, path, (size_t)(path_name(path) - path));
	}
	if (m.parents.n)
		qsort(m.parents.path, m.parents.n, sizeof *m.parents.path, by_text);
	if (any)
		list_keep(l, is_no_mask, &m);
	for (size_t i = 0; i < m.parents.n; i++)
		free(m.parents.path[i]);
	free(m.parents.path);
}

/* --- Levels ----------------------------------------------------------------------------------------------------- */

/* The folders of one path that may be its class. */
struct levels {
	struct part part[FOLDERS];
	int at[FOLDERS]; /* N of folder:N */
	int n;
	bool patients, before; /* folders of patients were among them; they are above the split, none is below */
};

static void levels_of(struct levels *v, const char *path, size_t root)
{
	struct folders f;
	int split = -1, end, from;

	folders_of(&f, path, root);
	for (int k = 0; k < f.n && split < 0; k++)
		if (f.part[k].kind == FOLDER_SPLIT)
			split = k;
	end = folders_patient(&f);
	v->n = 0;
	v->patients = end >= 0;
	v->before = split >= 0 && split == f.n - 1;
	from = v->before ? 0 : split + 1;
	if (v->before || end < 0)
		end = v->before ? split : f.n;
	for (int k = from; k < end; k++)
		if (f.part[k].kind == FOLDER_PLAIN || f.part[k].kind == FOLDER_MASKS) {
			v->at[v->n] = k - from + 1;
			v->part[v->n++] = f.part[k];
		}
}

/* What one level of the whole tree holds. */
struct tree_level {
	struct parents name;   /* distinct, sorted */
	bool health, repeated; /* a name of health; the same name below two folders of the level above */
	int at;
};

static void unique(struct parents *p)
{
	size_t n = 0;

	if (p->n)
		qsort(p->path, p->n, sizeof *p->path, by_text);
	for (size_t i = 0; i < p->n; i++)
		if (n && !strcmp(p->path[n - 1], p->path[i]))
			free(p->path[i]);
		else
			p->path[n++] = p->path[i];
	p->n = n;
}

/* Level k, whose names are looked at below those of level `above` (-1: none). */
static void look(struct tree_level *v, const struct list *l, size_t first, size_t root, int k, int above)
{
	struct parents pairs = {0};
	struct levels f;

	*v = (struct tree_level){0};
	for (size_t i = first; i < l->n; i++) {
		levels_of(&f, l->item[i].path, root);
		if (f.n <= k)
			continue;
		v->at = f.at[k];
		add_parent(&v->name, f.part[k].s, f.part[k].n);
		if (above >= 0) {
			const struct part *p = &f.part[k], *up = &f.part[above];
			char *pair = xasprintf("%.*s/%.*s", (int)p->n, p->s, (int)up->n, up->s);

			add_parent(&pairs, pair, strlen(pair));
			free(pair);
		}
	}
	unique(&v->name);
	unique(&pairs);
	v->repeated = pairs.n > v->name.n;
	for (size_t i = 0; i < v->name.n; i++)
		v->health |= classes_health(v->name.path[i]) > 0;
	for (size_t i = 0; i < pairs.n; i++)
		free(pairs.path[i]);
	free(pairs.path);
}

static void level_free(struct tree_level *v)
{
	for (size_t i = 0; i < v->name.n; i++)
		free(v->name.path[i]);
	free(v->name.path);
}

static const char *second_of(const struct tree_level *v)
{
	return v->name.n > 1 ? v->name.path[1] : "";
}

static int refuse(const struct tree_level *a, const struct tree_level *b, struct err *e)
{
	return err_set(e, "two levels of folders could be the classes: %.60s, %.60s ... (--label folder:%d) or "
	               "%.60s, %.60s ... (--label folder:%d)", a->name.path[0], second_of(a), a->at, b->name.path[0],
	               second_of(b), b->at);
}

/* The level of the classes, -1: none tells images apart, -2: *e says which two do. */
static int class_level(const struct list *l, size_t first, size_t root, struct err *e)
{
	struct tree_level top = {0}, v;
	int found = -1, deepest = 0;
	bool done = false;
	struct levels f;

	for (size_t i = first; i < l->n; i++) {
		levels_of(&f, l->item[i].path, root);
		deepest = f.n > deepest ? f.n : deepest;
	}
	for (int k = 0; k < deepest && !done; k++) {
		look(&v, l, first, root, k, found);
		if (v.name.n > 1 && (found < 0 || (v.health && !top.health))) {
			level_free(&top);
			top = v;
			found = k;
			done = v.health;
			continue;
		}
		level_free(&v);
	}
	for (int k = found + 1; found >= 0 && !top.health && k < deepest; k++) {
		look(&v, l, first, root, k, found);
		if (v.name.n > 1 && v.repeated) {
			refuse(&top, &v, e);
			found = -2;
		}
		level_free(&v);
	}
	level_free(&top);
	return found;
}

/* --- Items ------------------------------------------------------------------------------------------------------ */

static void set(char **field, char *value)
{
	free(*field);
	*field = value;
}

/* Without a level that tells images apart: the image's folder, if it can be a class. */
static char *only_label(const char *path, const struct levels *f)
{
	if (f->patients || f->before)
		return xstrdup("");
	return f->n ? xstrndup(f->part[f->n - 1].s, f->part[f->n - 1].n) : path_label(path);
}

static char *label_of(const char *path, size_t root, int level)
{
	struct levels f;

	levels_of(&f, path, root);
	if (level < 0)
		return only_label(path, &f);
	return level < f.n ? xstrndup(f.part[level].s, f.part[level].n) : xstrdup("");
}

static void read_item(struct item *it, size_t root, int level, const struct tree_options *o)
{
	struct folders f;

	folders_of(&f, it->path, root);
	if (o->label)
		set(&it->label, folders_at(&f, o->label));
	else if (!o->keep_label)
		set(&it->label, label_of(it->path, root, level));
	if (o->rule)
		set(&it->patient, patient_by_rule(o->rule, it->path));
	else if (o->patient)
		set(&it->patient, folders_at(&f, o->patient));
	for (int k = 0; k < f.n && !it->split[0]; k++)
		if (f.part[k].kind == FOLDER_SPLIT)
			set(&it->split, xstrdup(folder_split(f.part[k].s, f.part[k].n)));
}

/* The bytes of the folders that all paths begin with. */
static size_t common_root(const struct list *l, size_t first)
{
	const char *path = first < l->n ? l->item[first].path : "";
	size_t n = (size_t)(path_name(path) - path);

	for (size_t i = first + 1; i < l->n; i++) {
		size_t same = 0;

		while (same < n && l->item[i].path[same] == path[same])
			same++;
		while (same && path[same - 1] != '/')
			same--;
		n = same;
	}
	return n;
}

int tree_read(struct list *l, size_t first, size_t root, const struct tree_options *o, struct tree_notes *notes,
              struct err *e)
{
	int level = -1;

	*notes = (struct tree_notes){.where = xstrdup("")};
	if (root == TREE_COMMON)
		root = common_root(l, first);
	leave_out_masks(l, first, root, notes);
	if (!o->label && !o->keep_label && (level = class_level(l, first, root, e)) < -1)
		return -1;
	for (size_t i = first; i < l->n; i++)
		read_item(&l->item[i], root, level, o);
	return 0;
}
