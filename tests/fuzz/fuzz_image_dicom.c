/* Any bytes as a DICOM file: header, checks, pixels, gray scale. What is taken is an image of values from 0 to 1; what
 * is not has a reason. */
#include <stdint.h>
#include <stdlib.h>

#include "image/dicom.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dicom_options o = {.full = size % 2, .for_processing = true, .any_aspect = true};
	struct image im = {0};
	struct err e = {""};

	if (!dicom_knows(data, size))
		return 0;
	if (dicom_decode(&im, data, size, &o, &e) < 0) {
		if (!e.text[0] || im.f32)
			abort();
		return 0;
	}
	fuzz_reached++;
	for (size_t i = 0; i < (size_t)im.width * (size_t)im.height; i++)
		if (!(im.f32[i] >= 0 && im.f32[i] <= 1))
			abort();
	image_free(&im);
	return 0;
}
