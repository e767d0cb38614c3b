/* Headers of JPEG files before libjpeg sees them. Its warnings are errors here, since it calls corrupt pixels one; so
 * what it warns of in the headers of intact files is mended first, in a copy. And what would take long is refused. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/decode.h"

/* A progressive file has about ten scans, each a pass over all pixels, and can claim any number of them in a few bytes
 * each. */
enum { SCANS_MAX = 100 };
#define SCANNED_MAX 2000000000ll /* pixels x scans: some ten seconds */

/* libjpeg keeps the segments of applications in a chain that it walks for each: a file of a few MB would take minutes.
 * A large profile of colours takes 255. */
enum { SEGMENTS_MAX = 4096 };

enum { RST0 = 0xd0, RST7 = 0xd7, SOI = 0xd8, EOI = 0xd9, SOS = 0xda, APP0 = 0xe0, APP14 = 0xee, TEM = 0x01 };

struct jpeg {
	const unsigned char *bytes;
	size_t n, at;
	unsigned char *copy; /* mended; NULL as long as nothing was */
	bool sequential;
	int64_t pixels, scans;
};

static void mend(struct jpeg *j, size_t at, unsigned char value)
{
	if (at >= j->n || j->bytes[at] == value)
		return;
	if (!j->copy) {
		j->copy = xmalloc(j->n);
		memcpy(j->copy, j->bytes, j->n);
	}
	j->copy[at] = value;
}

/* Goes to the next 0xff. Bytes between two segments are made fill bytes, which any number of may stand there; within a
 * scan they are its data. */
static void skip(struct jpeg *j)
{
	const unsigned char *ff = memchr(j->bytes + j->at, 0xff, j->n - j->at);
	size_t end = ff ? (size_t)(ff - j->bytes) : j->n;

	for (; j->scans == 0 && j->at < end; j->at++)
		mend(j, j->at, 0xff);
	j->at = end;
}

/* The next marker, with j->at behind it; 0 at the end. */
static int next_marker(struct jpeg *j)
{
	for (skip(j); j->at + 1 < j->n; skip(j)) {
		int m = j->bytes[++j->at];
		if (m == 0xff) /* a fill byte, and perhaps what a marker begins with */
			continue;
		if (m != 0 && m != TEM && !(m >= RST0 && m <= RST7)) {
			j->at++;
			return m;
		}
	}
	return 0;
}

static bool starts_image(int m)
{
	return m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc;
}

static int frame(struct jpeg *j, int m, const unsigned char *s, size_t n, struct err *e)
{
	if (n < 5)
		return 0; /* libjpeg says what is wrong */
	int height = s[1] << 8 | s[2], width = s[3] << 8 | s[4];
	j->sequential = m == 0xc0 || m == 0xc1 || m == 0xc9;
	j->pixels = (int64_t)width * height;
	return width && height ? image_check_size(width, height, e) : 0;
}

/* A sequential scan has all coefficients in full (0, 63, 0), whatever its header says. */
static int scan(struct jpeg *j, size_t at, size_t n, struct err *e)
{
	size_t last = at + 1 + 2 * (size_t)j->bytes[at];

	if (++j->scans > SCANS_MAX || j->scans * j->pixels > SCANNED_MAX)
		return err_set(e, "more than %lld scans: too many for %lld pixels", (long long)j->scans - 1, (long long)j->pixels);
	if (j->sequential && last + 3 == at + n) {
		mend(j, last, 0);
		mend(j, last + 1, 63);
		mend(j, last + 2, 0);
	}
	return 0;
}

/* The n bytes of a segment, at `at`. */
static int segment(struct jpeg *j, int m, size_t at, size_t n, struct err *e)
{
	const unsigned char *s = j->bytes + at;

	if (starts_image(m))
		return frame(j, m, s, n, e);
	if (m == SOS && n > 0)
		return scan(j, at, n, e);
	if (m == APP0 && n >= 7 && !memcmp(s, "JFIF", 5))
		mend(j, at + 5, 1); /* the major version: there is no other */
	if (m == APP14 && n >= 12 && !memcmp(s, "Adobe", 5) && s[11] > 2)
		mend(j, at + 11, 1); /* the transform of colours: libjpeg takes an unknown one for YCbCr, too */
	return 0;
}

int jpeg_mend(const unsigned char *bytes, size_t n, unsigned char **mended, struct err *e)
{
	struct jpeg j = {.bytes = bytes, .n = n, .at = 2};
	int m, rc = 0;

	for (int i = 0; !rc && (m = next_marker(&j)) != 0 && m != EOI; i++) {
		if (m == SOI)
			continue;
		size_t length = j.at + 2 <= n ? (size_t)(bytes[j.at] << 8 | bytes[j.at + 1]) : 0;
		if (length < 2 || length > n - j.at)
			break; /* libjpeg says what is wrong */
		rc = i < SEGMENTS_MAX ? segment(&j, m, j.at + 2, length - 2, e) :
		     err_set(e, "more than %d segments", SEGMENTS_MAX);
		j.at += length;
	}
	*mended = j.copy;
	if (rc) {
		free(j.copy);
		*mended = NULL;
	}
	return rc;
}

bool jpeg_has_size(const unsigned char *bytes, size_t n, int width, int height)
{
	struct jpeg j = {.bytes = bytes, .n = n, .at = 2, .scans = 1}; /* as within a scan: nothing is mended */
	int m;

	while (n > 2 && (m = next_marker(&j)) != 0 && m != EOI && m != SOS) {
		const unsigned char *s = bytes + j.at;
		size_t length = j.at + 2 <= n ? (size_t)(s[0] << 8 | s[1]) : 0;

		if (length < 2 || length > n - j.at)
			return false;
		if (starts_image(m))
			return length >= 7 && (s[3] << 8 | s[4]) == height && (s[5] << 8 | s[6]) == width;
		j.at += length;
	}
	return false;
}
