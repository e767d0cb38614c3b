/* --baseline: what stands for nothing, in methods and measures alike. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "cam/item.h"

bool baseline_is_file(const struct cam *c)
{
	return c->o.baseline && blank_kind(c->o.baseline) == BLANK_file;
}

/* The file goes the way of all images, to what the network gets. */
static int load(struct cam_baseline *b, const char *path, const struct recipe *r, struct err *e)
{
	char hex[SHA256_HEX];
	struct image_facts facts;
	struct image im = {0};
	unsigned char *bytes;
	size_t n;
	int rc;

	input_note(path);
	if (file_read(path, (size_t)1 << 30, &bytes, &n, e))
		return err_prefix(e, "--baseline");
	rc = image_load(&im, r, bytes, n, &facts, e) ? err_prefix(e, "--baseline: %s", path) : 0;
	if (!rc) {
		b->image = xcalloc((size_t)r->width * (size_t)r->height * (size_t)r->channels, sizeof *b->image);
		image_normalise(&im, r, b->image);
		sha256_of(bytes, n, hex);
		b->name = xasprintf("sha256:%.16s", hex);
	}
	image_free(&im);
	free(bytes);
	return rc;
}

int baseline_open(struct cam *c, struct err *e)
{
	struct cam_baseline *b = &c->x.baseline;

	if (!c->o.baseline)
		return 0;
	c->x.q.blank = (struct blank){.kind = blank_kind(c->o.baseline), .given = true};
	if (!baseline_is_file(c)) {
		b->name = xstrdup(c->o.baseline);
		return 0;
	}
	if (load(b, c->o.baseline, &c->x.net->recipe, e))
		return -1;
	c->x.q.blank.file = b->image;
	return 0;
}

void baseline_close(struct cam *c)
{
	free(c->x.baseline.name);
	free(c->x.baseline.image);
}
