#include "image/npy.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "image/decode.h"

static const char magic[6] = "\x93NUMPY";

bool npy_knows(const unsigned char *bytes, size_t n)
{
	return n >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

/* ---- the header: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } */

struct header {
	char descr[16];
	int fortran; /* -1 not seen */
	int ndim;    /* -1 not seen */
	int64_t shape[4];
};
struct cursor {
	const char *p, *end;
};

static char peek(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r'))
		c->p++;
	return c->p < c->end ? *c->p : '\0';
}

static bool take(struct cursor *c, char want)
{
	if (peek(c) != want)
		return false;
	c->p++;
	return true;
}

static bool take_word(struct cursor *c, const char *word)
{
	size_t n = strlen(word);

	peek(c);
	if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return false;
	c->p += n;
	return true;
}

static bool take_string(struct cursor *c, char *out, size_t size)
{
	char quote = peek(c);
	size_t n = 0;

	if (quote != '\'' && quote != '"')
		return false;
	for (c->p++; c->p < c->end && *c->p != quote; c->p++) {
		if (*c->p == '\\' || *c->p < ' ' || n + 1 >= size)
			return false;
		out[n++] = *c->p;
	}
	out[n] = '\0';
	return take(c, quote);
}

static bool take_size(struct cursor *c, int64_t *v)
{
	char ch = peek(c);

	if (ch < '0' || ch > '9')
		return false;
	for (*v = 0; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++) {
		*v = *v * 10 + (*c->p - '0');
		if (*v > INT32_MAX)
			return false;
	}
	return true;
}

static bool take_shape(struct cursor *c, struct header *h)
{
	if (!take(c, '('))
		return false;
	for (h->ndim = 0; !take(c, ')'); ) {
		if (h->ndim == 4 || !take_size(c, &h->shape[h->ndim++]))
			return false;
		if (!take(c, ',') && peek(c) != ')')
			return false;
	}
	return true;
}

static int parse(struct header *h, const char *text, size_t n, struct err *e)
{
	struct cursor c = {text, text + n};
	char key[20];

	*h = (struct header){.fortran = -1, .ndim = -1};
	if (!take(&c, '{'))
		return err_set(e, "not a numpy array: no header");
	while (!take(&c, '}')) {
		bool fine = take_string(&c, key, sizeof key) && take(&c, ':');
		if (fine && strcmp(key, "descr") == 0 && peek(&c) == '[')
			return err_set(e, "numpy array of structures: not supported");
		if (fine && strcmp(key, "descr") == 0)
			fine = take_string(&c, h->descr, sizeof h->descr);
		else if (fine && strcmp(key, "fortran_order") == 0)
			fine = (h->fortran = take_word(&c, "True")) || take_word(&c, "False");
		else if (fine && strcmp(key, "shape") == 0)
			fine = take_shape(&c, h);
		else
			fine = false;
		if (!fine || (!take(&c, ',') && peek(&c) != '}'))
			return err_set(e, "damaged numpy header");
	}
	if (peek(&c) != '\0' || c.p != c.end || !h->descr[0] || h->fortran < 0 || h->ndim < 0)
		return err_set(e, "damaged numpy header");
	return 0;
}

/* ---- element types */

static double get_b1(const unsigned char *p) { return *p != 0; }
static double get_u2(const unsigned char *p) { return num_get16(p) / 65535.0; }
static double get_i2(const unsigned char *p) { return (int16_t)num_get16(p) / 32767.0; }
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
} types[] = {
	{"u1", 1, NULL}, {"b1", 1, get_b1}, {"u2", 2, get_u2}, {"i2", 2, get_i2},
	{"f2", 2, get_f2}, {"f4", 4, get_f4}, {"f8", 8, get_f8},
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
		err_set(e, "numpy array of type '%s': not supported (use uint8, uint16, float16, float32)", descr);
	return NULL;
}

/* ---- pixels */

/* Where an element lies: element(y, x, c) = y * step[0] + x * step[1] + c * step[2]. */
struct layout {
	int64_t height, width, channels, step[3];
};

static int layout_of(struct layout *l, const struct header *h, struct err *e)
{
	int64_t step[4] = {0}, count = 1;
	bool last = h->ndim == 3 && (h->shape[2] == 1 || h->shape[2] == 3);
	bool first = h->ndim == 3 && (h->shape[0] == 1 || h->shape[0] == 3);

	if (h->ndim != 2 && !last && !first)
		return err_set(e, "numpy array is no picture: its shape must be [H,W], [H,W,1|3] or [1|3,H,W]");
	for (int i = 0; i < h->ndim; i++) {
		int d = h->fortran ? i : h->ndim - 1 - i;
		step[d] = count;
		if (h->shape[d] > 0 && count > IMAGE_MAX_PIXELS * 3ll / h->shape[d])
			return err_set(e, "numpy array is too large");
		count *= h->shape[d];
	}
	if (h->ndim == 2)
		*l = (struct layout){h->shape[0], h->shape[1], 1, {step[0], step[1], 0}};
	else if (last)
		*l = (struct layout){h->shape[0], h->shape[1], h->shape[2], {step[0], step[1], step[2]}};
	else
		*l = (struct layout){h->shape[1], h->shape[2], h->shape[0], {step[1], step[2], step[0]}};
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

static int fill(struct image *im, const struct layout *l, const struct type *t, bool big, const unsigned char *data,
                struct err *e)
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
	struct header h;
	struct layout l = {0};
	size_t start, size;

	*im = (struct image){0};
	if (n < 12)
		return err_set(e, "truncated numpy array");
	if (bytes[6] < 1 || bytes[6] > 3)
		return err_set(e, "numpy format version %d: not supported", bytes[6]);
	start = bytes[6] == 1 ? 10 : 12;
	size = bytes[6] == 1 ? num_get16(bytes + 8) : num_get32(bytes + 8);
	if (size > n - start)
		return err_set(e, "truncated numpy array");
	if (parse(&h, (const char *)bytes + start, size, e) < 0)
		return -1;
	const struct type *t = type_of(h.descr, e);
	if (!t || layout_of(&l, &h, e) < 0)
		return -1;
	size_t want = (size_t)(l.width * l.height * l.channels) * t->size, have = n - start - size;
	if (have != want)
		return err_set(e, "%s numpy array: %zu bytes of data, its shape needs %zu", have < want ? "truncated" : "damaged",
		               have, want);
	if (image_alloc(im, l.width, l.height, l.channels, !t->get, e) < 0)
		return -1;
	if (fill(im, &l, t, h.descr[0] == '>', bytes + start + size, e) < 0) {
		image_free(im);
		return -1;
	}
	return 0;
}
