/* What PNG and TIFF files state about their largest value, which libvips does not pass on. */
#include <stdint.h>
#include <string.h>

#include "image/decode.h"

/* Significant bits of the samples but alpha, 0 where the file does not say; a palette's are none of its pixels'. */
static int png_bits(const unsigned char *b, size_t n)
{
	size_t at = 8;
	int colour = n > 25 ? b[25] : 3, samples = colour == 2 || colour == 6 ? 3 : 1, bits = 0;

	while (colour != 3 && at + 12 <= n && memcmp(b + at + 4, "IDAT", 4) != 0) {
		size_t length = (size_t)b[at] << 24 | b[at + 1] << 16 | b[at + 2] << 8 | b[at + 3];
		if (length > n - at - 12)
			break;
		for (int i = 0; i < samples && (size_t)i < length && !memcmp(b + at + 4, "sBIT", 4); i++)
			bits = b[at + 8 + i] > bits ? b[at + 8 + i] : bits;
		at += length + 12;
	}
	return bits;
}

struct stated png_stated(const unsigned char *bytes, size_t n)
{
	int bits = png_bits(bytes, n);

	return (struct stated){bits > 0 && bits < 16 ? (1 << bits) - 1 : 0, false};
}

/* A number of `size` bytes; 0 behind the end. */
static uint64_t tiff_number(const unsigned char *b, size_t n, bool big, uint64_t at, int size)
{
	uint64_t v = 0;

	if (at > n || n - at < (size_t)size)
		return 0;
	for (int i = 0; i < size; i++)
		v = v << 8 | b[at + (big ? i : size - 1 - i)];
	return v;
}

/* The first value of an entry of 2 or 4 bytes, in place or where the entry points to. */
static uint64_t tiff_value(const unsigned char *b, size_t n, bool big, uint64_t entry, bool wide)
{
	int size = tiff_number(b, n, big, entry + 2, 2) == 3 ? 2 : 4, room = wide ? 8 : 4;
	uint64_t count = tiff_number(b, n, big, entry + 4, wide ? 8 : 4), at = entry + (wide ? 12 : 8);

	return tiff_number(b, n, big, count > (uint64_t)(room / size) ? tiff_number(b, n, big, at, room) : at, size);
}

/* Of the first directory, in classic TIFF and in BigTIFF. */
struct stated tiff_stated(const unsigned char *b, size_t n)
{
	enum { PHOTOMETRIC = 262, MAX_SAMPLE_VALUE = 281 };
	bool big = n > 0 && b[0] == 'M', wide = tiff_number(b, n, big, 2, 2) == 43;
	uint64_t dir = tiff_number(b, n, big, wide ? 8 : 4, wide ? 8 : 4);
	uint64_t entries = tiff_number(b, n, big, dir, wide ? 8 : 2), at = dir + (wide ? 8 : 2), max = 0;
	struct stated s = {0, false};

	for (uint64_t i = 0; i < entries && dir < n && at < n; i++, at += wide ? 20 : 12) {
		uint64_t tag = tiff_number(b, n, big, at, 2);
		if (tag == MAX_SAMPLE_VALUE)
			max = tiff_value(b, n, big, at, wide);
		else if (tag == PHOTOMETRIC)
			s.white_is_zero = tiff_value(b, n, big, at, wide) == 0;
	}
	if (max <= 65535)
		s.max = max;
	return s;
}
