/* A few images by several methods, side by side. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "report.h"
#include "stream/stream.h"

/* The names behind --method in the command, as a comma list; NULL: not known. Fresh memory. */
static char *method_list(const struct report *r)
{
	char *path = xasprintf("%s/commands/6-methods", r->dir), *list = NULL;
	unsigned char *command = NULL;
	const char *option;
	size_t n;

	if (!file_read(path, 1 << 20, &command, &n, NULL) && (option = strstr((char *)command, "--method ")))
		list = xstrndup(option + 9, strcspn(option + 9, " \n"));
	free(command);
	free(path);
	return list;
}

/* The file of an image's map; whatever layer is in its name. Fresh memory; NULL: there is none. */
static char *map_file(const char *dir, const char *image, const char *method)
{
	char *start = xasprintf("%s.%s.", image, method), *path = NULL;
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && !path && (entry = readdir(d)))
		if (!strncmp(entry->d_name, start, strlen(start)))
			path = xasprintf("%s/%s", dir, entry->d_name);
	if (d)
		closedir(d);
	free(start);
	return path;
}

static void row(FILE *f, const struct table *t, size_t i, const char *dir, const char *methods)
{
	const char *id = table_at(t, i, table_column(t, "path"));
	const char *label = table_at(t, i, table_column(t, "label")), *pred = table_at(t, i, table_column(t, "pred"));
	char *name = item_file_name_of(id, (int64_t)i, (int64_t)t->nrow), *list = xstrdup(methods), *rest = list, *method;
	char *stem = item_file_name_of(id, 0, 1);

	html(f, "<tr><th title=\"%s\">%s<small>%s%s, p&nbsp;=&nbsp;%.3f</small></th>", id, stem,
	     strcmp(label, pred) ? "wrongly called " : "rightly called ", pred, table_number(t, i, table_column(t, "p")));
	while ((method = strsep(&rest, ","))) {
		char *path = map_file(dir, name, method), *alt = xasprintf("%s of %s", method, id);

		fputs("<td>", f);
		if (!path || !html_png(f, path, alt))
			fputs("&ndash;", f);
		fputs("</td>", f);
		free(alt);
		free(path);
	}
	fputs("</tr>\n", f);
	free(list);
	free(stem);
	free(name);
}

void html_methods(FILE *f, const struct report *r)
{
	char *dir = xasprintf("%s/methods", r->dir), *methods = method_list(r), *list = xstrdup(methods ? methods : "");
	char *rest = list, *method;
	struct table t = {0};

	if (methods && !table_read(&t, dir, "pictures.tsv", NULL) && t.nrow) {
		fputs("<h3>The same by several methods</h3>\n<p>What spoke for each image&rsquo;s answer, on a scale of each "
		      "map&rsquo;s own. Methods that agree may be wrong together; <i>random</i> knows nothing of the network, and "
		      "shows how a map without meaning looks.</p>\n<div class=scroll><table class=methods>\n<thead><tr><td></td>", f);
		while ((method = strsep(&rest, ",")))
			html(f, "<th>%s</th>", method);
		fputs("</tr></thead>\n<tbody>\n", f);
		for (size_t i = 0; i < t.nrow; i++)
			row(f, &t, i, dir, methods);
		fputs("</tbody></table></div>\n", f);
	}
	table_free(&t);
	free(list);
	free(methods);
	free(dir);
}
