/* PNG files, by libpng itself: libvips writes the same, but starts threads for every image. */
#include <png.h>
#include <setjmp.h>

#include "base/budget.h"
#include "base/file.h"
#include "image/image.h"

static void fail(png_structp png, png_const_charp why)
{
	err_set(png_get_error_ptr(png), "cannot encode PNG: %s", why);
	longjmp(png_jmpbuf(png), 1);
}

static void ignore(png_structp png, png_const_charp why)
{
	(void)png;
	(void)why;
}

/* What cannot be written is seen by who closes the file. */
static void write_bytes(png_structp png, png_bytep bytes, size_t n)
{
	fwrite(bytes, 1, n, png_get_io_ptr(png));
}

static int write_rows(png_structp png, png_infop info, const struct image *im)
{
	size_t row = (size_t)im->width * (size_t)im->channels;

	if (setjmp(png_jmpbuf(png)))
		return -1;
	png_set_IHDR(png, info, (png_uint_32)im->width, (png_uint_32)im->height, 8,
	             im->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
	             PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	/* Heat maps differ little from row to row: smaller than level 6 without a filter, in a third of its time. */
	png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_UP);
	png_set_compression_level(png, 3);
	png_write_info(png, info);
	for (int y = 0; y < im->height; y++)
		png_write_row(png, im->u8 + (size_t)y * row);
	png_write_end(png, NULL);
	return 0;
}

int image_put_png(const struct image *im, FILE *f, struct err *e)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, e, fail, ignore);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	int rc = -1;

	if (!info)
		budget_err(e, 0, "encoding PNG");
	else {
		png_set_write_fn(png, f, write_bytes, NULL);
		rc = write_rows(png, info, im);
	}
	png_destroy_write_struct(&png, &info);
	return rc;
}

int image_write_png(const struct image *im, const char *path, struct err *e)
{
	struct outfile o;

	if (outfile_open_derived(&o, path, e))
		return -1;
	if (image_put_png(im, o.f, e)) {
		outfile_abort(&o);
		return err_prefix(e, "%s", path);
	}
	return outfile_commit(&o, e);
}
