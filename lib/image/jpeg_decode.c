/* JPEG files with nothing odd about them, gray or YCbCr, by libjpeg itself: the same pixels as through libvips, whose
 * machinery around libjpeg takes half as long again as decoding. What is odd, or warns, is left to libvips. */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include "image/decode.h"

struct jpeg_reader {
	struct jpeg_decompress_struct c;
	struct jpeg_error_mgr errors;
	jmp_buf out;
};

static void leave(j_common_ptr c)
{
	longjmp(((struct jpeg_reader *)c->client_data)->out, 1);
}

/* Levels below 0 are warnings: corrupt data, bytes that are missing. */
static void hear(j_common_ptr c, int level)
{
	if (level < 0)
		leave(c);
}

static unsigned number(const JOCTET *p, int bytes, bool big)
{
	unsigned v = 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | p[big ? i : bytes - 1 - i];
	return v;
}

/* Whether a segment is EXIF that says, or may say, that the image is to be turned: "Exif", a TIFF header, and somewhere
 * behind it a directory of entries of 12 bytes. */
static bool may_turn(const struct jpeg_marker_struct *m)
{
	const JOCTET *tiff = m->data + 6;
	size_t n = m->data_length;

	if (n < 6 || memcmp(m->data, "Exif", 5) != 0)
		return false;
	n -= 6;
	if (n < 10)
		return true;
	bool big = tiff[0] == 'M';
	size_t at = number(tiff + 4, 4, big), count = at < n - 1 ? number(tiff + at, 2, big) : 0;
	if (!count || at + 2 + 12 * count > n)
		return true;
	for (const JOCTET *entry = tiff + at + 2; count-- > 0; entry += 12)
		if (number(entry, 2, big) == 0x0112 && number(entry + 8, 2, big) != 1)
			return true;
	return false;
}

static bool is_plain(struct jpeg_decompress_struct *c)
{
	bool gray = c->num_components == 1 && c->jpeg_color_space == JCS_GRAYSCALE;
	bool colour = c->num_components == 3 && c->jpeg_color_space == JCS_YCbCr;

	for (jpeg_saved_marker_ptr m = c->marker_list; m; m = m->next)
		if (may_turn(m))
			return false;
	return gray || colour;
}

int jpeg_shrink(const struct least_size *t, int width, int height)
{
	int shrink = t ? 8 : 1;

	while (shrink > 1 && (width < 2 * shrink * t->width || height < 2 * shrink * t->height))
		shrink /= 2;
	return shrink;
}

/* What a shrunk row or column has beyond the image's edge is left out, as by libvips. */
static void read_rows(struct jpeg_decompress_struct *c, struct image *im)
{
	size_t row = (size_t)im->width * im->channels;
	JSAMPARRAY one = c->mem->alloc_sarray((j_common_ptr)c, JPOOL_IMAGE, c->output_width * im->channels, 1);

	for (int y = 0; y < (int)c->output_height; y++) {
		jpeg_read_scanlines(c, one, 1);
		if (y < im->height)
			memcpy(im->u8 + row * y, one[0], row);
	}
}

/* The first step to fail jumps away: whoever called frees what there is. */
static void read_all(struct jpeg_decompress_struct *c, struct image *im, const unsigned char *bytes, size_t n,
                     const struct least_size *t)
{
	struct err e;

	jpeg_mem_src(c, bytes, n);
	jpeg_save_markers(c, JPEG_APP0 + 1, 0xffff);
	jpeg_read_header(c, TRUE);
	if (!is_plain(c))
		leave((j_common_ptr)c);
	int shrink = jpeg_shrink(t, (int)c->image_width, (int)c->image_height);
	c->scale_denom = (unsigned)shrink;
	jpeg_start_decompress(c);
	int width = (int)c->image_width / shrink, height = (int)c->image_height / shrink, channels = c->output_components;
	if (image_alloc(im, width, height, channels, true, &e) < 0)
		leave((j_common_ptr)c);
	read_rows(c, im);
	jpeg_finish_decompress(c);
}

bool jpeg_decode(struct image *im, const unsigned char *bytes, size_t n, const struct least_size *t, int *width,
                 int *height)
{
	struct jpeg_reader r = {.c.client_data = &r};

	r.c.err = jpeg_std_error(&r.errors);
	r.errors.error_exit = leave;
	r.errors.emit_message = hear;
	if (setjmp(r.out)) {
		jpeg_destroy_decompress(&r.c);
		image_free(im);
		return false;
	}
	jpeg_create_decompress(&r.c);
	read_all(&r.c, im, bytes, n, t);
	*width = (int)r.c.image_width;
	*height = (int)r.c.image_height;
	im->top = 255;
	jpeg_destroy_decompress(&r.c);
	return true;
}
