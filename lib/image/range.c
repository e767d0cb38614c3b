/* Which values an image holds, and which of them is white. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/mem.h"
#include "image/decode.h"

CLONES static struct extent extent_u8(const unsigned char *v, size_t n)
{
	unsigned char lo = v[0], hi = v[0];

	for (size_t i = 0; i < n; i++) {
		lo = v[i] < lo ? v[i] : lo;
		hi = v[i] > hi ? v[i] : hi;
	}
	return (struct extent){lo, hi};
}

enum { LANES = 32 }; /* the compiler may not reorder comparisons of floats: one chain of them is 6 times as slow */

CLONES static struct extent extent_f32(const float *v, size_t n)
{
	float lo[LANES], hi[LANES];

	for (int l = 0; l < LANES; l++)
		lo[l] = hi[l] = v[0];
	for (size_t i = 0; i + LANES <= n; i += LANES)
		for (int l = 0; l < LANES; l++) {
			lo[l] = v[i + l] < lo[l] ? v[i + l] : lo[l];
			hi[l] = v[i + l] > hi[l] ? v[i + l] : hi[l];
		}
	for (size_t i = n - n % LANES; i < n; i++) {
		lo[0] = v[i] < lo[0] ? v[i] : lo[0];
		hi[0] = v[i] > hi[0] ? v[i] : hi[0];
	}
	for (int l = 1; l < LANES; l++) {
		lo[0] = lo[l] < lo[0] ? lo[l] : lo[0];
		hi[0] = hi[l] > hi[0] ? hi[l] : hi[0];
	}
	return (struct extent){lo[0], hi[0]};
}

static size_t count(const struct image *im)
{
	return (size_t)im->width * im->height * im->channels;
}

void extent_add(struct image *im, const float *v, size_t n)
{
	struct extent x = extent_f32(v, n);

	im->lo = im->ranged && im->lo < x.lo ? im->lo : x.lo;
	im->hi = im->ranged && im->hi > x.hi ? im->hi : x.hi;
	im->ranged = true;
}

struct extent extent_of(const struct image *im)
{
	if (im->ranged)
		return (struct extent){im->lo, im->hi};
	return im->u8 ? extent_u8(im->u8, count(im)) : extent_f32(im->f32, count(im));
}

/* The bin in which the value of this rank lies; *rank becomes its rank within the bin. */
static uint32_t bin_of(const uint32_t *bin, size_t *rank)
{
	uint32_t i = 0;

	while (*rank >= bin[i])
		*rank -= bin[i++];
	return i;
}

static uint32_t bits_of(float v)
{
	uint32_t bits;

	v = v > 0 ? v : 0;
	memcpy(&bits, &v, sizeof bits);
	return bits;
}

/* By radix, as floats from 0 are ordered as their bits are: two passes, whatever the values. */
static float ranked_f32(const float *v, size_t n, size_t rank)
{
	uint32_t *bin = xcalloc(65536, sizeof *bin), bits;
	float value;

	for (size_t i = 0; i < n; i++)
		bin[bits_of(v[i]) >> 16]++;
	uint32_t high = bin_of(bin, &rank);
	memset(bin, 0, 65536 * sizeof *bin);
	for (size_t i = 0; i < n; i++)
		if ((bits = bits_of(v[i])) >> 16 == high)
			bin[bits & 0xffff]++;
	bits = high << 16 | bin_of(bin, &rank);
	memcpy(&value, &bits, sizeof value);
	free(bin);
	return value;
}

static float ranked_u8(const unsigned char *v, size_t n, size_t rank)
{
	uint32_t bin[256] = {0};

	for (size_t i = 0; i < n; i++)
		bin[v[i]]++;
	return bin_of(bin, &rank);
}

/* The smallest value that is not below `percent` of the values. */
static float percentile(const struct image *im, double percent)
{
	size_t n = count(im), rank = (size_t)(percent / 100 * n);

	rank = rank < n ? rank : n - 1;
	return im->u8 ? ranked_u8(im->u8, n, rank) : ranked_f32(im->f32, n, rank);
}

/* What a file states counts unless one of its own pixels is above: PNG's rule, kept by some, is that 12 significant
 * bits stand in the upper 12 of 16, and many scanners write them in the lower. A type that ends below the recipe's
 * white (8 bits beside 12) keeps its own. */
float white_of(const struct image *im, const struct extent *x, const struct recipe *r)
{
	float top = im->top > 0 ? im->top : im->u8 ? 255 : 1, own;

	if (r->white_percent) {
		own = percentile(im, r->white);
		return own > 0 ? own : top;
	}
	if (r->white > 0)
		return !im->real && r->white > top ? top : r->white;
	return im->stated > 0 && x->hi <= im->stated ? im->stated : top;
}
