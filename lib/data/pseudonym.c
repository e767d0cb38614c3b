/* Names and patients of any list as keyed hashes, and no column that nobody chose. */
#include "data/pseudonym.h"

#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/digest.h"
#include "base/mem.h"
#include "data/fetch.h"
#include "data/patient.h"

/* ---- columns ---- */

static bool stays(const char *name, const char *keep)
{
	return !strcmp(name, "id") || !strcmp(name, "classes") || study_is_column(name) || (keep && choice_has(keep, name));
}

static void drop_column(struct list *l, int column)
{
	size_t after = (size_t)(--l->nextra - column);

	free(l->extra[column]);
	memmove(l->extra + column, l->extra + column + 1, after * sizeof *l->extra);
	for (size_t i = 0; i < l->n; i++) {
		char **extra = l->item[i].extra;

		free(extra[column]);
		memmove(extra + column, extra + column + 1, after * sizeof *extra);
	}
}

static int check_chosen(const struct list *l, const char *keep, struct err *e)
{
	char *copy = xstrdup(keep ? keep : ""), *rest = copy, *name;
	int rc = 0;

	while (!rc && (name = strsep(&rest, ",")))
		if (*name && list_column(l, name) < 0)
			rc = err_set(e, "there is no column %s", name);
	free(copy);
	return rc;
}

/* ---- ids ---- */

/* Which files are equal: sorted by what their id is made of, then by place. */
struct source_of {
	char *text;
	size_t i;
};

static int by_text(const void *x, const void *y)
{
	const struct source_of *a = x, *b = y;
	int r = strcmp(a->text, b->text);

	return r ? r : (a->i > b->i) - (a->i < b->i);
}

static char *text_of(struct fetch *f, const char *path, struct study_file *room, struct pseudonym_count *c)
{
	char sha256[SHA256_HEX];

	if (fetch_get(f, path, &room->bytes, &room->n, &room->cap, NULL)) {
		c->unread++;
		return xasprintf("path|%s", path);
	}
	sha256_of(room->bytes, room->n, sha256);
	return xstrdup(sha256);
}

static void set_ids(struct list *l, const unsigned char *key, const bool *done, struct pseudonym_count *c)
{
	struct source_of *s = xcalloc(l->n + 1, sizeof *s);
	struct study_file room = {0};
	struct fetch *f = fetch_new();
	int column = list_new_column(l, "id");
	size_t equal = 0;
	char id[STUDY_ID];

	for (size_t i = 0; i < l->n; i++)
		if (!done[i])
			s[c->ids++] = (struct source_of){text_of(f, l->item[i].path, &room, c), i};
	qsort(s, c->ids, sizeof *s, by_text);
	for (size_t k = 0; k < c->ids; k++) {
		equal = k && !strcmp(s[k - 1].text, s[k].text) ? equal + 1 : 0;
		char *text = equal ? xasprintf("%s|%zu", s[k].text, equal + 1) : xstrdup(s[k].text);

		study_id(key, text, id);
		list_set(l, s[k].i, column, id);
		free(text);
	}
	for (size_t k = 0; k < c->ids; k++)
		free(s[k].text);
	free(s);
	free(room.bytes);
	fetch_free(f);
}

/* ---- patients ---- */

static void set_patient(struct item *it, const unsigned char *key, struct pseudonym_count *c)
{
	static const char study[] = "study:";
	bool known = patient_is_known(it->patient);
	char id[STUDY_ID];

	if (!it->patient[0])
		return;
	if (known)
		study_patient(key, "", it->patient, id);
	else
		study_number(key, it->patient + (strncmp(it->patient, study, sizeof study - 1) ? 0 : sizeof study - 1), id);
	free(it->patient);
	it->patient = xasprintf("%s%s", known ? "" : study, id);
	c->patients++;
}

int pseudonym_list(struct list *l, const unsigned char key[STUDY_KEY], const char *keep, struct pseudonym_count *c,
                   struct err *e)
{
	bool *done = xcalloc(l->n + 1, sizeof *done);
	int id = list_column(l, "id"), rc = check_chosen(l, keep, e);

	*c = (struct pseudonym_count){0};
	for (size_t i = 0; id >= 0 && i < l->n; i++)
		done[i] = study_is_id(list_value(l, i, id));
	for (int k = l->nextra - 1; !rc && k >= 0; k--)
		if (!stays(l->extra[k], keep)) {
			drop_column(l, k);
			c->dropped++;
		}
	if (!rc)
		set_ids(l, key, done, c);
	for (size_t i = 0; !rc && i < l->n; i++)
		if (!done[i])
			set_patient(&l->item[i], key, c);
	free(done);
	return rc;
}
