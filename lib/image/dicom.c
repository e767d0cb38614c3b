/* From a DICOM header and stored words to brightness: which files are read, and the gray scale of PS3.3 C.11 (modality,
 * values of interest, presentation). Pure functions; the library that parses files is behind dicom_read.cc. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "image/decode.h"
#include "image/dicom_read.h"

void dicom_free(struct dicom *d)
{
	free(d->gray.modality.value);
	free(d->gray.voi.value);
	d->gray.modality = d->gray.voi = (struct dicom_lut){0};
}

/* --- Recognition ------------------------------------------------------------------------------------------------ */

static unsigned u16(const unsigned char *b, bool big)
{
	return big ? b[0] << 8 | b[1] : b[1] << 8 | b[0];
}

/* An explicit value representation, as all short ones of groups 2 and 8 are, or a length below 2^16. */
static bool plausible_element(const unsigned char *b, bool big)
{
	unsigned group = u16(b, big), element = u16(b + 2, big);
	bool explicit_vr = b[4] >= 'A' && b[4] <= 'Z' && b[5] >= 'A' && b[5] <= 'Z';
	bool short_length = big ? !b[4] && !b[5] : !b[6] && !b[7];

	return (group == 2 || group == 8) && element <= 0x20 && (explicit_vr || short_length);
}

bool dicom_knows(const unsigned char *bytes, size_t n)
{
	if (n >= 132 && !memcmp(bytes + 128, "DICM", 4))
		return true;
	return n >= 132 && (plausible_element(bytes, false) || plausible_element(bytes, true));
}

/* --- What is read ----------------------------------------------------------------------------------------------- */

static const struct syntax {
	const char *uid, *keyword;
	bool lossy;
} syntaxes[] = {
	{"1.2.840.10008.1.2", "ImplicitVRLittleEndian", false},
	{"1.2.840.10008.1.2.1", "ExplicitVRLittleEndian", false},
	{"1.2.840.10008.1.2.1.99", "DeflatedExplicitVRLittleEndian", false},
	{"1.2.840.10008.1.2.2", "ExplicitVRBigEndian", false},
	{"1.2.840.10008.1.2.4.50", "JPEGBaseline8Bit", true},
	{"1.2.840.10008.1.2.4.51", "JPEGExtended12Bit", true},
	{"1.2.840.10008.1.2.4.57", "JPEGLossless", false},
	{"1.2.840.10008.1.2.4.70", "JPEGLosslessSV1", false},
	{"1.2.840.10008.1.2.4.80", "JPEGLSLossless", false},
	{"1.2.840.10008.1.2.4.81", "JPEGLSNearLossless", true},
	{"1.2.840.10008.1.2.4.90", "JPEG2000Lossless", false},
	{"1.2.840.10008.1.2.4.91", "JPEG2000", true},
	{"1.2.840.10008.1.2.5", "RLELossless", false},
};

static const struct syntax *find_syntax(const char *uid)
{
	for (size_t i = 0; i < sizeof syntaxes / sizeof *syntaxes; i++)
		if (!strcmp(syntaxes[i].uid, uid))
			return &syntaxes[i];
	return NULL;
}

const char *dicom_syntax(const char *uid)
{
	const struct syntax *s = find_syntax(uid);

	return s ? s->keyword : NULL;
}

bool dicom_is_lossy(const char *uid)
{
	const struct syntax *s = find_syntax(uid);

	return s && s->lossy;
}

bool dicom_is_jpeg(const char *uid)
{
	return !strncmp(uid, "1.2.840.10008.1.2.4.5", 21) || !strcmp(uid, "1.2.840.10008.1.2.4.70");
}

bool dicom_is_jpeg2000(const char *uid)
{
	return !strcmp(uid, "1.2.840.10008.1.2.4.90") || !strcmp(uid, "1.2.840.10008.1.2.4.91");
}

/* Standard UIDs name a format; a private one could name anything, and is not repeated. */
static int refuse_syntax(const char *uid, struct err *e)
{
	static const struct {
		const char *prefix, *name;
	} others[] = {
		{"1.2.840.10008.1.2.4.9", "JPEG 2000 part 2 or JPIP"}, {"1.2.840.10008.1.2.4.10", "MPEG video"},
		{"1.2.840.10008.1.2.4.11", "JPEG XL"}, {"1.2.840.10008.1.2.4.20", "high-throughput JPEG 2000"},
		{"1.2.840.10008.1.2.4", "a retired kind of JPEG"}, {"1.2.840.10008.", "not a format of single images"},
	};

	if (!*uid)
		return err_set(e, "its transfer syntax is not known");
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (!strncmp(uid, others[i].prefix, strlen(others[i].prefix)) && uid[strspn(uid, "0123456789.")] == '\0')
			return err_set(e, "transfer syntax %s (%s) is not read; gdcmconv --raw or dcmdjpeg may unpack it", uid,
			               others[i].name);
	return err_set(e, "a private transfer syntax is not read");
}

static int check_colour(const struct dicom *d, struct err *e)
{
	static const char *const colours[] = {"RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_420",
		"YBR_PARTIAL_422", "YBR_ICT", "YBR_RCT", "HSV", "ARGB", "CMYK", "XYB"};
	const char *name = d->facts.photometric;

	for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
		if (!strcmp(name, colours[i]))
			return err_set(e, "its colours are %s: only MONOCHROME1 and MONOCHROME2 are read", name);
	if (strcmp(name, "MONOCHROME1") && strcmp(name, "MONOCHROME2"))
		return err_set(e, "its photometric interpretation is neither MONOCHROME1 nor MONOCHROME2");
	if (d->samples != 1)
		return err_set(e, "%d samples a pixel in a gray image", d->samples);
	return 0;
}

static int check_bits(const struct dicom *d, struct err *e)
{
	int stored = d->gray.stored;

	if (d->float_pixels)
		return err_set(e, "pixels of type float are not read");
	if (d->allocated != 8 && d->allocated != 16)
		return err_set(e, "%d bits allocated: only 8 and 16 are read", d->allocated);
	if (stored < 1 || stored > d->allocated || d->high >= d->allocated || d->high + 1 < stored)
		return err_set(e, "%d bits stored, highest bit %d, of %d allocated: cannot be", stored, d->high, d->allocated);
	return 0;
}

static int check_tables(const struct dicom_gray *g, struct err *e)
{
	if (!g->modality.n && (g->slope == 0 || !isfinite(g->slope) || !isfinite(g->intercept)))
		return err_set(e, "its rescale slope is 0 or not a number");
	return 0;
}

int dicom_check(const struct dicom *d, const struct dicom_options *o, struct err *e)
{
	if (d->directory)
		return err_set(e, "a DICOMDIR, which is an index: give the files or the folder");
	if (!find_syntax(d->syntax))
		return refuse_syntax(d->syntax, e);
	if (!*d->facts.photometric && !d->width && !d->height)
		return err_set(e, "a DICOM file without an image");
	if (d->enhanced)
		return err_set(e, "an enhanced (multi-frame) object is not read");
	if (d->frames > 1)
		return err_set(e, "%d frames: only single images are read", d->frames);
	if (check_colour(d, e) < 0 || check_bits(d, e) < 0 || image_check_size(d->width, d->height, e) < 0)
		return -1;
	if (d->for_processing && !o->for_processing)
		return err_set(e, "raw detector data (FOR PROCESSING): --for-processing takes them");
	if (fabs(d->aspect - 1) > 1e-3 && !o->any_aspect)
		return err_set(e, "its pixels are not square (%.4g times as high as wide): only fit=squash takes them", d->aspect);
	return check_tables(&d->gray, e);
}

/* --- The gray scale --------------------------------------------------------------------------------------------- */

static int sign_extend(int v, int bits, bool is_signed)
{
	return is_signed && v >> (bits - 1) & 1 ? v - (1 << bits) : v;
}

/* Bits above the stored ones are other people's (old overlays) in native words. In the words of a codec they are
 * overshoot, or the sign. */
int dicom_value(const struct dicom *d, uint16_t word)
{
	int bits = d->gray.stored, shift = d->high + 1 - bits, mask = (1 << bits) - 1;
	int v = sign_extend(word, 16, d->gray.is_signed && d->allocated == 16);

	if (!d->lossy || shift > 0 || (v >= 0 && v <= mask))
		return sign_extend(word >> shift & mask, bits, d->gray.is_signed);
	int lo = d->gray.is_signed ? -(1 << (bits - 1)) : 0, hi = lo + mask;
	return v < lo ? lo : v > hi ? hi : v;
}

static double look_up(const struct dicom_lut *t, double x)
{
	double i = rint(x) - t->first;

	return t->value[i < 0 ? 0 : i > t->n - 1 ? t->n - 1 : (int)i];
}

int dicom_lut_top(const struct dicom_lut *t)
{
	int largest = 0, top = (1 << t->bits) - 1;

	if (t->top)
		return t->top;
	for (int i = 0; i < t->n; i++)
		if (t->value[i] > largest)
			largest = t->value[i];
	while (top > 1 && largest <= top / 2)
		top /= 2;
	while (top < largest)
		top = 2 * top + 1;
	return top;
}

static double modality(const struct dicom_gray *g, int value)
{
	return g->modality.n ? look_up(&g->modality, value) : value * g->slope + g->intercept;
}

/* The window functions of PS3.3 C.11.2.1.2 and C.11.2.1.3, for outputs 0 to 1. */
static double window(const struct dicom_gray *g, double x)
{
	double exact = g->function == DICOM_LINEAR_EXACT, c = g->center - (exact ? 0 : 0.5), w = g->width - (exact ? 0 : 1);

	if (g->function == DICOM_SIGMOID)
		return 1 / (1 + exp(-4 * (x - g->center) / g->width));
	return x <= c - w / 2 ? 0 : x > c + w / 2 ? 1 : (x - c) / w + 0.5;
}

/* A width that the standard forbids is as good as none. */
static bool has_window(const struct dicom_gray *g)
{
	return g->windowed && isfinite(g->center) && isfinite(g->width) && g->width > 0 &&
	       (g->function != DICOM_LINEAR || g->width >= 1);
}

/* Of stored values: what a slope makes of them may be too small to be told apart. */
static double full_range(const struct dicom_gray *g, int value)
{
	int lo = g->is_signed ? -(1 << (g->stored - 1)) : 0;
	double y = (value - lo) / ((1 << g->stored) - 1.0);

	if (g->modality.n)
		return modality(g, value) / dicom_lut_top(&g->modality);
	return g->slope < 0 ? 1 - y : y;
}

double dicom_gray(const struct dicom_gray *g, int value, bool full)
{
	double x = modality(g, value), y;

	if (g->padded && value >= g->pad_from && value <= g->pad_to)
		return 0;
	if (!full && g->voi.n)
		y = look_up(&g->voi, x) / dicom_lut_top(&g->voi);
	else if (!full && has_window(g))
		y = window(g, x);
	else
		y = full_range(g, value);
	return g->inverted ? 1 - y : y;
}

/* --- Decoding --------------------------------------------------------------------------------------------------- */

#ifdef CXR_DICOM
/* Every word there can be, once: a film has millions of pixels and 65,536 words. Of 8 bits the rest is ignored. */
static float *gray_table(const struct dicom *d, bool full)
{
	int n = 1 << d->allocated;
	float *table = malloc(65536 * sizeof *table);

	for (int w = 0; table && w < 65536; w++)
		table[w] = w < n ? (float)(rint(65535 * dicom_gray(&d->gray, dicom_value(d, w), full)) / 65535) : table[w - n];
	return table;
}

/* Little-endian words of `size` bytes. No CLONES: gathering by vectors is no faster. */
static void look_up_row(float *restrict to, const float *restrict table, const unsigned char *restrict b, int n,
                        int size)
{
	if (size == 1)
		for (int i = 0; i < n; i++)
			to[i] = table[b[i]];
	else
		for (int i = 0; i < n; i++)
			to[i] = table[b[2 * i] | b[2 * i + 1] << 8];
}

/* Row by row, whose extent is taken while they are in the cache. */
static void look_up_all(struct image *im, const float *table, const void *words, int size)
{
	const unsigned char *b = words;

	for (int y = 0; y < im->height; y++, b += (size_t)im->width * size) {
		float *row = im->f32 + (size_t)y * im->width;
		look_up_row(row, table, b, im->width, size);
		extent_add(im, row, im->width);
	}
}

/* Uncompressed words are taken from the file itself where they are the rest of it, the usual case. */
static int decode(struct image *im, const struct dicom *d, const unsigned char *bytes, size_t n, bool full,
                  struct err *e)
{
	size_t pixels = (size_t)d->width * d->height, size = d->allocated / 8, rest = pixels * size + pixels * size % 2;
	bool native = d->native_at && n - d->native_at == rest;
	uint16_t *word = native ? NULL : budget_grow(NULL, pixels * sizeof *word, "a DICOM image", e);
	float *table = word || native ? gray_table(d, full) : NULL;
	int rc = table ? 0 : word || native ? budget_err(e, 0, "a gray scale") : -1;

	if (!rc && word)
		rc = dicom_read_words(d, bytes, n, word, e);
	if (!rc)
		rc = image_alloc(im, d->width, d->height, 1, false, e);
	if (!rc)
		look_up_all(im, table, word ? (void *)word : bytes + d->native_at, word ? 2 : size);
	free(word);
	free(table);
	return rc;
}

int dicom_decode(struct image *im, const unsigned char *bytes, size_t n, struct dicom_options *o, struct err *e)
{
	struct dicom d;
	int rc = dicom_header(&d, bytes, n, e);

	if (!rc)
		rc = dicom_check(&d, o, e);
	if (!rc)
		rc = decode(im, &d, bytes, n, o->full, e);
	o->burned = !strcmp(d.facts.burned, "yes");
	o->no_window = !o->full && !d.gray.voi.n && d.gray.windowed && !has_window(&d.gray);
	dicom_free(&d);
	return rc;
}
#else
static const char *const missing =
	"a DICOM file, which this build cannot read: install DCMTK and OpenJPEG (Debian: libdcmtk-dev libopenjp2-7-dev, g++) "
	"and build again";

int dicom_header(struct dicom *d, const unsigned char *bytes, size_t n, struct err *e)
{
	(void)bytes, (void)n;
	*d = (struct dicom){0};
	return err_set(e, "%s", missing);
}

int dicom_decode(struct image *im, const unsigned char *bytes, size_t n, struct dicom_options *o, struct err *e)
{
	(void)im, (void)bytes, (void)n, (void)o;
	return err_set(e, "%s", missing);
}
#endif
