/* cxr-train --show-augment: what the network gets to see. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "image/sheet.h"
#include "nn/batch.h"
#include "train.h"

enum { ROWS = 5, COLUMNS = 7 };

static void to_pixels(const struct recipe *r, const float *from, struct image *to)
{
	size_t n = (size_t)to->width * (size_t)to->height * (size_t)to->channels;

	for (size_t i = 0; i < n; i++) {
		size_t c = i % (size_t)to->channels;
		float v = r->per_image ? from[i] * .25f + .5f : from[i] * r->std[c] + r->mean[c];

		to->u8[i] = (unsigned char)lrintf(255 * fminf(fmaxf(v, 0), 1));
	}
}

/* Column 0 is the image, column k > 0 what epoch k makes of it. */
static void put(struct image *sheet, const struct train *t, const struct dataset *d, int row, int column, int rows,
                struct pool *pool)
{
	const struct recipe *r = &d->recipe;
	struct image image = {.width = r->width, .height = r->height, .channels = r->channels};
	size_t values = (size_t)r->width * (size_t)r->height * (size_t)r->channels;
	struct batch b = {
		.set = d, .first = (size_t)row * d->n / (size_t)rows, .n = 1, .augment = column ? &t->o.augment : NULL,
		.seed = t->o.seed, .epoch = (uint64_t)(column ? column - 1 : 0),
	};
	float *value = xmalloc(values * sizeof *value);

	image.u8 = xmalloc(values);
	batch_load(&b, value, pool);
	to_pixels(r, value, &image);
	sheet_put(sheet, row, column, &image);
	free(image.u8);
	free(value);
}

void train_show(const struct train *t, const struct dataset *d)
{
	int rows = d->n < ROWS ? (int)d->n : ROWS;
	struct pool *pool = pool_new(1);
	struct image sheet;
	struct err e;

	if (sheet_new(&sheet, rows, COLUMNS, d->recipe.width, d->recipe.height, &e))
		die_err(&e);
	for (int row = 0; row < rows; row++)
		for (int column = 0; column < COLUMNS; column++)
			put(&sheet, t, d, row, column, rows, pool);
	if (image_write_png(&sheet, t->show, &e))
		die_err(&e);
	image_free(&sheet);
	pool_free(pool);
}
