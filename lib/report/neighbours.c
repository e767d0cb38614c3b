/* Training images that an answer may come from, as cxr-infer --neighbours tells them: "ID (LABEL) value; ...". */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/chapters.h"

/* One of the list, cut out of the text: the id ends where the last " (" before the label's ") value" begins. */
struct neighbour_text {
	char *id, *label, *value;
};

/* Where the entry ends: at "; " after a number that follows a label. An id may have such signs of its own. */
static char *end_of(char *text)
{
	for (char *at = text; (at = strstr(at, ") ")); at += 2) {
		char *end = at + 2 + strspn(at + 2, "-+.0123456789einfa");

		if (end > at + 2 && (!*end || !strncmp(end, "; ", 2)))
			return end;
	}
	return NULL;
}

/* Cuts the next entry off; false: there is none, or it is not of that form. */
static bool next(char **text, struct neighbour_text *n)
{
	char *end = end_of(*text), *close, *open;
	bool more = end && *end;

	if (!end)
		return false;
	*end = '\0';
	close = strrchr(*text, ')');
	*close = '\0';
	open = strrchr(*text, '(');
	if (!open || open == *text)
		return false;
	open[-1] = '\0';
	*n = (struct neighbour_text){*text, open + 1, close + 2};
	*text = more ? end + 2 : end;
	return true;
}

static void list(FILE *f, const struct report *r, const char *title, const char *entries)
{
	char *copy = xstrdup(entries), *at = copy;
	struct neighbour_text n;

	html(f, "<small class=sources>%s: ", title);
	for (int k = 0; next(&at, &n); k++) {
		char *name = report_name(r, n.id), *slash = strrchr(name, '/');

		html(f, "%s<span title=\"%s\">%s</span> (%s) %s", k ? ", " : "", name, slash ? slash + 1 : name, n.label, n.value);
		free(name);
	}
	fputs("</small>\n", f);
	free(copy);
}

bool report_neighbours(const struct report *r)
{
	return table_of(r, "neighbours.tsv")->nrow > 0;
}

void html_neighbours(FILE *f, const struct report *r, const char *id)
{
	const struct columns *t = table_of(r, "neighbours.tsv");

	for (size_t i = 0; i < t->nrow; i++) {
		if (strcmp(columns_at(t, i, columns_find(t, "id")), id) != 0)
			continue;
		list(f, r, "most alike", columns_at(t, i, columns_find(t, "x.nearest")));
		list(f, r, "spoke most for it", columns_at(t, i, columns_find(t, "x.influential")));
		return;
	}
}
