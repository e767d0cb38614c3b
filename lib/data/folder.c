/* The folders of a path and what their names say. */
#include "data/folder.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

static bool is_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)s[i]))
			return false;
	return n > 0;
}

/* prefix and then that many digits (0: any), nothing else */
static bool is_numbered(const char *s, size_t n, const char *prefix, size_t digits)
{
	size_t k = strlen(prefix);

	return n > k && !strncasecmp(s, prefix, k) && is_digits(s + k, n - k) && (!digits || n - k == digits);
}

const char *folder_split(const char *s, size_t n)
{
	static const char *const names[][2] = {{"train", "train"}, {"training", "train"}, {"val", "val"}, {"valid", "val"},
		{"validation", "val"}, {"test", "test"}, {"testing", "test"}};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i][0]) == n && !strncasecmp(s, names[i][0], n))
			return names[i][1];
	return NULL;
}

static bool is_one_of(const char *s, size_t n, const char *const *names)
{
	while (*names && (strlen(*names) != n || strncasecmp(s, *names, n)))
		names++;
	return *names;
}

/* images, images_001, image-2, x.npz! */
static bool is_images(const char *s, size_t n)
{
	static const char *const names[] = {"image", "images", "img", "imgs", "pictures", "png", "jpg", "jpeg", "dcm", "dicom",
		"dicoms", "files", "data", "cxr", "cxrs", "xray", "xrays", "x-rays", "radiographs", "original", "originals", NULL};

	if (n > 0 && s[n - 1] == '!')
		return true;
	while (n > 1 && (isdigit((unsigned char)s[n - 1]) || strchr("_- ", s[n - 1])))
		n--;
	return is_one_of(s, n, names);
}

static bool is_masks(const char *s, size_t n)
{
	static const char *const names[] = {"seg", "segs", "segmentation", "segmentations", "groundtruth", "ground_truth",
		"ground truth", "gt", "annotations", "contours", NULL};

	if (is_one_of(s, n, names))
		return true;
	for (size_t i = 0; i + 4 <= n; i++) /* a word "mask" or "masks" */
		if (!strncasecmp(s + i, "mask", 4) && (i == 0 || !isalpha((unsigned char)s[i - 1]))) {
			size_t end = i + 4 + (i + 4 < n && tolower((unsigned char)s[i + 4]) == 's');

			if (end == n || !isalpha((unsigned char)s[end]))
				return true;
		}
	return false;
}

/* 01-31-2000-NA-CHEST..., or 1.3.6.1.4.1.14519... */
static bool is_study(const char *s, size_t n)
{
	size_t uid = 0;

	if (is_numbered(s, n, "study", 0) || is_numbered(s, n, "s", 8))
		return true;
	if (n > 10 && is_digits(s, 2) && s[2] == '-' && is_digits(s + 3, 2) && s[5] == '-' && is_digits(s + 6, 4) &&
	    s[10] == '-')
		return true;
	while (uid < n && (isdigit((unsigned char)s[uid]) || s[uid] == '.'))
		uid++;
	return uid == n && n >= 20 && memchr(s, '.', n);
}

enum folder folder_kind(const char *s, size_t n)
{
	if (folder_split(s, n))
		return FOLDER_SPLIT;
	if (is_masks(s, n))
		return FOLDER_MASKS;
	if (is_images(s, n))
		return FOLDER_IMAGES;
	if (is_study(s, n))
		return FOLDER_STUDY;
	if (is_numbered(s, n, "patient", 5) || is_numbered(s, n, "p", 2) || is_numbered(s, n, "p", 8) ||
	    (n > 4 && !strncmp(s, "sub-", 4)))
		return FOLDER_PATIENT;
	return FOLDER_PLAIN;
}

void folders_of(struct folders *f, const char *path, size_t root)
{
	const char *s = path + root, *slash;

	f->n = 0;
	for (; (slash = strchr(s, '/')); s = slash + 1) {
		size_t n = (size_t)(slash - s);

		if (n == 0 || (n == 1 && s[0] == '.') || f->n == FOLDERS)
			continue;
		f->part[f->n++] = (struct part){s, n, folder_kind(s, n)};
	}
}

int folders_patient(const struct folders *f)
{
	int found = -1;

	for (int i = 0; i < f->n; i++)
		if (f->part[i].kind == FOLDER_PATIENT)
			found = i;
	for (int i = 1; i < f->n && found < 0; i++)
		if (f->part[i].kind == FOLDER_STUDY && f->part[i - 1].kind == FOLDER_PLAIN)
			return i - 1;
	return found;
}

char *folders_at(const struct folders *f, int k)
{
	int first = 0;

	for (int i = f->n - 1; i >= 0 && !first; i--)
		if (f->part[i].kind == FOLDER_SPLIT && i + 1 < f->n)
			first = i + 1;
	int i = k > 0 ? first + k - 1 : f->n + k;

	return k && i >= first && i < f->n ? xstrndup(f->part[i].s, f->part[i].n) : xstrdup("");
}
