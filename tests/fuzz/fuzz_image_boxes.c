/* libFuzzer: any bytes as a table of boxes, or as cxr-phantom's truth.tsv; then the mask of an item that it knows. */
#include <stdint.h>
#include <stdlib.h>

#include "image/mask.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct masks m = {.path = "boxes"};
	struct record item = {0};
	struct recipe r;
	struct source src;
	struct err e;

	recipe_default(&r);
	r.width = r.height = 16;
	record_set(&item, "cxr", "item");
	record_set(&item, "width", "65536");
	record_set(&item, "height", "70");
	source_memory(&src, "fuzz", data, size);
	if (!masks_read(&m, &src, &e))
		for (size_t i = 0; i < m.boxes.n && i < 20; i++) {
			unsigned char *mask = NULL;

			record_set(&item, "id", m.boxes.box[i].name);
			if (masks_find(&m, &r, &item, &mask, &e) == MASK_FOUND) {
				fuzz_reached++;
				for (int k = 0; k < 16 * 16; k++)
					if (mask[k] > 1)
						abort();
			}
			free(mask);
		}
	masks_close(&m);
	record_free(&item);
	source_close(&src);
	return 0;
}
