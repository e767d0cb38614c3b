/* cxr-train --masks: lung masks from a stream, or from the files of a folder. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/image.h"
#include "run.h"
#include "train/masks.h"

enum { MASK_BYTES = 1 << 28 }; /* of one file, at most */

static int add_file(struct train_masks *m, const struct recipe *r, const char *path, struct err *e)
{
	struct image_facts facts;
	struct image im = {0};
	unsigned char *bytes;
	size_t n;
	int rc = file_read(path, MASK_BYTES, &bytes, &n, e);

	if (rc)
		return rc;
	if (image_load(&im, r, bytes, n, &facts, e)) {
		m->unread++;
		warn("%s: %s", path, e->text);
	} else {
		rc = masks_add(m, path, im.u8, e);
	}
	image_free(&im);
	free(bytes);
	return rc;
}

static int not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* All files below, in the order of their names. */
static int add_folder(struct train_masks *m, const struct recipe *r, const char *dir, const struct file_walk *up,
                      struct err *e)
{
	struct file_walk here;
	struct dirent **entry;
	int n, rc = 0, fresh = file_enter(&here, dir, up, e);

	if (fresh <= 0)
		return fresh;
	if ((n = scandir(dir, &entry, not_hidden, alphasort)) < 0)
		return err_errno(e, "%s", dir);
	for (int i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", dir, entry[i]->d_name);

		if (!rc)
			rc = file_is_dir(path) ? add_folder(m, r, path, &here, e) : add_file(m, r, path, e);
		free(path);
		free(entry[i]);
	}
	free(entry);
	return rc;
}

static int read_folder(struct train_masks *m, const char *dir, struct err *e)
{
	struct recipe r = m->d->recipe;

	recipe_set_channels(&r, 1);
	r.depth = 8;
	if (image_start("cxr-train", e))
		return -1;
	return add_folder(m, &r, dir, NULL, e);
}

void train_read_masks(const struct train *t, struct dataset *d)
{
	const char *first;
	struct source src;
	struct train_masks m;
	struct err e;
	int rc;

	masks_start(&m, d);
	if (file_is_dir(t->masks)) {
		rc = read_folder(&m, t->masks, &e);
	} else {
		tool_input(&src, t->masks);
		rc = masks_read(&m, &src, &e);
		source_close(&src);
	}
	if (rc)
		train_die(t, &e);
	if (masks_end(&m, &first, &e)) {
		err_prefix(&e, "%s", t->masks);
		train_die(t, &e);
	}
	if (m.known < d->n)
		warn("%s: %zu of %zu images have no lung mask, the first is %s: they train without it (%zu masks of one value, "
		     "%zu unreadable, %zu of other images)", t->masks, d->n - m.known, d->n, first, m.flat, m.unread, m.idle);
}
