/* libFuzzer: any bytes as the stream that is trained on and, behind it, the stream of its lung masks; then every image
 * and mask, moved as training moves them. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "parts.h"
#include "stream_mutator.h"
#include "train/masks.h"
#include "reached.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_masks(struct dataset *d, const struct part *p)
{
	struct train_masks m;
	struct source src;
	struct err e;
	const char *first;

	source_memory(&src, "masks", p->bytes, p->n);
	masks_start(&m, d);
	masks_read(&m, &src, &e);
	masks_end(&m, &first, &e);
	source_close(&src);
}

static void look(const struct dataset *d)
{
	const struct augment_draw draw = {.flip = true};
	size_t n = dataset_values(d), plane = (size_t)d->recipe.width * (size_t)d->recipe.height;
	float *out = xcalloc(n, sizeof *out), *room = xcalloc(n, sizeof *room);
	void *scratch = xcalloc(dataset_scratch(d) + 1, 1);

	fuzz_reached++;
	for (size_t i = 0; i < d->n && i < 4; i++) {
		dataset_get(d, i, i % 2 ? &draw : NULL, scratch, out);
		for (size_t k = 0; k < n; k++)
			if (isnan(out[k]))
				abort();
		if (mask_get(d, i, i % 2 ? &draw : NULL, room, out))
			for (size_t k = 0; k < plane; k++)
				if (!(out[k] >= 0 && out[k] <= 1))
					abort();
	}
	free(dataset_marks(d));
	free(scratch);
	free(room);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct part part[2];
	int n = parts_of(data, size, part, 2);
	struct dataset d;
	struct source src;
	struct err e;

	source_memory(&src, "fuzz", part[0].bytes, part[0].n);
	if (!dataset_read(&d, &src, &e) && d.n) {
		if (n > 1)
			add_masks(&d, &part[1]);
		look(&d);
		dataset_check_classes(&d, "", &e);
	}
	dataset_free(&d);
	source_close(&src);
	if (dataset_map(&d, scratch(part[0].bytes, part[0].n), &e) > 0 && d.n)
		look(&d);
	dataset_free(&d);
	return 0;
}
