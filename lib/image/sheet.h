#ifndef IMAGE_SHEET_H
#define IMAGE_SHEET_H

#include "image/image.h"

/* A contact sheet: images of one size in rows and columns with gaps between, on mid-gray. *out is a fresh 8-bit RGB
 * image, the caller's to image_free; -1 when memory is out. */
int sheet_new(struct image *out, int rows, int columns, int width, int height, struct err *e);
/* An image (8-bit, 1 or 3 channels, width x height) at its place. */
void sheet_put(struct image *sheet, int row, int column, const struct image *image);

#endif
