/* A few images by several methods, side by side: methods/ has NAME.<method>[.<layer>].png; pictures.tsv lists them. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/chapters.h"
#include "stream/stream.h"

struct maps_folder {
	const struct columns *images;
	char *dir;
	struct dirent **file;
	int nfile;
	char **method; /* baselines last */
	int nmethod;
};

/* The start of the names of an image's files. Fresh memory. */
static char *start_of(const struct maps_folder *m, size_t row)
{
	const char *id = columns_at(m->images, row, columns_find(m->images, "path"));
	char *name = item_file_name_of(id, (int64_t)row, (int64_t)m->images->nrow), *start = xasprintf("%s.", name);

	free(name);
	return start;
}

/* The method that a file of the image is by, n bytes of its name; NULL: it is not of that image. */
static const char *method_of(const char *file, const char *start, size_t *n)
{
	const char *method = file + strlen(start), *dot;

	if (strncmp(file, start, strlen(start)) || !(dot = strchr(method, '.')))
		return NULL;
	*n = (size_t)(dot - method);
	return *n ? method : NULL;
}

static void add_method(struct maps_folder *m, const char *name, size_t n)
{
	for (int i = 0; i < m->nmethod; i++)
		if (strlen(m->method[i]) == n && !strncmp(m->method[i], name, n))
			return;
	m->method = xreallocarray(m->method, (size_t)m->nmethod + 1, sizeof *m->method);
	m->method[m->nmethod++] = xstrndup(name, n);
}

static int baselines_last(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	int order = word_is_baseline(x) - word_is_baseline(y);

	return order ? order : strcmp(x, y);
}

static void open_folder(struct maps_folder *m, const struct report *r)
{
	*m = (struct maps_folder){.images = table_of(r, "methods/pictures.tsv"), .dir = xasprintf("%s/methods", r->dir)};
	m->nfile = report_folder(r, m->dir, NULL, &m->file);
	for (size_t i = 0; i < m->images->nrow; i++) {
		char *start = start_of(m, i);
		size_t n;
		for (int k = 0; k < m->nfile; k++) {
			const char *name = method_of(m->file[k]->d_name, start, &n);
			if (name)
				add_method(m, name, n);
		}
		free(start);
	}
	if (m->nmethod)
		qsort(m->method, (size_t)m->nmethod, sizeof *m->method, baselines_last);
}

static void close_folder(struct maps_folder *m)
{
	for (int i = 0; i < m->nfile; i++)
		free(m->file[i]);
	for (int i = 0; i < m->nmethod; i++)
		free(m->method[i]);
	if (m->nfile >= 0)
		free(m->file);
	free(m->method);
	free(m->dir);
}

static void cell(FILE *f, const struct report *r, const struct maps_folder *m, size_t row, const char *method)
{
	char *start = start_of(m, row), *path = NULL;
	char *name = report_name(r, columns_at(m->images, row, columns_find(m->images, "path")));
	char *alt = xasprintf("%s of %s", method, name);
	size_t n;

	for (int k = 0; k < m->nfile && !path; k++) {
		const char *by = method_of(m->file[k]->d_name, start, &n);
		if (by && strlen(method) == n && !strncmp(by, method, n))
			path = xasprintf("%s/%s", m->dir, m->file[k]->d_name);
	}
	fputs("<td>", f);
	if (!path || !html_png(f, r, path, alt))
		fputs("&ndash;", f);
	fputs("</td>", f);
	free(name);
	free(alt);
	free(path);
	free(start);
}

static void image_row(FILE *f, const struct report *r, const struct maps_folder *m, size_t row)
{
	const struct columns *t = m->images;
	char *id = report_name(r, columns_at(t, row, columns_find(t, "path")));
	const char *label = columns_at(t, row, columns_find(t, "label"));
	const char *pred = columns_at(t, row, columns_find(t, "pred"));
	char *stem = item_file_name_of(id, 0, 1);

	html(f, "<tr><th title=\"%s\">%s<small>%s%s, p&nbsp;=&nbsp;%.3f</small></th>", id, stem,
	     strcmp(label, pred) ? "wrongly called " : "rightly called ", pred, columns_number(t, row, columns_find(t, "p")));
	for (int i = 0; i < m->nmethod; i++)
		cell(f, r, m, row, m->method[i]);
	fputs("</tr>\n", f);
	free(stem);
	free(id);
}

void html_methods(FILE *f, const struct report *r)
{
	struct maps_folder m;

	open_folder(&m, r);
	if (m.nmethod) {
		fputs("<h3>The same by several methods</h3>\n<p>What spoke for each image&rsquo;s answer, on a scale of each "
		      "map&rsquo;s own. Methods that agree may be wrong together; <i>random</i> knows nothing of the network, and "
		      "shows how a map without meaning looks.</p>\n<div class=scroll><table class=methods>\n<thead><tr><td></td>", f);
		for (int i = 0; i < m.nmethod; i++)
			html(f, "<th>%s</th>", m.method[i]);
		fputs("</tr></thead>\n<tbody>\n", f);
		for (size_t i = 0; i < m.images->nrow; i++)
			image_row(f, r, &m, i);
		fputs("</tbody></table></div>\n", f);
	}
	close_folder(&m);
}
