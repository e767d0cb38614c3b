/* What is known of an image: masks, or boxes in a table, found by the image's name. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "cam_item.h"

/* The image's bytes as PGM with the boxes in white, so that it goes the way of the image itself. */
static unsigned char *draw_boxes(const struct truth *t, const char *name, int width, int height, size_t *n)
{
	char head[64];
	size_t first = (size_t)snprintf(head, sizeof head, "P5 %d %d 255\n", width, height);
	unsigned char *pgm;
	bool known = false;

	*n = first + (size_t)width * (size_t)height;
	pgm = xcalloc(*n, 1);
	memcpy(pgm, head, first);
	for (size_t i = 0; i < t->n; i++) {
		const double *b = t->row[i].box;

		if (strcmp(t->row[i].name, name))
			continue;
		known = true;
		for (int y = 0; y < height; y++)
			for (int x = 0; x < width; x++)
				if (x + .5 >= b[0] && x + .5 < b[0] + b[2] && y + .5 >= b[1] && y + .5 < b[1] + b[3])
					pgm[first + (size_t)y * (size_t)width + (size_t)x] = 255;
	}
	if (known)
		return pgm;
	free(pgm);
	return NULL;
}

/* DIR/name, or the same as a .png. */
static unsigned char *read_mask(const struct truth *t, const char *name, size_t *n, struct err *e)
{
	const char *dot = strrchr(name, '.');
	char *path = xasprintf("%s/%s", t->path, name);
	unsigned char *bytes = NULL;

	if (access(path, F_OK) && dot) {
		free(path);
		path = xasprintf("%s/%.*s.png", t->path, (int)(dot - name), name);
	}
	if (access(path, F_OK) == 0 && file_read(path, (size_t)1 << 30, &bytes, n, e))
		bytes = NULL;
	free(path);
	return bytes;
}

/* A mask is to have the image's shape, up to a pixel of its own, or be made as the network's input is. */
static bool fits(const struct recipe *r, int64_t w, int64_t h, int64_t width, int64_t height)
{
	return (w == r->width && h == r->height) || llabs(w * height - h * width) <= (width > height ? width : height);
}

unsigned char *truth_mask(const struct truth *t, const struct recipe *recipe, const struct record *item, struct err *e)
{
	struct recipe r = *recipe;
	struct image im;
	const char *id = record_get(item, "id"), *name = id, *w = record_get(item, "width"), *h = record_get(item, "height");
	int64_t width = 0, height = 0;
	unsigned char *bytes = NULL, *mask = NULL;
	size_t n = 0;
	struct image_facts f;

	e->text[0] = '\0';
	if (!t->path || !id || !w || !h || !num_int(w, 1, 65536, &width) || !num_int(h, 1, 65536, &height))
		return NULL;
	for (; name && !bytes && !e->text[0]; name = strchr(name, '/') ? strchr(name, '/') + 1 : NULL)
		bytes = t->dir ? read_mask(t, name, &n, e) : draw_boxes(t, name, (int)width, (int)height, &n);
	if (!bytes)
		return NULL;
	recipe_set_channels(&r, 1);
	r.kernel = KERNEL_NEAREST;
	r.depth = 8;
	r.shrink_on_load = false;
	if (image_load(&im, &r, bytes, n, &f, e) == 0) {
		mask = im.u8;
		for (int i = 0; i < r.width * r.height; i++)
			mask[i] = mask[i] > 127;
	}
	if (mask && !fits(&r, f.width, f.height, width, height)) {
		err_set(e, "%d x %d pixels for an image of %lld x %lld", f.width, f.height, (long long)width, (long long)height);
		free(mask);
		mask = NULL;
	}
	if (!mask)
		err_prefix(e, "%s: mask of %s", t->path, id);
	free(bytes);
	return mask;
}
