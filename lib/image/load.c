/* From the bytes of a file to the pixels of a recipe. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/clones.h"
#include "base/kind.h"
#include "image/decode.h"
#include "image/dicom.h"
#include "image/npy.h"
#include "stream/npy.h"

#define VALUE_MAX 1e9f /* far above every unit of pixels, and its square is still a float */

/* Why bytes that no decoder knows are refused. */
static int refuse(const unsigned char *b, size_t n, struct err *e)
{
	const struct kind *k = kind_of(b, n);

	if (n == 0)
		return err_set(e, "empty file");
	if (k)
		return err_set(e, "%s, not an image that is read%s%s", k->name, k->advice ? ": " : "", k->advice ? k->advice : "");
	return err_set(e, "not an image%s (JPEG, PNG, TIFF, GIF, WebP, PGM, PPM, .npy and DICOM are read)",
	               kind_is_text(b, n) ? " but text" : " of a known format");
}

static bool take_raw;

void image_take_raw(void)
{
	take_raw = true;
}

/* r NULL: for the eye, not for a recipe. */
static int decode(struct image *im, const struct recipe *r, const unsigned char *bytes, size_t n, struct image_facts *f,
                  struct err *e)
{
	struct dicom_options dicom = {r && r->dicom_full, !r || take_raw, !r || r->fit == FIT_SQUASH, false, false};
	struct least_size t = {r ? r->width : 0, r ? r->height : 0};
	int rc;

	*im = (struct image){0};
	if (dicom_knows(bytes, n)) /* before TIFF: a DICOM file may begin as one */
		rc = dicom_decode(im, bytes, n, &dicom, e);
	else if (vips_knows(bytes, n))
		return vips_decode(im, bytes, n, r && r->shrink_on_load ? &t : NULL, &f->width, &f->height, e);
	else if (npy_knows(bytes, n))
		rc = npy_decode(im, bytes, n, e);
	else if (pnm_knows(bytes, n))
		rc = pnm_decode(im, bytes, n, e);
	else
		rc = refuse(bytes, n, e);
	f->width = im->width;
	f->height = im->height;
	f->burned = dicom.burned;
	f->no_window = dicom.no_window;
	return rc;
}

/* Rec. 601 luma in place: PIL's 'L', with its integers for 8 bits. */
static void to_gray(struct image *im)
{
	size_t n = (size_t)im->width * im->height;

	for (size_t i = 0; i < n; i++)
		if (im->u8) {
			const unsigned char *p = im->u8 + 3 * i;
			im->u8[i] = (p[0] * 19595 + p[1] * 38470 + p[2] * 7471 + 0x8000) >> 16;
		} else {
			const float *p = im->f32 + 3 * i;
			im->f32[i] = 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
		}
	im->channels = 1;
}

static int between(double v, int lo, int hi)
{
	return v < lo ? lo : v > hi ? hi : (int)v;
}

struct placing image_place(const struct recipe *r, double w, double h)
{
	double sx = w / r->width, sy = h / r->height;
	struct placing p = {{0, 0, w, h}, 0, 0, r->width, r->height};

	if (r->fit == FIT_CROP) {
		double s = fmin(sx, sy);
		p.box = (struct box){(w - s * r->width) / 2, (h - s * r->height) / 2, s * r->width, s * r->height};
	} else if (r->fit == FIT_PAD) {
		double s = fmax(sx, sy);
		p.width = between(w / s + 0.5, 1, r->width);
		p.height = between(h / s + 0.5, 1, r->height);
		p.x = (r->width - p.width) / 2;
		p.y = (r->height - p.height) / 2;
	}
	return p;
}

/* width and height are the file's: after shrinking by 4 while decoding, 61 pixels are 15.25, and src has 15. */
static struct placing place(const struct image *src, int width, int height, const struct recipe *r)
{
	double shrink = round((double)width / src->width);

	return image_place(r, width / shrink, height / shrink);
}

/* Pixels of the placing as floats in the source's scale; fresh memory. No resampling where nothing changes size. */
static float *resize(const struct image *src, const struct placing *p, const struct recipe *r, struct err *e)
{
	size_t n = (size_t)p->width * p->height * src->channels;
	float *out = budget_grow(NULL, n * sizeof *out, "a resized image", e);
	bool same = p->width == src->width && p->height == src->height && p->box.width == src->width &&
	            p->box.height == src->height;

	if (!out)
		return NULL;
	if (same) {
		for (size_t i = 0; i < n; i++)
			out[i] = src->u8 ? src->u8[i] : src->f32[i];
	} else if (resample(src, p->box, r->kernel, p->width, p->height, out, e) < 0) {
		free(out);
		out = NULL;
	}
	return out;
}

/* Values in units of 1/white to the recipe's depth, in place: 0..255 for 8, 0..1 for 16 and float. */
CLONES static void to_depth(float *v, size_t n, float white, int depth)
{
	float top = depth == 8 ? 255 : 65535, scale = top / white, unit = depth == 8 ? 1 : top;

	for (size_t i = 0; i < n && depth == 0; i++)
		v[i] /= white;
	for (size_t i = 0; i < n && depth != 0; i++) {
		float x = v[i] * scale + 0.5f;
		x = x < 0 ? 0 : x > top ? top : x;
		v[i] = (float)(int)x / unit;
	}
}

/* Puts the pixels into their place, gray repeated to 3 channels. */
static void store(struct image *im, const struct placing *p, const float *v, int channels)
{
	for (int y = 0; y < p->height; y++) {
		size_t at = ((size_t)(p->y + y) * im->width + p->x) * im->channels;
		for (int x = 0; x < p->width; x++, v += channels)
			for (int c = 0; c < im->channels; c++, at++) {
				float value = v[channels == 1 ? 0 : c];
				if (im->u8)
					im->u8[at] = (unsigned char)value;
				else
					im->f32[at] = value;
			}
	}
}

/* Values that can be pixels. Rounding to integers clips, so an array of floats must be on the 0..1 scale (with room for
 * half a level) or the recipe must say what its white is; a value that is none after normalising is refused always. */
static int check_range(const struct image *src, const struct extent *x, float white, const struct recipe *r,
                       struct err *e)
{
	const char *flat = x->lo == x->hi ? "flat: every value is" : "values from";
	char values[64];

	snprintf(values, sizeof values, x->lo == x->hi ? "%.6g" : "%.6g to %.6g", x->lo, x->hi);
	if (x->lo < -VALUE_MAX || x->hi > VALUE_MAX)
		return err_set(e, "%s %s: too large for pixels", flat, values);
	if (white < RECIPE_WHITE_MIN)
		return err_set(e, "%s %s: too small for pixels", flat, values);
	if (!src->real || r->depth == 0)
		return 0;
	if (x->lo < -white / 512 || (r->white == 0 && x->hi > white + white / 512))
		return err_set(e, "%s %s, not 0 to %.6g (white= in the recipe says what white is, depth=float takes them as they "
		               "are)", flat, values, white);
	return 0;
}

static bool no_contrast(const float *v, size_t n, int channels)
{
	for (size_t i = channels; i < n; i++)
		if (fabsf(v[i] - v[i - channels]) > 1e-6f)
			return false;
	return true;
}

/* What is odd about the values, in words: v are the n pixels after rounding. */
static void remark(struct image_facts *f, const struct image *src, const struct extent *x, float white,
                   const struct recipe *r, const float *v, size_t n)
{
	bool known = !src->real || r->depth != 0; /* what the values mean */

	if (no_contrast(v, n, src->channels))
		snprintf(f->flat, sizeof f->flat,
		         src->hidden ? "flat: the alpha channel hides every pixel"
		         : x->lo == x->hi ? "flat: every pixel is %.6g"
		         : "flat: values from %.6g to %.6g of %.6g leave no contrast", x->lo, x->hi, white);
	else if (known && (x->hi - x->lo) * 16 < white)
		snprintf(f->narrow, sizeof f->narrow, "values from %.6g to %.6g of %.6g", x->lo, x->hi, white);
}

/* Resizes and rounds what was decoded. */
static int fit(struct image *im, const struct image *src, const struct recipe *r, struct image_facts *f, struct err *e)
{
	struct extent x = extent_of(src);
	float white = white_of(src, &x, r), *pixels = NULL;
	struct placing p = place(src, f->width, f->height, r);
	size_t n = (size_t)p.width * p.height * src->channels;

	if (check_range(src, &x, white, r, e) < 0 || !(pixels = resize(src, &p, r, e)))
		return -1;
	to_depth(pixels, n, white, r->depth);
	remark(f, src, &x, white, r, pixels, n);
	int rc = image_alloc(im, r->width, r->height, r->channels, r->depth == 8, e);
	if (!rc) {
		size_t bytes = (size_t)r->width * r->height * r->channels * (im->u8 ? 1 : sizeof *im->f32);
		memset(im->u8 ? im->u8 : (void *)im->f32, 0, bytes);
		store(im, &p, pixels, src->channels);
	}
	free(pixels);
	return rc;
}

int image_load(struct image *im, const struct recipe *r, const unsigned char *bytes, size_t n, struct image_facts *f,
               struct err *e)
{
	struct image src;

	*im = (struct image){0};
	*f = (struct image_facts){0};
	if (decode(&src, r, bytes, n, f, e) < 0)
		return err_prefix(e, "cannot decode");
	if (src.channels == 3 && r->channels == 1)
		to_gray(&src);
	f->pages = src.pages > 1 ? src.pages : 0;
	int rc = fit(im, &src, r, f, e);
	image_free(&src);
	return rc;
}

/* (v - mean) / std over all values of the image; a flat image becomes zeros. */
static void normalise_by_own(const float *v, size_t n, float *out)
{
	double sum = 0, squares = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i];
	double mean = sum / n;
	for (size_t i = 0; i < n; i++)
		squares += (v[i] - mean) * (v[i] - mean);
	double sd = sqrt(squares / n);
	for (size_t i = 0; i < n; i++)
		out[i] = sd > 1e-7 ? (v[i] - mean) / sd : 0;
}

void image_normalise(const struct image *im, const struct recipe *r, float *out)
{
	int n = im->width * im->height;

	if (im->u8)
		recipe_normalise(r, im->u8, n, out);
	else if (r->per_image)
		normalise_by_own(im->f32, (size_t)n * im->channels, out);
	else
		for (int i = 0; i < n; i++)
			for (int c = 0; c < im->channels; c++)
				out[i * im->channels + c] = (im->f32[i * im->channels + c] - r->mean[c]) / r->std[c];
}

int image_decode(struct image *im, const unsigned char *bytes, size_t n, struct err *e)
{
	struct image_facts f;

	if (decode(im, NULL, bytes, n, &f, e) < 0)
		return err_prefix(e, "cannot decode");
	if (im->u8)
		return 0;
	struct image full = *im;
	size_t count = (size_t)full.width * full.height * full.channels;
	if (image_alloc(im, full.width, full.height, full.channels, true, e) < 0) {
		image_free(&full);
		return err_prefix(e, "cannot decode");
	}
	struct recipe r = {0};
	struct extent x = extent_of(&full);
	to_depth(full.f32, count, white_of(&full, &x, &r), 8);
	for (size_t i = 0; i < count; i++)
		im->u8[i] = (unsigned char)full.f32[i];
	image_free(&full);
	return 0;
}
