/* The heat maps of an image, as cxr-cam names them: NAME.png, or NAME.<map>.png for each of several. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report.h"
#include "stream/stream.h"

/* The file's name without its extension. Fresh memory. */
static char *stem(const struct report *r, size_t row)
{
	int64_t items = head_items(&r->head), n = items ? items : (int64_t)r->scores.nrow;

	return item_file_name_of(table_at(&r->scores, row, table_column(&r->scores, "id")), row, n);
}

/* The map that a file shows, empty for the only one; NULL when it is not of that image. Fresh memory. */
static char *map_of(const char *file, const char *name)
{
	size_t n = strlen(name), length = strlen(file);

	if (strncmp(file, name, n) || length < n + 4 || strcmp(file + length - 4, ".png") || file[n] != '.')
		return NULL;
	return length == n + 4 ? xstrdup("") : xstrndup(file + n + 1, length - n - 5);
}

static void overlay(FILE *f, const struct report *r, const char *file, const char *map, const char *id)
{
	char *path = xasprintf("%s/overlays/%s", r->dir, file), *alt = xasprintf("heat map over %s", id);

	html_png(f, path, alt);
	if (*map)
		html(f, "<small>%s</small>", map);
	free(alt);
	free(path);
}

void html_overlays(FILE *f, const struct report *r, size_t row)
{
	char *dir = xasprintf("%s/overlays", r->dir), *name = stem(r, row), *map;
	struct dirent **entry;
	int n = scandir(dir, &entry, NULL, alphasort), found = 0;

	for (int i = 0; i < n; i++) {
		if ((map = map_of(entry[i]->d_name, name)) != NULL) {
			overlay(f, r, entry[i]->d_name, map, table_at(&r->scores, row, table_column(&r->scores, "id")));
			found++;
		}
		free(map);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	if (!found)
		fputs("<p class=missing>no overlay</p>", f);
	free(name);
	free(dir);
}
