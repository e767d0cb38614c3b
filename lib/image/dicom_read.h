#ifndef IMAGE_DICOM_READ_H
#define IMAGE_DICOM_READ_H

#include "image/dicom.h"

/* What the library that parses DICOM hands over: texts as they stand in the file, tables, words. */

/* Name here, keyword of the standard, which of its values. Numbers come as text, too. */
#define DICOM_TEXTS(X) \
	X(MODALITY, Modality, 0) X(VIEW, ViewPosition, 0) X(BODY, BodyPartExamined, 0) X(MAKER, Manufacturer, 0) \
	X(INTENT, PresentationIntentType, 0) X(BURNED, BurnedInAnnotation, 0) X(LOSSY, LossyImageCompression, 0) \
	X(KIND, SOPClassUID, 0) X(SOP, SOPInstanceUID, 0) X(STUDY, StudyInstanceUID, 0) X(PATIENT, PatientID, 0) \
	X(ISSUER, IssuerOfPatientID, 0) X(ACCESSION, AccessionNumber, 0) \
	X(PHOTOMETRIC, PhotometricInterpretation, 0) X(ROWS, Rows, 0) X(COLUMNS, Columns, 0) \
	X(SAMPLES, SamplesPerPixel, 0) X(FRAMES, NumberOfFrames, 0) X(ALLOCATED, BitsAllocated, 0) \
	X(STORED, BitsStored, 0) X(HIGH, HighBit, 0) X(SIGNED, PixelRepresentation, 0) \
	X(SPACING_Y, PixelSpacing, 0) X(SPACING_X, PixelSpacing, 1) \
	X(IMAGER_Y, ImagerPixelSpacing, 0) X(IMAGER_X, ImagerPixelSpacing, 1) \
	X(ASPECT_Y, PixelAspectRatio, 0) X(ASPECT_X, PixelAspectRatio, 1) \
	X(SLOPE, RescaleSlope, 0) X(INTERCEPT, RescaleIntercept, 0) X(CENTER, WindowCenter, 0) X(WIDTH, WindowWidth, 0) \
	X(FUNCTION, VOILUTFunction, 0) X(SHAPE, PresentationLUTShape, 0) \
	X(PADDING, PixelPaddingValue, 0) X(PADDING_LIMIT, PixelPaddingRangeLimit, 0)

#define DICOM_NAME(name, keyword, at) DICOM_##name,
enum dicom_text { DICOM_TEXTS(DICOM_NAME) DICOM_NTEXT };
#undef DICOM_NAME

struct dicom_raw {
	char syntax[65]; /* transfer syntax UID: the file's own word for it, else what was found */
	bool directory, float_pixels, enhanced;
	size_t end; /* of what was parsed: the pixels' tag and length, where there are any */
	char text[DICOM_NTEXT][264]; /* without blanks around it; "" when absent, what is longer is cut */
	char view_code[65];          /* of the view code sequence */
	struct dicom_lut modality, voi; /* fresh memory; first as the file has it: its sign is not known here */
};

/* The header as far as the pixels. 0; -1 when it cannot be parsed, or a table is broken. */
int dicom_read_header(struct dicom_raw *r, const unsigned char *bytes, size_t n, struct err *e);
/* The words of the first frame of a file whose header was found good. */
int dicom_read_words(const struct dicom *d, const unsigned char *bytes, size_t n, uint16_t *word, struct err *e);

#endif
