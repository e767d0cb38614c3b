/* cxr-train --masks: lung masks from a stream, or from the files of a folder. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/visit.h"
#include "image/image.h"
#include "run.h"
#include "train/masks.h"

enum { MASK_BYTES = 1 << 28 }; /* of one file, at most */

struct mask_folder {
	struct train_masks *m;
	struct recipe r;
};

static int add_file(void *ctx, const char *path, const struct stat *st, struct err *e)
{
	struct mask_folder *f = ctx;
	struct image_facts facts;
	struct image im = {0};
	unsigned char *bytes;
	size_t n;
	int rc = file_read(path, MASK_BYTES, &bytes, &n, e);

	(void)st;
	if (rc)
		return rc;
	if (image_load(&im, &f->r, bytes, n, &facts, e)) {
		f->m->unread++;
		warn("%s: %s", path, e->text);
	} else {
		rc = masks_add(f->m, path, im.u8, e);
	}
	image_free(&im);
	free(bytes);
	return rc;
}

static int end_walk(void *ctx, const struct err *e)
{
	(void)ctx;
	(void)e;
	return -1;
}

static bool is_hidden(const char *name)
{
	return *name == '.';
}

static int read_folder(struct train_masks *m, const char *dir, struct err *e)
{
	struct mask_folder f = {m, m->d->recipe};

	recipe_set_channels(&f.r, 1);
	f.r.depth = 8;
	if (image_start("cxr-train", e))
		return -1;
	return visit_folder(dir, &(struct visit){add_file, end_walk, NULL, is_hidden, &f}, e);
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
