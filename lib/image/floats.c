/* Arrays of floats as files. */
#include "image/image.h"

#include <stdio.h>

#include "base/file.h"
#include "stream/describe.h"

int image_write_npy(const float *v, int width, int height, const char *path, struct err *e)
{
	size_t bytes = (size_t)width * (size_t)height * sizeof *v;
	struct tensor t = {"map", DT_F32, 2, {height, width}, bytes, (void *)v};
	struct outfile o;

	if (outfile_open_derived(&o, path, e))
		return -1;
	if (tensor_write_npy(&t, o.f, e)) {
		outfile_abort(&o);
		return err_prefix(e, "%s", path);
	}
	return outfile_commit(&o, e);
}

/* A negative scale says little-endian. */
int image_write_pfm(const float *v, int width, int height, const char *path, struct err *e)
{
	struct outfile o;

	if (outfile_open_derived(&o, path, e))
		return -1;
	fprintf(o.f, "Pf\n%d %d\n-1.0\n", width, height);
	for (int y = height - 1; y >= 0; y--)
		fwrite(v + (size_t)y * (size_t)width, sizeof *v, (size_t)width, o.f); /* commit checks it */
	return outfile_commit(&o, e);
}
