/* Images as few numbers, and images of each class: some of them, their mean and their standard deviation. */
#include "eda/eda.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "image/font.h"
#include "image/sheet.h"

enum { PIXELS = CELL * CELL, LONGEST = 1000000 };

static char *text_of(const struct record *r, const char *key)
{
	const char *value = record_get(r, key);
	return xstrdup(value ? value : "");
}

/* A size of a file, in pixels. */
static double size_of(const struct record *r, const char *key)
{
	const char *value = record_get(r, key);
	double x;
	return value && num_double(value, &x) && x >= 1 && x <= LONGEST ? x : NAN;
}

uint64_t eda_hash(const char *name)
{
	uint64_t h = 14695981039346656037u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 1099511628211u;
	return h;
}

/* The pixels as means of their channels, on the scale of bytes whatever they are stored as. Fresh memory. */
static double *gray(const struct recipe *recipe, const struct tensor *t)
{
	int64_t channels = t->shape[2], n = t->shape[0] * t->shape[1];
	double *g = xcalloc(n, sizeof *g);

	for (int64_t i = 0; i < n * channels; i++) {
		int c = i % channels % 3;
		double v = t->type == DT_U8 ? ((const unsigned char *)t->data)[i] : ((const float *)t->data)[i];
		if (t->type == DT_F32) /* with norm=image what was taken away is not known: three deviations fill the scale */
			v = recipe->per_image ? 127.5 + 42.5 * v : 255 * (v * recipe->std[c] + recipe->mean[c]);
		g[i / channels] += v / (double)channels;
	}
	return g;
}

/* Means over the cells of an n x n image; where there are fewer pixels than cells they are taken more than once. */
static void shrink(const double *gray, int64_t h, int64_t w, int n, double *out)
{
	for (int r = 0; r < n; r++)
		for (int c = 0; c < n; c++) {
			double sum = 0, count = 0;
			for (int64_t y = h * r / n; y < h * (r + 1) / n || y == h * r / n; y++)
				for (int64_t x = w * c / n; x < w * (c + 1) / n || x == w * c / n; x++, count++)
					sum += gray[y * w + x];
			out[r * n + c] = sum / count;
		}
}

static void measure_item(struct eda_item *s, const double *g, int64_t h, int64_t w)
{
	double square = 0;

	for (int64_t i = 0; i < h * w; i++) {
		s->mean += g[i] / (double)(h * w);
		/* a byte that was normalised and taken back may lie a little below itself */
		s->level[(int)(fmin(fmax(g[i] + 1e-3, 0), 255) * LEVELS / 256)]++;
	}
	for (int64_t i = 0; i < h * w; i++)
		square += (g[i] - s->mean) * (g[i] - s->mean) / (double)(h * w);
	s->sd = sqrt(square);
	shrink(g, h, w, THUMB, s->thumb);
}

/* The place of a label among the classes, which are in its order: where it is, or belongs. */
static size_t place_of(const struct eda *d, const char *label)
{
	size_t low = 0, high = d->nclass;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (strcmp(d->class[mid]->label, label) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The class of a label, made when it is new: whoever is no longer among the first then is not shown. */
static struct eda_class *class_of(struct eda *d, const char *label)
{
	size_t i = place_of(d, label);

	if (i < d->nclass && !strcmp(d->class[i]->label, label))
		return d->class[i];
	d->class = grow(d->class, d->nclass, &d->classcap, sizeof *d->class);
	memmove(d->class + i + 1, d->class + i, (d->nclass++ - i) * sizeof *d->class);
	d->class[i] = xcalloc(1, sizeof **d->class);
	d->class[i]->label = xstrdup(label);
	if (i < SHOWN)
		d->class[i]->pixels = xcalloc(1, sizeof *d->class[i]->pixels);
	if (d->nclass > SHOWN) {
		free(d->class[SHOWN]->pixels);
		d->class[SHOWN]->pixels = NULL;
	}
	return d->class[i];
}

static void to_bytes(const double *value, unsigned char *gray)
{
	for (int i = 0; i < PIXELS; i++)
		gray[i] = (unsigned char)lrint(fmin(fmax(value[i], 0), 255));
}

/* Which images are shown follows from their names alone. */
static void keep_sample(struct eda_class *c, uint64_t key, const double *cell)
{
	struct eda_sample *sample = c->pixels->sample;
	size_t i = c->n < SAMPLES ? c->n : SAMPLES;

	while (i > 0 && sample[i - 1].key > key)
		i--;
	if (i == SAMPLES)
		return;
	memmove(sample + i + 1, sample + i, (SAMPLES - 1 - i) * sizeof *sample);
	sample[i].key = key;
	to_bytes(cell, sample[i].gray);
}

static void add_pixels(struct eda_class *c, const struct eda_item *s, const double *gray, int64_t h, int64_t w)
{
	double cell[PIXELS];

	shrink(gray, h, w, CELL, cell);
	keep_sample(c, eda_hash(s->id), cell);
	for (int i = 0; i < PIXELS; i++) {
		c->pixels->sum[i] += cell[i];
		c->pixels->square[i] += cell[i] * cell[i];
	}
}

static void class_add(struct eda *d, const struct eda_item *s, const double *gray, int64_t h, int64_t w)
{
	struct eda_class *c = class_of(d, s->label);

	if (c->pixels)
		add_pixels(c, s, gray, h, w);
	c->n++;
}

int eda_head(struct eda *d, const struct record *head, struct err *e)
{
	const char *classes = record_get(head, "classes"), *comma = classes ? strrchr(classes, ',') : NULL;
	const char *recipe = record_get(head, "recipe");

	if (comma && d->positive && strcmp(d->positive, comma + 1))
		return err_set(e, "other classes than the stream before");
	if (comma && !d->positive)
		d->positive = xstrdup(comma + 1);
	recipe_default(&d->recipe);
	return recipe ? recipe_parse(&d->recipe, recipe, e) : 0;
}

int eda_add(struct eda *d, const struct record *r, struct err *e)
{
	const struct tensor *t = record_tensor(r, "image");
	struct eda_item s = {.width = size_of(r, "width"), .height = size_of(r, "height")};

	if (!t || t->ndim != 3 || (t->type != DT_U8 && t->type != DT_F32) || t->bytes == 0)
		return err_set(e, "item %zu: no image in the stream: pass the list through cxr-prep first", d->n);
	if (t->type == DT_F32 && !num_finite(t->data, t->bytes / sizeof(float)))
		return err_set(e, "item %zu: the image has pixels that are not numbers", d->n);
	double *pixels = gray(&d->recipe, t);
	measure_item(&s, pixels, t->shape[0], t->shape[1]);
	s.id = text_of(r, "id");
	s.label = text_of(r, "label");
	s.patient = text_of(r, "patient");
	s.split = text_of(r, "split");
	s.sha256 = text_of(r, "sha256");
	class_add(d, &s, pixels, t->shape[0], t->shape[1]);
	free(pixels);
	d->widest = fmax(d->widest, fmax(s.width, s.height));
	d->item = grow(d->item, d->n, &d->cap, sizeof *d->item);
	d->item[d->n++] = s;
	return 0;
}

void eda_free(struct eda *d)
{
	for (size_t i = 0; i < d->n; i++) {
		struct eda_item *s = &d->item[i];
		char *own[] = {s->id, s->label, s->patient, s->split, s->sha256};
		for (size_t k = 0; k < sizeof own / sizeof *own; k++)
			free(own[k]);
	}
	for (size_t i = 0; i < d->nclass; i++) {
		free(d->class[i]->label);
		free(d->class[i]->pixels);
		free(d->class[i]);
	}
	free(d->class);
	free(d->item);
	free(d->positive);
}

static void put_cell(struct image *sheet, int row, int column, unsigned char *gray, const char *text)
{
	struct image cell = {.width = CELL, .height = CELL, .channels = 1, .u8 = gray};

	font_draw(&cell, text, strnlen(text, 20), 5, 5, 1, 0);
	font_draw(&cell, text, strnlen(text, 20), 4, 4, 1, 255);
	sheet_put(sheet, row, column, &cell);
}

static int new_sheet(struct image *sheet, const struct eda *d, int columns, struct err *e)
{
	return sheet_new(sheet, d->nclass < SHOWN ? (int)d->nclass : SHOWN, columns, CELL, CELL, e);
}

static int write_sheet(struct image *sheet, const char *path, struct err *e)
{
	int rc = image_write_png(sheet, path, e);

	image_free(sheet);
	return rc;
}

int eda_samples(const struct eda *d, const char *path, struct err *e)
{
	struct image sheet;
	unsigned char gray[PIXELS];

	if (new_sheet(&sheet, d, SAMPLES, e))
		return -1;
	for (int row = 0; row < SHOWN && (size_t)row < d->nclass; row++)
		for (int k = 0; k < SAMPLES && (size_t)k < d->class[row]->n; k++) {
			memcpy(gray, d->class[row]->pixels->sample[k].gray, PIXELS);
			put_cell(&sheet, row, k, gray, k ? "" : d->class[row]->label);
		}
	return write_sheet(&sheet, path, e);
}

/* Standard deviations are drawn three times as bright. */
int eda_means(const struct eda *d, const char *path, struct err *e)
{
	struct image sheet;
	double mean[PIXELS], sd[PIXELS];
	unsigned char gray[PIXELS];

	if (new_sheet(&sheet, d, 2, e))
		return -1;
	for (int row = 0; row < SHOWN && (size_t)row < d->nclass; row++) {
		const struct eda_class *c = d->class[row];
		for (int i = 0; i < PIXELS; i++) {
			mean[i] = c->pixels->sum[i] / (double)c->n;
			sd[i] = 3 * sqrt(fmax(c->pixels->square[i] / (double)c->n - mean[i] * mean[i], 0));
		}
		to_bytes(mean, gray);
		put_cell(&sheet, row, 0, gray, c->label);
		to_bytes(sd, gray);
		put_cell(&sheet, row, 1, gray, "sd x 3");
	}
	return write_sheet(&sheet, path, e);
}
