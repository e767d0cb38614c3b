#ifndef IMAGE_DICOM_H
#define IMAGE_DICOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "image/image.h"

/* DICOM images: what a header says, whether we read such a file, and the gray scale from stored values to what a
 * viewer would show (PS3.3 C.11). */

/* A lookup table: value[0] is for inputs up to first, value[n-1] for those from first + n - 1. */
struct dicom_lut {
	int n, first, bits; /* n = 0: none */
	int top;            /* what its white is, 0: to be found in the entries each time */
	uint16_t *value;
};

enum dicom_function { DICOM_LINEAR, DICOM_LINEAR_EXACT, DICOM_SIGMOID };

struct dicom_gray {
	int stored; /* bits of a stored value */
	bool is_signed;
	double slope, intercept;      /* where there is no modality table */
	struct dicom_lut modality, voi;
	bool windowed;
	enum dicom_function function;
	double center, width;
	bool inverted;                /* the lowest value is white */
	bool padded;                  /* stored values from pad_from to pad_to are no image: black */
	int pad_from, pad_to;
};

/* Values of a header that may be known to others (PS3.15 does not list them), "" where it says nothing. */
struct dicom_facts {
	char modality[17], view[17], body[17], photometric[17], bits[17], syntax[65], spacing[65], maker[129], intent[17],
		burned[17], lossy[17];
};

/* Values that identify a person or a file: for keyed hashes and the matching of tables, never to be shown. */
struct dicom_identity {
	char sop[129], study[129], patient[261], issuer[261], accession[65];
};

struct dicom {
	char syntax[65]; /* transfer syntax UID */
	int width, height, samples, frames, allocated, high;
	double aspect;   /* height of a pixel by its width */
	size_t native_at; /* where the file's rest is uncompressed words, little-endian; 0: nowhere */
	bool directory, float_pixels, enhanced, for_processing, lossy;
	struct dicom_gray gray;
	struct dicom_facts facts;
	struct dicom_identity identity;
};
void dicom_free(struct dicom *d);

/* Whether the bytes begin as DICOM does: "DICM" at 128, or an element of group 2 or 8. 256 bytes are enough. */
bool dicom_knows(const unsigned char *bytes, size_t n);

/* Reads a header as far as the pixels. -1: not readable as DICOM. *d is to be freed either way. */
int dicom_header(struct dicom *d, const unsigned char *bytes, size_t n, struct err *e);

/* What whoever reads an image asks for, and is told. */
struct dicom_options {
	bool full;           /* the whole range of stored values instead of the header's window or table */
	bool for_processing; /* raw detector data are welcome */
	bool any_aspect;     /* pixels need not be square */
	bool burned, no_window; /* what dicom_decode noticed: names may stand in the pixels; a window that cannot be */
};
/* 0 when an image of this header is one we read, else -1 with the reason. */
int dicom_check(const struct dicom *d, const struct dicom_options *o, struct err *e);
/* The keyword of a transfer syntax in PS3.6, NULL for none that we read. */
const char *dicom_syntax(const char *uid);
bool dicom_is_jpeg(const char *uid); /* baseline, extended or lossless: not JPEG-LS, not 2000 */
bool dicom_is_jpeg2000(const char *uid);
bool dicom_is_lossy(const char *uid); /* its codec may give other values than were stored */

/* A JPEG 2000 code stream of one component to words; any damage that can be seen is an error. */
int dicom_jpeg2000(uint16_t *word, int width, int height, const unsigned char *bytes, size_t n, struct err *e);

/* What a table's white is. The bits of some are the size of an entry, not its range (12-bit data of Agfa in 16): where
 * the largest entry needs less than the bits say, it is what that many can hold. */
int dicom_lut_top(const struct dicom_lut *t);

/* The stored value of a word: native words are shifted and masked; what a lossy codec overshot is clamped. */
int dicom_value(const struct dicom *d, uint16_t word);
/* The brightness, 0 black to 1 white, of a stored value. */
double dicom_gray(const struct dicom_gray *g, int value, bool full);

/* An image of 1 channel, f32 in steps of 1/65535. */
int dicom_decode(struct image *im, const unsigned char *bytes, size_t n, struct dicom_options *o, struct err *e);

#endif
