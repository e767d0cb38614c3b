/* Ground truth of images, from a folder of masks or a table of boxes, as masks of the recipe's size. */
#include "image/mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "stream/stream.h"

int masks_read(struct masks *m, struct source *table, struct err *e)
{
	return boxlist_read(&m->boxes, table, e);
}

void masks_close(struct masks *m)
{
	boxlist_free(&m->boxes);
	*m = (struct masks){0};
}

/* ---- from the file's pixels to the recipe's ---- */

/* For each of n pixels from `first` on, the file's pixel that is nearest to its middle; -1 where the recipe adds a
 * margin. A part of the file, `length` from `from` on, lies on `n` of `all`. */
static int *nearest(double from, double length, int first, int n, int all, int64_t size)
{
	int *at = xmalloc((size_t)all * sizeof *at);

	for (int i = 0; i < all; i++) {
		double middle = floor(from + (i - first + .5) * (length / n));

		at[i] = i < first || i >= first + n ? -1 : (int)fmin(fmax(middle, 0), (double)size - 1);
	}
	return at;
}

struct grid {
	int *x, *y; /* the file's column and row for each of the recipe's */
};

static struct grid grid_of(const struct recipe *r, int64_t width, int64_t height)
{
	struct placing p = image_place(r, (double)width, (double)height);

	return (struct grid){nearest(p.box.x, p.box.width, p.x, p.width, r->width, width),
	                     nearest(p.box.y, p.box.height, p.y, p.height, r->height, height)};
}

static void grid_free(struct grid *g)
{
	free(g->x);
	free(g->y);
}

static bool inside(int at, double from, double length)
{
	return at >= 0 && at + .5 >= from && at + .5 < from + length;
}

static void mark_box(const struct boxlist_box *b, const struct recipe *r, const struct grid *g, unsigned char *mask)
{
	for (int y = 0; y < r->height; y++)
		for (int x = 0; x < r->width; x++)
			if (inside(g->x[x], b->x, b->width) && inside(g->y[y], b->y, b->height))
				mask[y * r->width + x] = 1;
}

/* ---- files ---- */

/* DIR/name, or the same as a .png: 1, 0 where there is none, -1 when it cannot be read. */
static int read_file(const struct masks *m, const char *name, unsigned char **bytes, size_t *n, struct err *e)
{
	const char *dot = strrchr(name, '.');
	char *path = xasprintf("%s/%s", m->path, name);
	int rc = 0;

	if (access(path, F_OK) && dot) {
		free(path);
		path = xasprintf("%s/%.*s.png", m->path, (int)(dot - name), name);
	}
	if (!access(path, F_OK))
		rc = file_read(path, (size_t)1 << 30, bytes, n, e) ? -1 : 1;
	free(path);
	return rc;
}

/* A mask is to have the image's shape, up to a pixel of its own, or that of the network's input, in which the image
 * lies as the recipe places it. */
static bool fits(const struct recipe *r, int64_t w, int64_t h, int64_t width, int64_t height)
{
	return w * r->height == h * r->width || llabs(w * height - h * width) <= (width > height ? width : height);
}

/* The file's own values, one channel, 0..1 of its type; `r` is the recipe that they will go by. */
static int load_values(struct image *im, const struct recipe *recipe, const unsigned char *bytes, size_t n,
                       int64_t width, int64_t height, struct err *e)
{
	struct recipe r = *recipe;
	struct image_facts f;

	recipe_set_channels(&r, 1);
	r.kernel = KERNEL_NEAREST;
	r.depth = 0;
	r.shrink_on_load = false;
	r.fit = FIT_SQUASH;
	r.white = 0;
	r.white_percent = false;
	r.width = r.height = 1;
	if (image_load(im, &r, bytes, n, &f, e))
		return -1;
	image_free(im);
	if (!fits(recipe, f.width, f.height, width, height))
		return err_set(e, "%d x %d pixels for an image of %lld x %lld", f.width, f.height, (long long)width,
		               (long long)height);
	r.width = f.width;
	r.height = f.height;
	return image_load(im, &r, bytes, n, &f, e);
}

/* From which value on a pixel belongs to the object. */
static int level_of(const struct masks *m, const struct image *im, float *level, struct err *e)
{
	size_t n = (size_t)im->width * (size_t)im->height;
	float lo = im->f32[0], hi = lo;
	bool gray = false;

	for (size_t i = 1; i < n; i++) {
		lo = fminf(lo, im->f32[i]);
		hi = fmaxf(hi, im->f32[i]);
	}
	for (size_t i = 0; i < n && !gray; i++)
		gray = im->f32[i] != lo && im->f32[i] != hi;
	if (gray && m->threshold <= 0)
		return err_set(e, "a gray mask, with values from %g to %g of white: --mask-threshold says which are the object",
		               (double)lo, (double)hi);
	if (lo == hi && lo != 0)
		return err_set(e, "a mask of one value, %g of white: it tells no object from its background", (double)lo);
	*level = gray ? (float)m->threshold : hi;
	return lo == hi ? MASK_EMPTY : MASK_FOUND;
}

static int mark_file(const struct masks *m, const unsigned char *bytes, size_t n, const struct recipe *r, int64_t width,
                     int64_t height, unsigned char *mask, struct err *e)
{
	struct image im = {0};
	struct grid g;
	float level = 0;
	int kind = load_values(&im, r, bytes, n, width, height, e) ? -1 : level_of(m, &im, &level, e);

	if (kind == MASK_FOUND) {
		g = grid_of(r, im.width, im.height);
		for (int y = 0; y < r->height; y++)
			for (int x = 0; x < r->width; x++)
				mask[y * r->width + x] = g.x[x] >= 0 && g.y[y] >= 0 &&
				                         im.f32[(size_t)g.y[y] * (size_t)im.width + (size_t)g.x[x]] >= level;
		grid_free(&g);
	}
	image_free(&im);
	return kind;
}

static int find_file(const struct masks *m, const char *id, const struct recipe *r, int64_t width, int64_t height,
                     unsigned char *mask, struct err *e)
{
	unsigned char *bytes = NULL;
	size_t n = 0;
	int rc = 0;

	for (const char *name = id; name && !rc; name = strchr(name, '/') ? strchr(name, '/') + 1 : NULL)
		rc = read_file(m, name, &bytes, &n, e);
	if (rc > 0)
		rc = mark_file(m, bytes, n, r, width, height, mask, e);
	free(bytes);
	return rc;
}

static int find_boxes(const struct masks *m, const char *id, const struct recipe *r, int64_t width, int64_t height,
                      unsigned char *mask)
{
	struct grid g = grid_of(r, width, height);
	size_t n;
	const struct boxlist_box *box = boxlist_of(&m->boxes, id, &n);

	for (size_t i = 0; i < n; i++)
		mark_box(&box[i], r, &g, mask);
	grid_free(&g);
	return box ? MASK_FOUND : MASK_NONE;
}

int masks_find(const struct masks *m, const struct recipe *r, const struct record *item, unsigned char **mask,
               struct err *e)
{
	const char *id = record_get(item, "id"), *w = record_get(item, "width"), *h = record_get(item, "height");
	int64_t width, height;
	int kind;

	*mask = NULL;
	if (!m->path || !id || !w || !h || !num_int(w, 1, INT32_MAX, &width) || !num_int(h, 1, INT32_MAX, &height))
		return MASK_NONE;
	if (budget_ask(e, (size_t)r->width * (size_t)r->height, "a mask of %d x %d pixels", r->width, r->height))
		return -1;
	*mask = xcalloc((size_t)r->width * (size_t)r->height, 1);
	kind = m->boxes.n ? find_boxes(m, id, r, width, height, *mask) : find_file(m, id, r, width, height, *mask, e);
	if (kind < 0)
		err_prefix(e, "%s: mask of %s", m->path, id);
	if (kind <= MASK_NONE) {
		free(*mask);
		*mask = NULL;
	}
	return kind;
}
