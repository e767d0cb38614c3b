/* From the cells of a table to images: two indexes of the files, by name and by a value of their DICOM headers. */
#include "data/match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "data/path.h"

const char *const match_names[MATCH_BYS] = {"path", "sop", "accession", "study", "patient"};

/* Files by a word of each, sorted; those of one word in the order of the list. */
struct matched_word {
	char *word, *issuer; /* issuer: of a PatientID, else NULL */
	size_t file;
};
struct index {
	struct matched_word *entry;
	size_t n;
	bool made;
};

struct match {
	const struct list *files;
	const char *folder;
	const struct study_reader *reader;
	enum match_by by;
	struct index name, header;
	bool *met, dicom; /* by a cell, of each file; any DICOM */
	const char **path; /* room for an answer */
	char *beside;      /* a path in folder, of the last answer */
};

/* --- The indexes ------------------------------------------------------------------------------------------------ */

static int by_word(const void *x, const void *y)
{
	const struct matched_word *a = x, *b = y;
	int r = strcmp(a->word, b->word);

	return r ? r : (a->file > b->file) - (a->file < b->file);
}

static void sort(struct index *x)
{
	qsort(x->entry, x->n, sizeof *x->entry, by_word);
	x->made = true;
}

/* The entries of a word: the first, or NULL. */
static const struct matched_word *find(const struct index *x, const char *word, size_t *n)
{
	size_t lo = 0, hi = x->n;

	while (lo < hi) {
		size_t middle = (lo + hi) / 2;

		if (strcmp(x->entry[middle].word, word) < 0)
			lo = middle + 1;
		else
			hi = middle;
	}
	for (*n = 0; lo + *n < x->n && !strcmp(x->entry[lo + *n].word, word); )
		++*n;
	return *n ? x->entry + lo : NULL;
}

static void index_free(struct index *x)
{
	for (size_t i = 0; i < x->n; i++) {
		free(x->entry[i].word);
		free(x->entry[i].issuer);
	}
	free(x->entry);
}

/* A file's name without extension. */
static char *stem_of(const char *path)
{
	const char *name = path_name(path), *dot = path_is_image(path) ? strrchr(name, '.') : NULL;

	return dot ? xstrndup(name, (size_t)(dot - name)) : xstrdup(name);
}

static void index_names(struct match *m)
{
	for (size_t i = 0; i < m->files->n; i++)
		m->name.entry[m->name.n++] = (struct matched_word){stem_of(m->files->item[i].path), NULL, i};
	sort(&m->name);
}

static void index_header(struct match *m, size_t file, const struct study *s)
{
	const char *const words[MATCH_BYS] = {s->sop, s->sop, s->accession, s->study, s->patient};

	if (words[m->by][0])
		m->header.entry[m->header.n++] = (struct matched_word){xstrdup(words[m->by]),
			m->by == MATCH_PATIENT ? xstrdup(s->issuer) : NULL, file};
}

/* Reads every DICOM file's header, once. */
static void index_headers(struct match *m)
{
	struct fetch *f = fetch_new();
	struct study_file file = {0};

	for (size_t i = 0; m->reader && i < m->files->n; i++) {
		struct study s = {0};

		if (!study_get(f, m->reader, m->files->item[i].path, &file))
			continue;
		m->dicom = true;
		if (m->reader->read(&s, file.bytes, file.n) == 0)
			index_header(m, i, &s);
	}
	free(file.bytes);
	fetch_free(f);
	sort(&m->header);
}

struct match *match_new(const struct list *files, const char *folder, const struct study_reader *reader,
                        enum match_by by)
{
	static const struct list none;
	struct match *m = xcalloc(1, sizeof *m);

	*m = (struct match){.files = files ? files : &none, .folder = folder, .reader = reader, .by = by};
	m->name.entry = xcalloc(m->files->n + 1, sizeof *m->name.entry);
	m->header.entry = xcalloc(m->files->n + 1, sizeof *m->header.entry);
	m->met = xcalloc(m->files->n + 1, sizeof *m->met);
	m->path = xcalloc(m->files->n + 1, sizeof *m->path);
	index_names(m);
	return m;
}

void match_free(struct match *m)
{
	if (!m)
		return;
	index_free(&m->name);
	index_free(&m->header);
	free(m->met);
	free(m->path);
	free(m->beside);
	free(m);
}

/* --- By name ---------------------------------------------------------------------------------------------------- */

static bool ends_in(const char *path, const char *end)
{
	size_t n = strlen(path), k = strlen(end);

	return n >= k && !strcmp(path + n - k, end) && (n == k || path[n - k - 1] == '/');
}

/* What is in a folder that may not be entered counts: it is listed, and missed when it is read. */
static bool is_there(const char *path)
{
	return !access(path, F_OK) || errno == EACCES;
}

/* A path that is there, as it is or in the table's folder: NULL when it is not. */
static const char *there(struct match *m, const char *path)
{
	char *archive;

	if (is_there(path))
		return path;
	if (path_member(path, NULL, &archive)) {
		free(archive);
		return path;
	}
	free(m->beside);
	m->beside = xasprintf("%s%s", path[0] == '/' ? "" : m->folder, path);
	return is_there(m->beside) ? m->beside : NULL;
}

/* The one file of that name, or whose path ends so; the number of those that fit as well. */
static size_t find_name(const struct match *m, const char *path, const char **found, const char **second)
{
	char *stem = stem_of(path);
	size_t n, fit = 0;
	const struct matched_word *at = find(&m->name, stem, &n);
	bool exact = false;

	for (size_t i = 0; i < n; i++) {
		const char *file = m->files->item[at[i].file].path;
		bool this = ends_in(file, path);

		if (this < exact)
			continue;
		fit = this > exact ? 1 : fit + 1;
		*(fit == 1 ? found : second) = file;
		exact = this;
	}
	free(stem);
	return fit;
}

/* Of files that a cell names, one may be spelled otherwise than in the list of files. */
static void meet(struct match *m, const char *path)
{
	char *stem = stem_of(path);
	size_t n;
	const struct matched_word *at = find(&m->name, stem, &n);

	for (size_t i = 0; i < n; i++) {
		const char *file = m->files->item[at[i].file].path;

		m->met[at[i].file] |= ends_in(file, path) || ends_in(path, file);
	}
	free(stem);
}

static int find_path(struct match *m, const char *cell, const char **found, struct err *e)
{
	const char *second;

	if (!(*found = there(m, cell)) && find_name(m, cell, found, &second) > 1)
		return match_hides(m) ? err_set(e, "a name fits several files: give a column with their folders")
		                      : err_set(e, "'%s' may be %s or %s: give a column with their folders", cell, *found, second);
	if (*found)
		meet(m, *found);
	return 0;
}

/* --- By header -------------------------------------------------------------------------------------------------- */

/* Numbers that are one by chance are not one patient: who gave them must agree. */
static int find_header(struct match *m, const char *cell, size_t *n, struct err *e)
{
	if (!m->header.made)
		index_headers(m);
	const struct matched_word *at = find(&m->header, cell, n);

	for (size_t i = 0; i < *n; i++) {
		if (m->by == MATCH_PATIENT && strcmp(at[i].issuer, at[0].issuer))
			return err_set(e, "two issuers have given one PatientID: match by accession, study or sop");
		m->met[at[i].file] = true;
		m->path[i] = m->files->item[at[i].file].path;
	}
	return 0;
}

int match_find(struct match *m, const char *cell, const char *const **path, size_t *n, struct err *e)
{
	*path = m->path;
	*n = 0;
	if (m->by == MATCH_PATH) {
		if (find_path(m, cell, m->path, e) < 0)
			return -1;
		*n = m->path[0] != NULL;
	}
	return *n ? 0 : find_header(m, cell, n, e);
}

size_t match_left(struct match *m, const char *const **path)
{
	size_t n = 0;

	for (size_t i = 0; i < m->files->n; i++)
		if (!m->met[i])
			m->path[n++] = m->files->item[i].path;
	*path = m->path;
	return n;
}

bool match_hides(struct match *m)
{
	if (!m->header.made)
		index_headers(m);
	return m->dicom;
}
