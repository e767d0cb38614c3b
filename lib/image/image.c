/* Memory of images, apart from decoding: tools that only draw need no libvips. */
#include "image/image.h"

#include <stdlib.h>

#include "base/budget.h"
#include "image/decode.h"

void image_free(struct image *im)
{
	free(im->u8);
	free(im->f32);
	*im = (struct image){0};
}

int image_check_size(int64_t width, int64_t height, struct err *e)
{
	if (width < 1 || height < 1)
		return err_set(e, "no pixels");
	if (width > IMAGE_MAX_PIXELS || height > IMAGE_MAX_PIXELS || width * height > IMAGE_MAX_PIXELS)
		return err_set(e, "%lld x %lld pixels are more than the allowed %d million", (long long)width,
		               (long long)height, IMAGE_MAX_PIXELS / 1000000);
	return 0;
}

int image_alloc(struct image *im, int width, int height, int channels, bool u8, struct err *e)
{
	size_t n = (size_t)width * height * channels;

	*im = (struct image){.width = width, .height = height, .channels = channels};
	if (u8)
		im->u8 = budget_grow(NULL, n, "an image", e);
	else
		im->f32 = budget_grow(NULL, n * sizeof *im->f32, "an image", e);
	if (im->u8 || im->f32)
		return 0;
	*im = (struct image){0};
	return -1;
}
