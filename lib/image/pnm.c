/* PGM and PPM (netpbm's P2, P3, P5, P6). Ours and not libvips', which marks its own reader as untrusted (so that it is
 * blocked here) and does not tell the file's maximum: 12-bit radiographs would come out nearly black. */
#include <string.h>

#include "image/decode.h"


struct pnm {
	const unsigned char *p, *end;
	int width, height, max, channels;
	bool plain;
};

bool pnm_knows(const unsigned char *bytes, size_t n)
{
	return n >= 3 && bytes[0] == 'P' && strchr("2356", bytes[1]) && bytes[1] && strchr(" \t\r\n#", bytes[2]) && bytes[2];
}

static bool blank(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next decimal number, after blanks and comments: false at the end and on other text. */
static bool number(struct pnm *f, int *v)
{
	while (f->p < f->end && (blank(*f->p) || *f->p == '#'))
		if (*f->p++ == '#')
			while (f->p < f->end && *f->p != '\n')
				f->p++;
	if (f->p == f->end || *f->p < '0' || *f->p > '9')
		return false;
	for (*v = 0; f->p < f->end && *f->p >= '0' && *f->p <= '9'; f->p++)
		if ((*v = *v * 10 + (*f->p - '0')) > 100000000)
			return false;
	return true;
}

static int head(struct pnm *f, const unsigned char *bytes, size_t n, struct err *e)
{
	*f = (struct pnm){.p = bytes + 2, .end = bytes + n};
	f->plain = bytes[1] < '5';
	f->channels = bytes[1] == '3' || bytes[1] == '6' ? 3 : 1;
	if (!number(f, &f->width) || !number(f, &f->height) || !number(f, &f->max) || f->max < 1 || f->max > 65535)
		return err_set(e, "damaged PNM header");
	if (!f->plain && (f->p == f->end || !blank(*f->p++)))
		return err_set(e, "truncated PNM image");
	if (image_check_size(f->width, f->height, e) < 0)
		return -1;
	size_t count = (size_t)f->width * f->height * f->channels;
	size_t least = f->plain ? count : count * (f->max > 255 ? 2 : 1);
	if ((size_t)(f->end - f->p) < least)
		return err_set(e, "truncated PNM image");
	return 0;
}

/* The next sample, or -1 at the end. */
static int sample(struct pnm *f)
{
	int v;

	if (f->plain)
		return number(f, &v) ? v : -1;
	v = *f->p++;
	return f->max > 255 ? v << 8 | *f->p++ : v;
}

int pnm_decode(struct image *im, const unsigned char *bytes, size_t n, struct err *e)
{
	struct pnm f;

	*im = (struct image){0};
	if (head(&f, bytes, n, e) < 0 || image_alloc(im, f.width, f.height, f.channels, f.max == 255, e) < 0)
		return -1;
	size_t count = (size_t)f.width * f.height * f.channels;
	for (size_t i = 0; i < count; i++) {
		int v = sample(&f);
		if (v < 0 || v > f.max) {
			image_free(im);
			return err_set(e, v < 0 ? "truncated PNM image" : "damaged PNM image: a value beyond its maximum");
		}
		if (im->u8)
			im->u8[i] = v;
		else
			im->f32[i] = v;
	}
	im->top = f.max;
	return 0;
}
