/* Arrays of floats as files. Whoever closes the file sees what cannot be written. */
#include "image/image.h"

#include <stdio.h>

#include "stream/describe.h"

int image_put_npy(const float *v, int width, int height, FILE *f, struct err *e)
{
	size_t bytes = (size_t)width * (size_t)height * sizeof *v;
	struct tensor t = {"map", DT_F32, 2, {height, width}, bytes, (void *)v};

	return tensor_write_npy(&t, f, e);
}

/* A negative scale says little-endian. */
void image_put_pfm(const float *v, int width, int height, FILE *f)
{
	fprintf(f, "Pf\n%d %d\n-1.0\n", width, height);
	for (int y = height - 1; y >= 0; y--)
		fwrite(v + (size_t)y * (size_t)width, sizeof *v, (size_t)width, f);
}
