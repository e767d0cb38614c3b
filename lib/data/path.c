/* What a path says: archive and member, image or litter, label and split. */
#include "data/path.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "data/folder.h"

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The extension of a path's name, NULL without one. */
static const char *extension(const char *path)
{
	const char *name = path_name(path), *dot = strrchr(name, '.');

	return dot && dot > name ? dot + 1 : NULL;
}

static bool is_word(const char *word, const char *list)
{
	size_t n = strlen(word), k;

	for (; *list; list += k + (list[k] == ' ')) {
		k = strcspn(list, " ");
		if (k == n && !strncasecmp(list, word, n))
			return true;
	}
	return false;
}

bool path_is_image(const char *path)
{
	const char *ext = extension(path);

	return ext && is_word(ext, PATH_IMAGES);
}

#define DOCUMENTS "txt csv tsv json jsonl xml md html htm py ipynb xls xlsx doc docx yaml yml log sh c h mk ini " \
	"cfg toml db lnk rtf css js README LICENSE LICENCE COPYING CHANGELOG Makefile DICOMDIR"

char *path_kind(const char *path)
{
	const char *ext = extension(path);

	if (is_word(ext ? ext : path_name(path), DOCUMENTS))
		return NULL;
	char *kind = xstrdup(ext ? ext : "no extension");

	for (char *p = kind; ext && *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p |= 0x20;
	return kind;
}

bool path_is_litter(const char *name)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	return name[0] == '.' || strcmp(name, "__MACOSX") == 0 || strcmp(name, "@eaDir") == 0;
}

/* The folder that ends before `end` (which is path's start or behind a slash), in *n bytes: where it starts, or NULL
 * when there is none, or the archive's border is crossed. */
static const char *folder(const char *path, const char *end, size_t *n)
{
	const char *start;

	while (end > path && end[-1] == '/')
		end--;
	for (start = end; start > path && start[-1] != '/'; start--)
		;
	*n = (size_t)(end - start);
	if (*n == 0 || end[-1] == '!' || (*n == 1 && start[0] == '.') || (*n == 2 && memcmp(start, "..", 2) == 0))
		return NULL;
	return start;
}

char *path_label(const char *path)
{
	size_t n;
	const char *s = folder(path, path_name(path), &n);

	return s == NULL || folder_kind(s, n) != FOLDER_PLAIN ? xstrdup("") : xstrndup(s, n);
}

char *path_split(const char *path)
{
	const char *at = path_name(path), *split;
	size_t n;

	for (int up = 0; up < 2; up++) {
		at = folder(path, at, &n);
		if (at == NULL)
			break;
		split = folder_split(at, n);
		if (split != NULL)
			return xstrdup(split);
	}
	return xstrdup("");
}

const char *path_member(const char *path, const char *known, char **archive)
{
	size_t n = known != NULL ? strlen(known) : 0;
	struct stat st;

	if (n > 0 && strncmp(path, known, n) == 0 && strncmp(path + n, "!/", 2) == 0) {
		*archive = xstrdup(known);
		return path + n + 2;
	}
	*archive = NULL;
	for (const char *bang = strstr(path, "!/"); bang != NULL; bang = strstr(bang + 2, "!/")) {
		*archive = xstrndup(path, (size_t)(bang - path) + 1);
		bool folder = stat(*archive, &st) == 0; /* with the '!': else no longer name can be that of a file */

		(*archive)[bang - path] = '\0';
		if (stat(*archive, &st) == 0 && S_ISREG(st.st_mode))
			return bang + 2;
		free(*archive);
		*archive = NULL;
		if (!folder)
			break;
	}
	return NULL;
}

bool path_is_table(const char *path)
{
	const char *dot = strrchr(path_name(path), '.');

	return dot && (!strcasecmp(dot, ".csv") || !strcasecmp(dot, ".tsv"));
}
