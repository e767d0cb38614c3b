/* Any header as numbers: each that dicom_check takes gives every word a brightness from 0 to 1. The bytes are the
 * fields in turn, and what is left over is the tables. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/dicom.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *at;
	size_t n;
};

static void take(struct bytes *b, void *to, size_t n)
{
	size_t k = n < b->n ? n : b->n;

	memset(to, 0, n);
	memcpy(to, b->at, k);
	b->at += k;
	b->n -= k;
}

static int take_byte(struct bytes *b)
{
	uint8_t v;

	take(b, &v, 1);
	return v;
}

static double take_number(struct bytes *b)
{
	float v;

	take(b, &v, sizeof v);
	return (double)v;
}

static int take_word(struct bytes *b)
{
	int16_t v;

	take(b, &v, sizeof v);
	return v;
}

/* The header reader lets through 1 to 65536 entries of 1 to 16 bits. */
static void take_table(struct bytes *b, struct dicom_lut *t)
{
	*t = (struct dicom_lut){.n = take_byte(b), .first = take_word(b), .bits = 1 + take_byte(b) % 16};
	if (t->n && (t->value = malloc((size_t)t->n * sizeof *t->value)))
		take(b, t->value, (size_t)t->n * sizeof *t->value);
	else
		t->n = 0;
	t->top = dicom_lut_top(t);
}

static void take_header(struct bytes *b, struct dicom *d)
{
	static const char *const syntax[] = {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.70", ""};
	struct dicom_gray *g = &d->gray;
	int flags = take_byte(b);

	*d = (struct dicom){.width = 1, .height = 1, .samples = 1, .frames = 1, .aspect = 1, .allocated = take_byte(b),
		.high = take_byte(b)};
	strcpy(d->syntax, syntax[flags & 3]);
	d->lossy = dicom_is_lossy(d->syntax);
	strcpy(d->facts.photometric, flags & 4 ? "MONOCHROME1" : "MONOCHROME2");
	*g = (struct dicom_gray){.stored = take_byte(b), .is_signed = flags & 8, .windowed = flags & 16, .inverted = flags & 4,
		.padded = flags & 32, .function = (enum dicom_function)(take_byte(b) % 3)};
	g->slope = take_number(b);
	g->intercept = take_number(b);
	g->center = take_number(b);
	g->width = take_number(b);
	g->pad_from = take_word(b);
	g->pad_to = take_word(b);
	if (flags & 64)
		take_table(b, &g->modality);
	if (flags & 128)
		take_table(b, &g->voi);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dicom_options o = {0};
	struct bytes b = {data, size};
	struct dicom d;

	take_header(&b, &d);
	for (unsigned w = 0; !dicom_check(&d, &o, NULL) && w < 1u << d.allocated; w += 1 + (w > 512 ? 97 : 0)) {
		int v = dicom_value(&d, (uint16_t)w);

		fuzz_reached++;
		for (int full = 0; full < 2; full++) {
			double y = dicom_gray(&d.gray, v, full);

			if (!(y >= 0 && y <= 1))
				abort();
		}
	}
	dicom_free(&d);
	return 0;
}
