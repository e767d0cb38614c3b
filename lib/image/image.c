/* Apart from decoding: tools that only draw need no libvips. */
#include "image/image.h"

#include <stdlib.h>

void image_free(struct image *im)
{
	free(im->u8);
	free(im->f32);
	*im = (struct image){0};
}
