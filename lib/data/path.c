#include "data/path.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/mem.h"

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Where the extension of a path stands in a list of n; -1 when it has none, or another. */
static int extension(const char *path, const char *const ext[], int n)
{
	const char *name = path_name(path), *dot = strrchr(name, '.');

	for (int i = 0; dot != NULL && dot != name && i < n; i++)
		if (strcasecmp(dot + 1, ext[i]) == 0)
			return i;
	return -1;
}

bool path_is_image(const char *path)
{
	static const char *const read[] = {"jpg", "jpeg", "jpe", "jfif", "png", "tif", "tiff", "gif", "webp", "ppm", "pgm",
		"npy", "dcm"};

	return extension(path, read, sizeof read / sizeof *read) >= 0;
}

const char *const path_passed[PATH_PASSED] = {"bmp", "heic", "heif", "avif", "jp2", "jxl", "svg", "pdf", "nii", "mha",
	"nrrd", "zip", "npz", "7z", "tar", "gz"};

int path_is_passed(const char *path)
{
	return extension(path, path_passed, PATH_PASSED);
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

static const char *split_name(const char *s, size_t n)
{
	static const char *const names[][2] = {{"train", "train"}, {"training", "train"}, {"val", "val"}, {"valid", "val"},
		{"validation", "val"}, {"test", "test"}, {"testing", "test"}};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i][0]) == n && strncasecmp(s, names[i][0], n) == 0)
			return names[i][1];
	return NULL;
}

char *path_label(const char *path)
{
	size_t n;
	const char *s = folder(path, path_name(path), &n);

	return s == NULL || split_name(s, n) != NULL ? xstrdup("") : xstrndup(s, n);
}

char *path_split(const char *path)
{
	const char *at = path_name(path), *split;
	size_t n;

	for (int up = 0; up < 2; up++) {
		at = folder(path, at, &n);
		if (at == NULL)
			break;
		split = split_name(at, n);
		if (split != NULL)
			return xstrdup(split);
	}
	return xstrdup("");
}

static const char *digits(const char *s)
{
	const char *p = s;

	while (isdigit((unsigned char)*p))
		p++;
	return p > s ? p : NULL;
}

/* Each returns the end of the patient's part of the name, or NULL for names of another kind. */
static const char *person(const char *s)
{
	static const char *const kinds[] = {"_bacteria", "_virus"};

	if (strncmp(s, "person", 6) != 0 || (s = digits(s + 6)) == NULL)
		return NULL;
	for (int i = 0; i < 2; i++) {
		size_t n = strlen(kinds[i]);

		if (strncmp(s, kinds[i], n) == 0 && !isalnum((unsigned char)s[n]))
			return s + n;
	}
	return NULL;
}

static const char *im(const char *s)
{
	if (strncmp(s, "NORMAL2-", 8) == 0)
		s += 8;
	return strncmp(s, "IM-", 3) == 0 ? digits(s + 3) : NULL;
}

static const char *disease(const char *s)
{
	static const char *const kinds[] = {"NORMAL-", "BACTERIA-", "VIRUS-"};

	for (int i = 0; i < 3; i++) {
		size_t n = strlen(kinds[i]);
		const char *end = strncmp(s, kinds[i], n) == 0 ? digits(s + n) : NULL;

		if (end != NULL && *end == '-')
			return end;
	}
	return NULL;
}

char *path_patient(const char *path)
{
	const char *name = path_name(path), *dot, *end;

	if ((end = person(name)) != NULL || (end = im(name)) != NULL)
		return xstrndup(name, (size_t)(end - name));
	if ((end = disease(name)) != NULL) { /* a child has one number, whatever was found in which image */
		const char *number = strchr(name, '-') + 1;

		return xstrndup(number, (size_t)(end - number));
	}
	dot = strrchr(name, '.');
	return dot == NULL || dot == name ? xstrdup(name) : xstrndup(name, (size_t)(dot - name));
}

const char *path_finding(const char *path)
{
	static const char *const findings[] = {"BACTERIA", "VIRUS", "NORMAL"};
	const char *name = path_name(path), *end;

	if ((end = person(name)) != NULL)
		return end[-1] == 'a' ? findings[0] : findings[1];
	if (im(name) != NULL)
		return findings[2];
	for (int i = 0; i < 3 && disease(name) != NULL; i++)
		if (strncmp(name, findings[i], strlen(findings[i])) == 0)
			return findings[i];
	return NULL;
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
		*archive = xstrndup(path, (size_t)(bang - path));
		if (stat(*archive, &st) == 0 && S_ISREG(st.st_mode))
			return bang + 2;
		free(*archive);
		*archive = NULL;
	}
	return NULL;
}
