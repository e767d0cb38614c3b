/* Contact sheets: a grid of images of one size. */
#include "image/sheet.h"

#include <string.h>

#include "base/budget.h"
#include "base/mem.h"

enum { GAP = 4 };

int sheet_new(struct image *out, int rows, int columns, int width, int height, struct err *e)
{
	*out = (struct image){.width = columns * (width + GAP) + GAP, .height = rows * (height + GAP) + GAP, .channels = 3};
	size_t bytes = (size_t)out->width * (size_t)out->height * 3;

	if (!(out->u8 = mem_big(bytes, 1)))
		return budget_err(e, bytes, "a sheet of %d x %d pixels", out->width, out->height);
	memset(out->u8, 128, bytes);
	return 0;
}

void sheet_put(struct image *sheet, int row, int column, const struct image *image)
{
	int x0 = GAP + column * (image->width + GAP), y0 = GAP + row * (image->height + GAP), c = image->channels;

	for (int y = 0; y < image->height; y++)
		for (int i = 0; i < image->width * 3; i++)
			sheet->u8[((size_t)(y0 + y) * (size_t)sheet->width + (size_t)x0) * 3 + (size_t)i] =
				image->u8[(y * image->width + i / 3) * c + i % 3 % c];
}
