/* Images of each class: some of them, their mean and their standard deviation. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eda.h"
#include "image/font.h"
#include "image/sheet.h"

enum { PIXELS = CELL * CELL, MAX_ROWS = 16 };

/* The class of a label, made when it is new, in the order of the labels. */
static struct class_seen *class_of(struct eda *d, const char *label)
{
	size_t i = 0;

	while (i < d->nclass && strcmp(d->class[i]->label, label) < 0)
		i++;
	if (i < d->nclass && !strcmp(d->class[i]->label, label))
		return d->class[i];
	d->class = xreallocarray(d->class, d->nclass + 1, sizeof *d->class);
	memmove(d->class + i + 1, d->class + i, (d->nclass++ - i) * sizeof *d->class);
	d->class[i] = xcalloc(1, sizeof **d->class);
	d->class[i]->label = xstrdup(label);
	return d->class[i];
}

static void bytes(const double *value, unsigned char *gray)
{
	for (int i = 0; i < PIXELS; i++)
		gray[i] = (unsigned char)lrint(fmin(fmax(value[i], 0), 255));
}

/* Which images are shown follows from their names alone. */
static void sample(struct class_seen *c, uint64_t key, const double *cell)
{
	size_t i = c->n < SAMPLES ? c->n : SAMPLES;

	while (i > 0 && c->sample[i - 1].key > key)
		i--;
	if (i == SAMPLES)
		return;
	memmove(c->sample + i + 1, c->sample + i, (SAMPLES - 1 - i) * sizeof *c->sample);
	c->sample[i].key = key;
	bytes(cell, c->sample[i].gray);
}

void class_add(struct eda *d, const struct seen *s, const double *gray, int64_t h, int64_t w)
{
	struct class_seen *c = class_of(d, s->label);
	double cell[PIXELS];

	eda_shrink(gray, h, w, CELL, cell);
	sample(c, eda_hash(s->id), cell);
	for (int i = 0; i < PIXELS; i++) {
		c->sum[i] += cell[i];
		c->square[i] += cell[i] * cell[i];
	}
	c->n++;
}

static void put(struct image *sheet, int row, int column, unsigned char *gray, const char *text)
{
	struct image cell = {.width = CELL, .height = CELL, .channels = 1, .u8 = gray};

	font_draw(&cell, text, strnlen(text, 20), 5, 5, 1, 0);
	font_draw(&cell, text, strnlen(text, 20), 4, 4, 1, 255);
	sheet_put(sheet, row, column, &cell);
}

static void write_sheet(struct image *sheet, const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s.png", dir, name);
	struct err e;

	if (image_write_png(sheet, path, &e))
		die_err(&e);
	image_free(sheet);
	free(path);
}

static struct image new_sheet(const struct eda *d, int columns)
{
	struct image sheet;
	struct err e;

	if (sheet_new(&sheet, d->nclass < MAX_ROWS ? d->nclass : MAX_ROWS, columns, CELL, CELL, &e))
		die_err(&e);
	return sheet;
}

void eda_samples(const struct eda *d, const char *dir)
{
	struct image sheet = new_sheet(d, SAMPLES);
	unsigned char gray[PIXELS];

	for (int row = 0; row < MAX_ROWS && (size_t)row < d->nclass; row++)
		for (int k = 0; k < SAMPLES && (size_t)k < d->class[row]->n; k++) {
			memcpy(gray, d->class[row]->sample[k].gray, PIXELS);
			put(&sheet, row, k, gray, k ? "" : d->class[row]->label);
		}
	write_sheet(&sheet, dir, "samples");
}

/* Standard deviations are drawn three times as bright. */
void eda_means(const struct eda *d, const char *dir)
{
	struct image sheet = new_sheet(d, 2);
	double mean[PIXELS], sd[PIXELS];
	unsigned char gray[PIXELS];

	for (int row = 0; row < MAX_ROWS && (size_t)row < d->nclass; row++) {
		const struct class_seen *c = d->class[row];
		for (int i = 0; i < PIXELS; i++) {
			mean[i] = c->sum[i] / (double)c->n;
			sd[i] = 3 * sqrt(fmax(c->square[i] / (double)c->n - mean[i] * mean[i], 0));
		}
		bytes(mean, gray);
		put(&sheet, row, 0, gray, c->label);
		bytes(sd, gray);
		put(&sheet, row, 1, gray, "sd x 3");
	}
	write_sheet(&sheet, dir, "means");
}
