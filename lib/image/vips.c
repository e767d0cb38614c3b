/* libvips: the only file that includes its header. */
#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

#include "base/mem.h"
#include "image/decode.h"

/* Causes are quoted in messages; libraries do not print. GLib's only fatal message is that memory is out. */
static void drop_log(const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer user)
{
	(void)domain, (void)text, (void)user;
	if (level & (G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL) && mem_fail)
		mem_fail(0);
}

/* libvips loads its modules from below this folder: formats that are blocked here anyway, with libraries whose start
 * takes longer than decoding an image. */
static const char without_modules[] = "/nonexistent";

int image_start(const char *program, struct err *e)
{
	g_log_set_default_handler(drop_log, NULL);
	g_setenv("VIPSHOME", without_modules, TRUE);
	if (vips_init(program) != 0)
		return err_set(e, "cannot start libvips");
	vips_concurrency_set(1); /* the threads are ours */
	vips_cache_set_max(0);   /* constant memory */
	vips_block_untrusted_set(TRUE);
	return 0;
}

void image_stop(void)
{
	vips_shutdown();
}

/* ---- which of the allowed formats: libvips is never asked to guess, so no other loader can run */

enum format { FORMAT_NONE, FORMAT_JPEG, FORMAT_PNG, FORMAT_TIFF, FORMAT_GIF, FORMAT_WEBP };

static enum format format_of(const unsigned char *b, size_t n)
{
	static const struct {
		enum format format;
		int at, n;
		char bytes[9];
	} magic[] = {
		{FORMAT_JPEG, 0, 3, "\xff\xd8\xff"}, {FORMAT_PNG, 0, 8, "\x89PNG\r\n\x1a\n"},
		{FORMAT_TIFF, 0, 4, "II*\0"}, {FORMAT_TIFF, 0, 4, "MM\0*"}, {FORMAT_TIFF, 0, 4, "II+\0"},
		{FORMAT_TIFF, 0, 4, "MM\0+"}, {FORMAT_GIF, 0, 6, "GIF87a"}, {FORMAT_GIF, 0, 6, "GIF89a"},
		{FORMAT_WEBP, 8, 4, "WEBP"},
	};

	for (size_t i = 0; i < sizeof magic / sizeof *magic; i++)
		if (n >= (size_t)(magic[i].at + magic[i].n) && memcmp(b + magic[i].at, magic[i].bytes, magic[i].n) == 0)
			return magic[i].format;
	return FORMAT_NONE;
}

bool vips_knows(const unsigned char *bytes, size_t n)
{
	return format_of(bytes, n) != FORMAT_NONE;
}

/* ---- decoding */

struct coded_image {
	const unsigned char *bytes;
	size_t n;
	enum format format;
};
enum { OK = 0, OURS = -1, LIBVIPS = -2 }; /* OURS: *e is set; LIBVIPS: the cause is in libvips' error text */

/* fail_on: a truncated or corrupt image is an error, not a grey lower half. For JPEG that takes `warning` (libjpeg
 * calls corrupt data one); for PNG and TIFF, where warnings are about odd metadata, `error`. */
static int open_image(VipsImage **v, const struct coded_image *f, int shrink, VipsAccess access)
{
	void *data = (void *)f->bytes;
	VipsFailOn damage = f->format == FORMAT_JPEG ? VIPS_FAIL_ON_WARNING : VIPS_FAIL_ON_ERROR;
	int rc = -1;

	*v = NULL;
	switch (f->format) {
	case FORMAT_JPEG:
		rc = vips_jpegload_buffer(data, f->n, v, "access", access, "fail_on", damage, "shrink", shrink, NULL);
		break;
	case FORMAT_PNG:
		rc = vips_pngload_buffer(data, f->n, v, "access", access, "fail_on", damage, NULL);
		break;
	case FORMAT_TIFF:
		rc = vips_tiffload_buffer(data, f->n, v, "access", access, "fail_on", damage, NULL);
		break;
	case FORMAT_GIF:
		rc = vips_gifload_buffer(data, f->n, v, "access", access, "fail_on", damage, NULL);
		break;
	case FORMAT_WEBP:
		rc = vips_webpload_buffer(data, f->n, v, "access", access, "fail_on", damage, NULL);
		break;
	case FORMAT_NONE:
		break;
	}
	return rc == 0 ? OK : LIBVIPS;
}

static int check_pixels(const VipsImage *v, struct err *e)
{
	switch (v->Type) {
	case VIPS_INTERPRETATION_B_W:
	case VIPS_INTERPRETATION_GREY16:
	case VIPS_INTERPRETATION_RGB:
	case VIPS_INTERPRETATION_sRGB:
	case VIPS_INTERPRETATION_RGB16:
		break;
	default:
		return err_set(e, "colours are neither gray nor RGB (%s): not supported",
		               vips_enum_nick(VIPS_TYPE_INTERPRETATION, v->Type));
	}
	if (v->Bands > 4)
		return err_set(e, "%d channels: not supported", v->Bands);
	if (v->BandFmt != VIPS_FORMAT_UCHAR && v->BandFmt != VIPS_FORMAT_USHORT)
		return err_set(e, "pixels of type %s: not supported", vips_enum_nick(VIPS_TYPE_BAND_FORMAT, v->BandFmt));
	return image_check_size(v->Xsize, v->Ysize, e);
}

/* One row of 1 to 4 bands to 1 or 3 channels; alpha is flattened onto black. True when some of it is seen. */
static bool unpack_u8(unsigned char *to, const VipsPel *from, int width, int bands)
{
	int channels = bands < 3 ? 1 : 3, seen = bands == channels;

	if (bands == channels)
		memcpy(to, from, (size_t)width * bands);
	for (int x = 0; bands != channels && x < width; x++, from += bands) {
		seen |= from[channels];
		for (int c = 0; c < channels; c++)
			*to++ = (from[c] * from[channels] + 127) / 255;
	}
	return seen;
}

static bool unpack_u16(float *to, const unsigned short *from, int width, int bands)
{
	int channels = bands < 3 ? 1 : 3, seen = bands == channels;

	for (int x = 0; x < width; x++, from += bands) {
		seen |= from[bands - 1];
		for (int c = 0; c < channels; c++)
			*to++ = from[c] * (bands == channels ? 1 : from[channels] / 65535.0f);
	}
	return seen;
}

/* All pixels in strips from the top, on this thread: libvips starts none of its own for a region. */
static int read_strips(VipsImage *v, struct image *im)
{
	VipsRegion *strip = vips_region_new(v);
	size_t row = (size_t)im->width * im->channels;
	bool seen = false;
	int rc = OK;

	for (int top = 0; top < im->height && rc == OK; top += 16) {
		VipsRect r = {0, top, im->width, VIPS_MIN(16, im->height - top)};
		if (vips_region_prepare(strip, &r) != 0)
			rc = LIBVIPS;
		for (int y = top; rc == OK && y < top + r.height; y++) {
			const VipsPel *p = VIPS_REGION_ADDR(strip, 0, y);
			if (im->u8)
				seen |= unpack_u8(im->u8 + y * row, p, im->width, v->Bands);
			else
				seen |= unpack_u16(im->f32 + y * row, (const unsigned short *)p, im->width, v->Bands);
		}
	}
	im->top = im->u8 ? 255 : 65535;
	im->hidden = !seen;
	g_object_unref(strip);
	return rc;
}

/* Opens the file once more where it is to be shrunk while it is decoded, or turned, which takes all pixels at once. */
static int reopen(VipsImage **v, const struct coded_image *f, int shrink, bool turn)
{
	VipsImage *upright;
	int rc;

	if (shrink == 1 && !turn)
		return OK;
	g_object_unref(*v);
	rc = open_image(v, f, shrink, turn ? VIPS_ACCESS_RANDOM : VIPS_ACCESS_SEQUENTIAL);
	if (rc != OK || !turn)
		return rc;
	if (vips_autorot(*v, &upright, NULL) != 0)
		return LIBVIPS;
	g_object_unref(*v);
	*v = upright;
	return OK;
}

static int decode(struct image *im, const struct coded_image *f, const struct least_size *t, int *width, int *height,
                  struct err *e)
{
	VipsImage *v;
	int rc = open_image(&v, f, 1, VIPS_ACCESS_SEQUENTIAL);

	if (rc == OK)
		rc = check_pixels(v, e);
	if (rc == OK) {
		int orientation = vips_image_get_orientation(v); /* from 5 on, width and height change places */
		*width = orientation < 5 ? v->Xsize : v->Ysize;
		*height = orientation < 5 ? v->Ysize : v->Xsize;
		rc = reopen(&v, f, f->format == FORMAT_JPEG ? jpeg_shrink(t, *width, *height) : 1, orientation > 1);
	}
	if (rc == OK)
		rc = image_alloc(im, v->Xsize, v->Ysize, v->Bands < 3 ? 1 : 3, v->BandFmt == VIPS_FORMAT_UCHAR, e);
	if (rc == OK) {
		im->pages = vips_image_get_n_pages(v);
		rc = read_strips(v, im);
	}
	if (v)
		g_object_unref(v);
	if (rc != OK)
		image_free(im);
	return rc;
}

/* The first line of libvips' error text, without its "VipsJpeg: ". */
static void quote(struct err *e)
{
	const char *text = vips_error_buffer(), *colon = strstr(text, ": ");
	size_t end = strcspn(text, "\n");

	if (colon && colon < text + end && (size_t)(colon - text) == strcspn(text, " :"))
		text = colon + 2;
	end = strcspn(text, "\n");
	if (end > 200)
		end = 200;
	if (end == 0)
		err_set(e, "libvips gives no cause");
	else
		err_set(e, "%c%.*s", isupper((unsigned char)text[0]) && islower((unsigned char)text[1])
		        ? tolower((unsigned char)text[0]) : text[0], (int)end - 1, text + 1);
	vips_error_clear();
}

/* libvips' error text is one for the process and mixes threads: an image that fails is decoded once more while no other
 * is, and only then quoted. */
static int decode_alone_if_need_be(struct image *im, const struct coded_image *f, const struct least_size *t,
                                   int *width, int *height, struct err *e)
{
	static pthread_rwlock_t alone = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
	int rc;

	pthread_rwlock_rdlock(&alone);
	rc = decode(im, f, t, width, height, e);
	pthread_rwlock_unlock(&alone);
	if (rc != LIBVIPS)
		return rc;
	pthread_rwlock_wrlock(&alone);
	vips_error_clear();
	rc = decode(im, f, t, width, height, e);
	if (rc == LIBVIPS)
		quote(e);
	pthread_rwlock_unlock(&alone);
	return rc;
}

/* libvips has inverted a TIFF whose white is 0 by its type's maximum: what the file states is its black. */
static void set_stated(struct image *im, struct stated s)
{
	size_t n = (size_t)im->width * im->height * im->channels;
	float above = im->top - s.max;

	if (s.max <= 0 || s.max >= im->top)
		return;
	im->stated = s.max;
	if (s.white_is_zero && im->f32 && extent_of(im).lo >= above)
		for (size_t i = 0; i < n; i++)
			im->f32[i] -= above;
}

int vips_decode(struct image *im, const unsigned char *bytes, size_t n, const struct least_size *t, int *width,
                int *height, struct err *e)
{
	struct coded_image f = {bytes, n, format_of(bytes, n)};
	unsigned char *mended = NULL;

	*im = (struct image){0};
	if (f.format == FORMAT_JPEG && jpeg_mend(bytes, n, &mended, e) < 0)
		return -1;
	f.bytes = mended ? mended : bytes;
	int rc = f.format == FORMAT_JPEG && jpeg_decode(im, f.bytes, n, t, width, height) ? OK :
	         decode_alone_if_need_be(im, &f, t, width, height, e);
	free(mended);
	if (rc == OK && f.format == FORMAT_PNG)
		set_stated(im, png_stated(bytes, n));
	if (rc == OK && f.format == FORMAT_TIFF)
		set_stated(im, tiff_stated(bytes, n));
	return rc == OK ? 0 : -1;
}
