/* The texts of a DICOM header as numbers, terms and facts. What is no number or no term of the standard counts as
 * absent, but where an image cannot be read without it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "image/dicom_read.h"

#ifdef CXR_DICOM
static int get_int(const struct dicom_raw *r, enum dicom_text name, int otherwise)
{
	int64_t v;

	return num_int(r->text[name], INT32_MIN, INT32_MAX, &v) ? (int)v : otherwise;
}

static bool get_number(const struct dicom_raw *r, enum dicom_text name, double *v)
{
	return num_double(r->text[name], v) && isfinite(*v);
}

/* Upper-case letters, digits, blank and underline: anything else is no term of the standard, and is dropped. */
static void get_term(const struct dicom_raw *r, enum dicom_text name, char to[17])
{
	const char *text = r->text[name];
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ ");

	if (text[n] == '\0' && n < 17)
		strcpy(to, text);
}

/* Views by code (CID 4010), where the plain word is missing. */
static void get_view(const struct dicom_raw *r, char to[17])
{
	static const char *const codes[][2] = {
		{"399066004", "PA"}, {"272479007", "PA"}, {"R-10214", "PA"}, {"399348003", "AP"}, {"R-10206", "AP"},
		{"399173006", "LL"}, {"R-10236", "LL"}, {"399198007", "RL"}, {"R-10232", "RL"}, {"399067008", "LATERAL"},
		{"R-102CD", "LATERAL"}};

	get_term(r, DICOM_VIEW, to);
	for (size_t i = 0; !*to && i < sizeof codes / sizeof *codes; i++)
		if (!strcmp(r->view_code, codes[i][0]))
			strcpy(to, codes[i][1]);
}

static const char *yes_or_no(const char *text, const char *yes, const char *no)
{
	return !strcmp(text, yes) ? "yes" : !strcmp(text, no) ? "no" : "";
}

static void get_facts(struct dicom *d, const struct dicom_raw *r)
{
	struct dicom_facts *f = &d->facts;
	const char *keyword = dicom_syntax(r->syntax);

	get_term(r, DICOM_MODALITY, f->modality);
	get_view(r, f->view);
	get_term(r, DICOM_BODY, f->body);
	get_term(r, DICOM_PHOTOMETRIC, f->photometric);
	get_term(r, DICOM_INTENT, f->intent);
	snprintf(f->bits, sizeof f->bits, "%d", d->gray.stored);
	snprintf(f->syntax, sizeof f->syntax, "%s", keyword ? keyword : "");
	snprintf(f->maker, sizeof f->maker, "%.*s", (int)sizeof f->maker - 1, r->text[DICOM_MAKER]);
	strcpy(f->burned, yes_or_no(r->text[DICOM_BURNED], "YES", "NO"));
	strcpy(f->lossy, yes_or_no(r->text[DICOM_LOSSY], "01", "00"));
}

static void get_identity(struct dicom_identity *i, const struct dicom_raw *r)
{
	strcpy(i->sop, r->text[DICOM_SOP]);
	strcpy(i->study, r->text[DICOM_STUDY]);
	strcpy(i->patient, r->text[DICOM_PATIENT]);
	strcpy(i->issuer, r->text[DICOM_ISSUER]);
	strcpy(i->accession, r->text[DICOM_ACCESSION]);
}

/* Spacings of 0 occur, and say nothing. */
static void get_spacing(struct dicom *d, const struct dicom_raw *r)
{
	static const enum dicom_text names[][2] = {{DICOM_SPACING_Y, DICOM_SPACING_X}, {DICOM_IMAGER_Y, DICOM_IMAGER_X},
		{DICOM_ASPECT_Y, DICOM_ASPECT_X}};
	double high, wide;

	d->aspect = 1;
	for (int i = 0; i < 3; i++) {
		if (!get_number(r, names[i][0], &high) || !get_number(r, names[i][1], &wide) || high <= 0 || wide <= 0)
			continue;
		d->aspect = high / wide;
		if (i < 2) /* millimetres, not a mere ratio */
			snprintf(d->facts.spacing, sizeof d->facts.spacing, "%.6gx%.6g", wide, high);
		return;
	}
}

/* A number of the type of the pixels: whether 65535 is -1 does not show in the file. */
static int as_pixel(int v, bool is_signed)
{
	return is_signed ? (int16_t)v : (uint16_t)v;
}

static void get_padding(struct dicom_gray *g, const struct dicom_raw *r)
{
	g->padded = *r->text[DICOM_PADDING];
	g->pad_from = as_pixel(get_int(r, DICOM_PADDING, 0), g->is_signed);
	g->pad_to = *r->text[DICOM_PADDING_LIMIT] ? as_pixel(get_int(r, DICOM_PADDING_LIMIT, 0), g->is_signed) : g->pad_from;
	if (g->pad_to < g->pad_from) {
		int to = g->pad_from;
		g->pad_from = g->pad_to;
		g->pad_to = to;
	}
}

static void get_gray(struct dicom_gray *g, struct dicom_raw *r)
{
	const char *function = r->text[DICOM_FUNCTION], *shape = r->text[DICOM_SHAPE];

	g->stored = get_int(r, DICOM_STORED, 0);
	g->is_signed = get_int(r, DICOM_SIGNED, 0) == 1;
	g->slope = *r->text[DICOM_SLOPE] ? 0 : 1; /* one that is no number is as bad as 0 */
	get_number(r, DICOM_SLOPE, &g->slope);
	get_number(r, DICOM_INTERCEPT, &g->intercept);
	g->windowed = get_number(r, DICOM_CENTER, &g->center) && get_number(r, DICOM_WIDTH, &g->width);
	g->function = !strcmp(function, "SIGMOID") ? DICOM_SIGMOID : !strcmp(function, "LINEAR_EXACT") ? DICOM_LINEAR_EXACT
	                                                                                              : DICOM_LINEAR;
	g->inverted = !strcmp(shape, "INVERSE") ||
	              (strcmp(shape, "IDENTITY") && !strcmp(r->text[DICOM_PHOTOMETRIC], "MONOCHROME1"));
	get_padding(g, r);
	g->modality = r->modality;
	g->voi = r->voi;
	g->modality.first = as_pixel(g->modality.first, g->is_signed);
	g->voi.first = as_pixel(g->voi.first, g->is_signed && !g->modality.n);
	g->modality.top = dicom_lut_top(&g->modality);
	g->voi.top = dicom_lut_top(&g->voi);
}

/* Where the file's rest is uncompressed words: behind the pixels' tag (OB or OW, 0, 0) and as long as that says; 0:
 * nowhere. */
static size_t find_native(const struct dicom_raw *r, const unsigned char *bytes, size_t n)
{
	bool named = !strcmp(r->syntax, "1.2.840.10008.1.2.1"), implied = !strcmp(r->syntax, "1.2.840.10008.1.2");

	if (r->end < 12 || r->end >= n || (!named && !implied))
		return 0;
	const unsigned char *head = bytes + r->end - (named ? 12 : 8);
	bool pixels = !memcmp(head, "\xe0\x7f\x10", 4) && (!named || head[4] == 'O');
	return pixels && num_get32(bytes + r->end - 4) == n - r->end ? r->end : 0;
}

int dicom_header(struct dicom *d, const unsigned char *bytes, size_t n, struct err *e)
{
	struct dicom_raw r;
	int rc = dicom_read_header(&r, bytes, n, e);

	*d = (struct dicom){.directory = r.directory, .float_pixels = r.float_pixels, .enhanced = r.enhanced,
	                    .native_at = rc ? 0 : find_native(&r, bytes, n)};
	strcpy(d->syntax, r.syntax);
	d->lossy = dicom_is_lossy(d->syntax);
	get_gray(&d->gray, &r);
	get_facts(d, &r);
	get_identity(&d->identity, &r);
	get_spacing(d, &r);
	d->height = get_int(&r, DICOM_ROWS, 0);
	d->width = get_int(&r, DICOM_COLUMNS, 0);
	d->samples = get_int(&r, DICOM_SAMPLES, 1);
	d->frames = get_int(&r, DICOM_FRAMES, 1);
	d->allocated = get_int(&r, DICOM_ALLOCATED, 0);
	d->high = get_int(&r, DICOM_HIGH, d->gray.stored - 1);
	/* Digital X-Ray, for processing */
	d->for_processing = !strcmp(d->facts.intent, "FOR PROCESSING") ||
	                    !strcmp(r.text[DICOM_KIND], "1.2.840.10008.5.1.4.1.1.1.1.1");
	return rc;
}
#endif
