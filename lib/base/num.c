/* Numbers from text and to text, the same in every locale, and little-endian bytes. */
#include "base/num.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool num_int(const char *s, int64_t lo, int64_t hi, int64_t *out)
{
	char *end;
	if (!isdigit((unsigned char)s[*s == '-' || *s == '+']))
		return false;
	errno = 0;
	long long v = strtoll(s, &end, 10);
	if (errno || *end || v < lo || v > hi)
		return false;
	*out = v;
	return true;
}

/* libvips and others may have called setlocale: a comma must not become the decimal point of a score table. */
static locale_t c_locale;

static void make_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t locale_c(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_locale);
	return c_locale;
}

const char *num_part(const char *s, double *out)
{
	char *end;
	*out = strtod_l(s, &end, locale_c());
	return end > s ? end : NULL;
}

bool num_double(const char *s, double *out)
{
	char *end;
	if (!*s || isspace((unsigned char)*s))
		return false;
	errno = 0;
	double v = strtod_l(s, &end, locale_c());
	if (end == s || *end || (errno == ERANGE && isinf(v)))
		return false;
	*out = v;
	return true;
}

const char *num_text(double x, char buf[NUM_TEXT])
{
	if (isnan(x))
		return strcpy(buf, "nan");
	if (isinf(x))
		return strcpy(buf, x > 0 ? "inf" : "-inf");
	locale_t old = uselocale(locale_c());
	snprintf(buf, NUM_TEXT, "%.9g", x);
	uselocale(old);
	return buf;
}

bool num_mul(size_t a, size_t b, size_t *out)
{
	return !__builtin_mul_overflow(a, b, out);
}

bool num_add(size_t a, size_t b, size_t *out)
{
	return !__builtin_add_overflow(a, b, out);
}

uint16_t num_get16(const unsigned char *p)
{
	return p[0] | p[1] << 8;
}

uint32_t num_get32(const unsigned char *p)
{
	return num_get16(p) | (uint32_t)num_get16(p + 2) << 16;
}

uint64_t num_get64(const unsigned char *p)
{
	return num_get32(p) | (uint64_t)num_get32(p + 4) << 32;
}

void num_put64(unsigned char *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = v >> 8 * i;
}

float num_half(uint16_t h)
{
	int exponent = h >> 10 & 31, fraction = h & 1023;
	float v;
	if (exponent == 31)
		v = fraction ? NAN : INFINITY;
	else if (exponent)
		v = ldexpf(1024 + fraction, exponent - 25);
	else
		v = ldexpf(fraction, -24);
	return h >> 15 ? -v : v;
}

/* By their bits, which a compiler may do many at a time; in blocks, so that the first one that is not ends it. */
bool num_finite(const float *v, size_t n)
{
	enum { BLOCK = 4096 };

	for (size_t i = 0; i < n; i += BLOCK) {
		size_t end = n - i < BLOCK ? n : i + BLOCK;
		uint32_t bad = 0;

		for (size_t k = i; k < end; k++) {
			uint32_t bits;

			memcpy(&bits, &v[k], sizeof bits);
			bad |= (bits & 0x7f800000) == 0x7f800000;
		}
		if (bad)
			return false;
	}
	return true;
}
