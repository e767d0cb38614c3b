/* NumPy arrays as images: any of the common element types, gray or colour, either order of axes. */
#include "image/npy.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "image/decode.h"
#include "stream/npy.h"

/* ---- element types */

static double get_b1(const unsigned char *p) { return *p != 0; }
static double get_u2(const unsigned char *p) { return num_get16(p); }
static double get_i2(const unsigned char *p) { return (int16_t)num_get16(p); }
static double get_f2(const unsigned char *p) { return num_half(num_get16(p)); }
static double get_f4(const unsigned char *p)
{
	uint32_t bits = num_get32(p);
	float v;

	memcpy(&v, &bits, sizeof v);
	return v;
}
static double get_f8(const unsigned char *p)
{
	uint64_t bits = num_get64(p);
	double v;

	memcpy(&v, &bits, sizeof v);
	return v;
}

static const struct type {
	char code[3];
	int size;
	double (*get)(const unsigned char *p); /* little-endian bytes; NULL: u1, copied */
	int top;                               /* what is white; 0: nobody knows */
} types[] = {
	{"u1", 1, NULL, 255}, {"b1", 1, get_b1, 1}, {"u2", 2, get_u2, 65535}, {"i2", 2, get_i2, 32767},
	{"f2", 2, get_f2, 0}, {"f4", 4, get_f4, 0}, {"f8", 8, get_f8, 0},
};

static const struct type *type_of(const char *descr, struct err *e)
{
	if (strchr("<>|=", descr[0]))
		for (size_t i = 0; i < sizeof types / sizeof *types; i++)
			if (strcmp(descr + 1, types[i].code) == 0)
				return &types[i];
	if (descr[0] == '|' && descr[1] == 'O')
		err_set(e, "numpy array of Python objects: refused, nothing in it is ever executed");
	else
		err_set(e, "numpy array of type '%s': not supported "
		        "(bool, uint8, uint16, int16, float16, float32 and float64 are)", descr);
	return NULL;
}

/* ---- pixels */

/* Where an element lies: element(y, x, c) = y * step[0] + x * step[1] + c * step[2]. */
struct array_layout {
	int64_t height, width, channels, step[3];
};

static int layout_of(struct array_layout *l, const struct npy_head *h, struct err *e)
{
	int64_t step[TENSOR_DIMS] = {0}, count = 1;
	bool last = h->ndim == 3 && (h->shape[2] == 1 || h->shape[2] == 3);
	bool first = h->ndim == 3 && (h->shape[0] == 1 || h->shape[0] == 3);

	if (h->ndim != 2 && !last && !first)
		return err_set(e, "numpy array is no image: its shape must be [H,W], [H,W,1|3] or [1|3,H,W]");
	for (int i = 0; i < h->ndim; i++) {
		int d = h->fortran ? i : h->ndim - 1 - i;
		step[d] = count;
		if (h->shape[d] > 0 && count > IMAGE_MAX_PIXELS * 3ll / h->shape[d])
			return err_set(e, "numpy array is too large");
		count *= h->shape[d];
	}
	if (h->ndim == 2)
		*l = (struct array_layout){h->shape[0], h->shape[1], 1, {step[0], step[1], 0}};
	else if (last)
		*l = (struct array_layout){h->shape[0], h->shape[1], h->shape[2], {step[0], step[1], step[2]}};
	else
		*l = (struct array_layout){h->shape[1], h->shape[2], h->shape[0], {step[1], step[2], step[0]}};
	return image_check_size(l->width, l->height, e);
}

static double get(const struct type *t, const unsigned char *p, bool big)
{
	unsigned char swapped[8];

	if (!big)
		return t->get(p);
	for (int i = 0; i < t->size; i++)
		swapped[i] = p[t->size - 1 - i];
	return t->get(swapped);
}

static int fill(struct image *im, const struct array_layout *l, const struct type *t, bool big,
                const unsigned char *data, struct err *e)
{
	size_t at = 0;

	for (int64_t y = 0; y < l->height; y++)
		for (int64_t x = 0; x < l->width; x++)
			for (int64_t c = 0; c < l->channels; c++, at++) {
				const unsigned char *p = data + (y * l->step[0] + x * l->step[1] + c * l->step[2]) * t->size;
				if (im->u8) {
					im->u8[at] = *p;
					continue;
				}
				float v = get(t, p, big);
				if (!isfinite(v))
					return err_set(e, "numpy array holds values that are not finite");
				if (t->get == get_i2 && v < 0)
					return err_set(e, "numpy array of int16 holds negative values");
				im->f32[at] = v;
			}
	return 0;
}

int npy_decode(struct image *im, const unsigned char *bytes, size_t n, struct err *e)
{
	struct npy_head h;
	struct array_layout l = {0};

	*im = (struct image){0};
	if (npy_head_parse(&h, bytes, n, e) < 0)
		return -1;
	const struct type *t = type_of(h.descr, e);
	if (!t || layout_of(&l, &h, e) < 0)
		return -1;
	size_t want = (size_t)(l.width * l.height * l.channels) * t->size, have = n - h.data;
	if (have != want)
		return err_set(e, "%s numpy array: %zu bytes of data, its shape needs %zu", have < want ? "truncated" : "damaged",
		               have, want);
	if (image_alloc(im, l.width, l.height, l.channels, !t->get, e) < 0)
		return -1;
	im->top = t->top;
	im->real = !t->top;
	if (fill(im, &l, t, h.descr[0] == '>', bytes + h.data, e) < 0) {
		image_free(im);
		return -1;
	}
	return 0;
}
