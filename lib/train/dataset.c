/* A whole stream in memory, or mapped: images, labels, and what the rest of training asks of them. */
#include "train/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/mem.h"
#include "base/num.h"

static size_t pixels(const struct recipe *r)
{
	return (size_t)r->height * (size_t)r->width;
}

static int read_head(struct dataset *d, const struct record *head, struct err *e)
{
	const char *recipe = record_get(head, "recipe"), *classes = record_get(head, "classes");

	record_copy(&d->head, head);
	if (!recipe)
		return err_set(e, "no recipe in the head: images come from cxr-prep");
	recipe_default(&d->recipe);
	if (recipe_parse(&d->recipe, recipe, e))
		return err_prefix(e, "recipe");
	if (!classes || !*classes)
		return err_set(e, "no classes in the head: the list has no labels");
	if (classes_parse(&d->classes, classes, e))
		return err_prefix(e, "classes");
	d->count = xcalloc((size_t)d->classes.n, sizeof *d->count);
	return 0;
}

/* The image's own shape and type must be the recipe's and the first image's. */
static const struct tensor *check_image(struct dataset *d, const struct record *item, struct err *e)
{
	const struct tensor *t = record_tensor(item, "image");
	const struct recipe *r = &d->recipe;

	if (!t)
		err_set(e, "no image");
	else if (t->ndim != 3 || t->shape[0] != r->height || t->shape[1] != r->width || t->shape[2] != r->channels)
		err_set(e, "image is not %dx%dx%d as the recipe says", r->height, r->width, r->channels);
	else if (t->type != DT_U8 && t->type != DT_F32)
		err_set(e, "image of type %s, not U8 or F32", dtype_name(t->type));
	else if (d->n && t->type != d->type)
		err_set(e, "image of type %s after others of type %s", dtype_name(t->type), dtype_name(d->type));
	else if (t->type == DT_F32 && !num_finite(t->data, t->bytes / sizeof(float)))
		err_set(e, "the image has pixels that are not numbers");
	else
		return t;
	return NULL;
}

static int make_room(struct dataset *d, struct err *e)
{
	size_t chunks = d->n / DATASET_CHUNK;

	d->label = grow(d->label, d->n, &d->labelcap, sizeof *d->label);
	d->sha256 = grow(d->sha256, d->n, &d->shacap, sizeof *d->sha256);
	d->id = grow(d->id, d->n, &d->idcap, sizeof *d->id);
	d->aspect = grow(d->aspect, d->n, &d->aspectcap, sizeof *d->aspect);
	d->patient = grow(d->patient, d->n, &d->patientcap, sizeof *d->patient);
	d->image = grow(d->image, d->n, &d->imagecap, sizeof *d->image);
	if (d->map || d->n % DATASET_CHUNK)
		return 0;
	d->chunk = grow(d->chunk, chunks, &d->chunkcap, sizeof *d->chunk);
	d->chunk[chunks] = malloc(DATASET_CHUNK * d->bytes); /* untouched pages cost nothing */
	return d->chunk[chunks] ? 0 : budget_err(e, DATASET_CHUNK * d->bytes, "the data set behind %zu images", d->n);
}

static unsigned char *keep(struct dataset *d, const struct tensor *image)
{
	return memcpy(d->chunk[d->n / DATASET_CHUNK] + d->n % DATASET_CHUNK * d->bytes, image->data, image->bytes);
}

static float aspect_of(const struct record *item)
{
	const char *width = record_get(item, "width"), *height = record_get(item, "height");
	int64_t w, h;

	if (!width || !height || !num_int(width, 1, INT32_MAX, &w) || !num_int(height, 1, INT32_MAX, &h))
		return NAN;
	return (float)w / (float)h;
}

static int add_item(struct dataset *d, const struct record *item, struct err *e)
{
	const char *label = record_get(item, "label"), *sha = record_get(item, "sha256"), *id = record_get(item, "id");
	const char *patient = record_get(item, "patient");
	int class = label && *label ? classes_index(&d->classes, label) : -1;
	const struct tensor *image;

	if (!label || !*label)
		return err_set(e, "no label");
	if (class < 0)
		return err_set(e, "label '%s' is none of the classes", label);
	if (!(image = check_image(d, item, e)))
		return -1;
	d->type = image->type;
	d->bytes = image->bytes;
	if (make_room(d, e))
		return -1;
	d->image[d->n] = d->map ? image->data : keep(d, image);
	d->aspect[d->n] = aspect_of(item);
	d->label[d->n] = class;
	d->id[d->n] = xstrdup(id ? id : "");
	d->patient[d->n] = xstrdup(patient ? patient : "");
	d->sha256[d->n++] = xstrdup(sha ? sha : "");
	d->count[class]++;
	return 0;
}

static int read_items(struct dataset *d, struct reader *r, struct err *e)
{
	struct record item = {0};
	int rc;

	while ((rc = reader_next(r, &item, e)) > 0) {
		const char *id = record_get(&item, "id");

		if (!record_is_item(&item))
			continue;
		if (record_error(&item)) {
			d->errors++;
		} else if (add_item(d, &item, e)) {
			rc = err_prefix(e, "%s: %s", r->src->name, id ? id : "item without id");
			break;
		}
	}
	record_free(&item);
	return rc;
}

static int read_all(struct dataset *d, struct reader *r, struct err *e)
{
	int rc = read_head(d, &r->head, e);

	if (rc)
		err_prefix(e, "%s", r->src->name);
	else
		rc = read_items(d, r, e);
	if (!rc && !d->n)
		rc = err_set(e, "%s: no images in the stream", r->src->name);
	d->crc = r->crc;
	d->body = r->body;
	reader_close(r);
	return rc;
}

int dataset_read(struct dataset *d, struct source *src, struct err *e)
{
	struct reader r;

	*d = (struct dataset){0};
	return reader_open(&r, src, e) ? -1 : read_all(d, &r, e);
}

/* A map of which only what is touched is read: not its surroundings. */
static void map_file(struct dataset *d, const char *path)
{
	d->map = file_map(path, PROT_READ, &d->mapsize);
	if (d->map)
		madvise(d->map, d->mapsize, MADV_RANDOM);
}

int dataset_map(struct dataset *d, const char *path, struct err *e)
{
	struct source src;
	struct reader r;
	int rc;

	*d = (struct dataset){0};
	map_file(d, path);
	if (!d->map || d->mapsize < 9 || d->map[8] != '{') { /* a record begins otherwise */
		dataset_free(d);
		return 0;
	}
	source_memory(&src, path, NULL, 0);
	rc = reader_view(&r, &src, d->map, d->mapsize, e) ? -1 : read_all(d, &r, e);
	source_close(&src);
	madvise(d->map, d->mapsize, MADV_DONTNEED);
	return rc ? -1 : 1;
}

/* The pages of bytes of the map are wanted, or no longer. */
static void advise(const unsigned char *bytes, size_t n, int what)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)bytes / page * page;

	madvise((void *)begin, (uintptr_t)bytes + n - begin, what);
}

static uint32_t crc_of_map(const struct dataset *d, size_t begin, size_t end)
{
	enum { PIECE = 1 << 20 };
	uint32_t crc = 0;

	for (size_t n; begin < end; begin += n) {
		n = end - begin < PIECE ? end - begin : PIECE;
		advise(d->map + begin, n, MADV_WILLNEED);
		crc = crc_join(crc, crc_of(d->map + begin, n), n);
		advise(d->map + begin, n, MADV_DONTNEED);
	}
	return crc;
}

int dataset_verify(const struct dataset *d, struct ranks *ranks, struct err *e)
{
	int n = ranks ? ranks->n : 1;
	uint32_t *part = xcalloc((size_t)n, sizeof *part), crc = 0;
	size_t begin, end;

	if (!d->map) {
		free(part);
		return 0;
	}
	ranks_share(ranks, d->body, &begin, &end);
	part[ranks ? ranks->me : 0] = crc_of_map(d, begin, end);
	ranks_collect(ranks, part, (size_t)n, sizeof *part);
	for (int k = 0; k < n; k++) {
		ranks_share(&(struct ranks){.n = n, .me = k}, d->body, &begin, &end);
		crc = crc_join(crc, part[k], end - begin);
	}
	free(part);
	return crc == d->crc ? 0 : err_set(e, "damaged: checksum is %08x, the tail says %08x", crc, d->crc);
}

void dataset_free(struct dataset *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->sha256[i]);
		free(d->id[i]);
		free(d->patient[i]);
		free(d->mask ? d->mask[i] : NULL);
	}
	for (size_t i = 0; !d->map && i * DATASET_CHUNK < d->n; i++)
		free(d->chunk[i]);
	if (d->map)
		munmap(d->map, d->mapsize);
	free(d->image);
	free(d->chunk);
	free(d->sha256);
	free(d->id);
	free(d->patient);
	free(d->mask);
	free(d->label);
	free(d->aspect);
	free(d->count);
	classes_free(&d->classes);
	record_free(&d->head);
	*d = (struct dataset){0};
}

int dataset_check_classes(const struct dataset *d, const char *prefix, struct err *e)
{
	if (d->classes.n < 2)
		return err_set(e, "%s: only one class, %s: nothing to tell apart", prefix, d->classes.name[0]);
	for (int k = 0; k < d->classes.n; k++)
		if (!d->count[k])
			return err_set(e, "%s: no image of class %s", prefix, d->classes.name[k]);
	return 0;
}

static size_t values(const struct recipe *r)
{
	return pixels(r) * (size_t)r->channels;
}

size_t dataset_values(const struct dataset *d)
{
	return values(&d->recipe);
}

static size_t aligned(size_t bytes)
{
	return (bytes + 63) / 64 * 64;
}

size_t dataset_scratch(const struct dataset *d)
{
	return 2 * values(&d->recipe) * sizeof(float) + aligned(d->bytes);
}

/* To 0..1 (as far as a float image's recipe says what that is) and back. */
static void to_pixels(const struct dataset *d, const void *image, float *out)
{
	const struct recipe *r = &d->recipe;
	size_t n = values(r), c = (size_t)r->channels;

	for (size_t i = 0; i < n; i++)
		out[i] = d->type == DT_U8       ? ((const unsigned char *)image)[i] / 255.f
		         : r->per_image         ? ((const float *)image)[i] * .25f + .5f
		                                : ((const float *)image)[i] * r->std[i % c] + r->mean[i % c];
}

static void from_pixels(const struct dataset *d, const float *in, void *image)
{
	const struct recipe *r = &d->recipe;
	size_t n = values(r), c = (size_t)r->channels;

	for (size_t i = 0; i < n; i++) {
		if (d->type == DT_U8) {
			float above = in[i] > 0 ? in[i] : 0; /* no fmaxf: a call for each pixel */

			((unsigned char *)image)[i] = (unsigned char)((above < 1 ? above : 1) * 255 + .5f);
		} else if (r->per_image) {
			((float *)image)[i] = (in[i] - .5f) * 4;
		} else {
			((float *)image)[i] = (in[i] - r->mean[i % c]) / r->std[i % c];
		}
	}
}

/* A copy, as in a file images may lie anyhow. */
static void copy_image(const struct dataset *d, size_t i, void *to)
{
	if (d->map)
		advise(d->image[i], d->bytes, MADV_WILLNEED);
	memcpy(to, d->image[i], d->bytes);
	if (d->map)
		advise(d->image[i], d->bytes, MADV_DONTNEED);
}

void dataset_get(const struct dataset *d, size_t i, const struct augment_draw *draw, void *scratch, float *out)
{
	const struct recipe *r = &d->recipe;
	float *plane = (void *)((char *)scratch + aligned(d->bytes));
	void *image = d->type == DT_U8 ? scratch : out;

	copy_image(d, i, image);
	if (draw && !augment_only_flips(draw)) {
		to_pixels(d, image, plane);
		augment_apply(draw, plane, plane + values(r), r->height, r->width, r->channels);
		from_pixels(d, plane, image);
	} else if (draw && draw->flip)
		augment_flip(image, r->height, r->width, (size_t)r->channels * dtype_size(d->type));
	if (d->type == DT_U8)
		recipe_normalise(r, image, (int)pixels(r), out);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

char *dataset_marks(const struct dataset *d)
{
	enum { HEX = 16 };
	char(*mark)[HEX + 1] = xcalloc(d->n + 1, sizeof *mark);
	struct text all = {0};
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		if (strlen(d->sha256[i]) == 64)
			memcpy(mark[n++], d->sha256[i], HEX);
	qsort(mark, n, sizeof *mark, by_text);
	text_add(&all, "");
	for (size_t i = 0; i < n; i++)
		text_addn(&all, mark[i], HEX);
	free(mark);
	return all.s;
}
