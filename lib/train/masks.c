/* Lung masks: which image one belongs to, and what training asks of them. */
#include "train/masks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"

/* ---- names */

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Length of a base name without its extension. */
static size_t stem_of(const char *base)
{
	const char *dot = strrchr(base, '.');

	return dot && dot > base ? (size_t)(dot - base) : strlen(base);
}

static int compare_names(const char *a, const char *b)
{
	const char *p = base_of(a), *q = base_of(b);
	size_t n = stem_of(p), m = stem_of(q);
	int order = memcmp(p, q, n < m ? n : m);

	return order ? order : (n > m) - (n < m);
}

static int by_name(const void *a, const void *b, void *ctx)
{
	const struct dataset *d = ctx;

	return compare_names(d->id[*(const size_t *)a], d->id[*(const size_t *)b]);
}

/* How many parts two paths of the same name have in common: the name, and folders from the last one on. */
static int common(const char *a, const char *b)
{
	const char *p = base_of(a), *q = base_of(b);
	int n = 1;

	while (p > a && q > b) {
		const char *pe = --p, *qe = --q;

		while (p > a && p[-1] != '/')
			p--;
		while (q > b && q[-1] != '/')
			q--;
		if (pe - p != qe - q || memcmp(p, q, (size_t)(pe - p)))
			break;
		n++;
	}
	return n;
}

/* Is the mask in the folder of another class than the image's? */
static bool of_another_class(const struct dataset *d, size_t i, const char *name)
{
	const char *base = base_of(name), *from = base - 1;
	int class;

	if (base == name)
		return false;
	while (from > name && from[-1] != '/')
		from--;
	char *folder = xstrndup(from, (size_t)(base - 1 - from));

	class = classes_index(&d->classes, folder);
	free(folder);
	return class >= 0 && class != d->label[i];
}

static size_t first_of(const struct train_masks *m, const char *name)
{
	size_t low = 0, high = m->d->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (compare_names(m->d->id[m->order[mid]], name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The image that a mask belongs to, n: none; -1: several. *depth: what they have in common. */
static int find_image(const struct train_masks *m, const char *name, size_t *image, int *depth, struct err *e)
{
	const struct dataset *d = m->d;
	bool several = false;

	*image = d->n;
	*depth = 0;
	for (size_t i = first_of(m, name); i < d->n && !compare_names(d->id[m->order[i]], name); i++) {
		int n = common(d->id[m->order[i]], name);

		if (n < *depth || of_another_class(d, m->order[i], name))
			continue;
		several = n == *depth;
		*depth = n;
		*image = m->order[i];
	}
	return several ? err_set(e, "%s: is the mask of several images by its name, as of %s", name, d->id[*image]) : 0;
}

/* ---- pixels */

/* To 0 and 255, whatever its two values are. 1: there is but one; -1: it is no mask. */
static int stretch(unsigned char *to, const unsigned char *from, size_t n, const char *name, struct err *e)
{
	int low = 255, high = 0;
	size_t between = 0;

	for (size_t i = 0; i < n; i++) {
		low = from[i] < low ? from[i] : low;
		high = from[i] > high ? from[i] : high;
	}
	if (low >= high)
		return 1;
	for (size_t i = 0; i < n; i++) {
		to[i] = (unsigned char)(((from[i] - low) * 255 + (high - low) / 2) / (high - low));
		between += to[i] > 51 && to[i] < 204;
	}
	if (between > n / 4)
		return err_set(e, "%s: not a mask: %.0f %% of its pixels are neither dark nor bright", name,
		               100. * (double)between / (double)n);
	return 0;
}

void masks_start(struct train_masks *m, struct dataset *d)
{
	*m = (struct train_masks){.d = d, .order = xcalloc(d->n, sizeof *m->order), .depth = xcalloc(d->n, sizeof *m->depth)};
	d->mask = xcalloc(d->n, sizeof *d->mask);
	for (size_t i = 0; i < d->n; i++)
		m->order[i] = i;
	qsort_r(m->order, d->n, sizeof *m->order, by_name, d);
}

int masks_add(struct train_masks *m, const char *name, const unsigned char *pixels, struct err *e)
{
	struct dataset *d = m->d;
	size_t n = (size_t)d->recipe.height * (size_t)d->recipe.width, i;
	unsigned char *mask;
	int depth, rc;

	if (find_image(m, name, &i, &depth, e))
		return -1;
	if (i == d->n || depth < m->depth[i]) {
		m->idle++;
		return 0;
	}
	if (depth == m->depth[i])
		return err_set(e, "%s: a second mask of %s", name, d->id[i]);
	mask = xmalloc(n);
	rc = stretch(mask, pixels, n, name, e);
	if (rc) {
		free(mask);
		m->flat += rc > 0;
		return rc < 0 ? -1 : 0;
	}
	m->known += !d->mask[i];
	m->idle += d->mask[i] != NULL;
	free(d->mask[i]);
	d->mask[i] = mask;
	m->depth[i] = depth;
	return 0;
}

static int check_head(const struct train_masks *m, const struct reader *r, struct err *e)
{
	const char *line = record_get(&r->head, "recipe");
	const struct recipe *want = &m->d->recipe;
	struct recipe have;

	recipe_default(&have);
	if (!line || recipe_parse(&have, line, e))
		return err_set(e, "no recipe in the head: masks come from cxr-prep");
	if (have.width != want->width || have.height != want->height || have.fit != want->fit)
		return err_set(e, "masks of %dx%d or fitted otherwise, the images are %dx%d: prepare both alike", have.width,
		               have.height, want->width, want->height);
	return 0;
}

static int read_item(struct train_masks *m, const struct record *item, unsigned char *plane, struct err *e)
{
	size_t n = (size_t)m->d->recipe.height * (size_t)m->d->recipe.width;
	const struct tensor *mask = record_tensor(item, "mask"), *t = mask ? mask : record_tensor(item, "image");
	const char *id = record_get(item, "id");

	if (record_error(item)) {
		m->unread++;
		return 0;
	}
	if (!id || !t || t->type != DT_U8 || t->ndim < 2 || !t->bytes || t->bytes % n)
		return err_set(e, "%s: not an 8-bit mask of the images' size: prepare masks with --store u8 -c 1",
		               id ? id : "item without id");
	for (size_t i = 0; i < n; i++)
		plane[i] = ((const unsigned char *)t->data)[i * (t->bytes / n)];
	return masks_add(m, id, plane, e);
}

int masks_read(struct train_masks *m, struct source *src, struct err *e)
{
	unsigned char *plane = xmalloc((size_t)m->d->recipe.height * (size_t)m->d->recipe.width);
	struct record item = {0};
	struct reader r;
	int rc = reader_open(&r, src, e);

	if (rc) {
		free(plane);
		return -1;
	}
	rc = check_head(m, &r, e);
	while (!rc && (rc = reader_next(&r, &item, e)) > 0)
		rc = record_is_item(&item) ? read_item(m, &item, plane, e) : 0;
	if (rc)
		err_prefix(e, "%s", src->name);
	record_free(&item);
	reader_close(&r);
	free(plane);
	return rc;
}

int masks_end(struct train_masks *m, const char **first, struct err *e)
{
	struct dataset *d = m->d;
	struct sha256 sha;

	*first = NULL;
	sha256_init(&sha);
	for (size_t i = d->n; i-- > 0; ) {
		sha256_add(&sha, &i, sizeof i);
		if (d->mask[i])
			sha256_add(&sha, d->mask[i], (size_t)d->recipe.height * (size_t)d->recipe.width);
		else
			*first = d->id[i];
	}
	sha256_hex(&sha, d->masks);
	free(m->order);
	free(m->depth);
	return m->known ? 0 : err_set(e, "none is the mask of an image, by its name");
}

/* ---- what training asks */

bool mask_get(const struct dataset *d, size_t i, const struct augment_draw *draw, float *scratch, float *out)
{
	int h = d->recipe.height, w = d->recipe.width;

	if (!d->mask || !d->mask[i])
		return false;
	for (int p = 0; p < h * w; p++)
		out[p] = d->mask[i][p] / 255.f;
	if (draw)
		augment_move(draw, out, scratch, h, w, 1);
	return true;
}

void mask_outside(const float *mask, int height, int width, int h, int w, float *out)
{
	for (int i = 0; i < h * w; i++) {
		int y0 = i / w * height / h, y1 = (i / w + 1) * height / h, x0 = i % w * width / w;
		int x1 = (i % w + 1) * width / w;
		double sum = 0;

		for (int y = y0; y < y1; y++)
			for (int x = x0; x < x1; x++)
				sum += mask[y * width + x];
		out[i] = (float)(1 - sum / ((y1 - y0) * (x1 - x0)));
	}
}
