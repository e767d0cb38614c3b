/* What kind of weights a file holds. */
#include <string.h>

#include "model.h"

const char *model_kind_of(const char *path)
{
	static const struct {
		const char *magic, *name;
		size_t n;
	} kinds[] = {
		{"PK\3\4", "a zip file (torch, npz)", 4},
		{"\x80\x02\x8a\x0a", "a torch file of the old form", 4},
		{"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras)", 8},
		{"\x93NUMPY", "a numpy array", 6},
	};
	unsigned char head[8] = {0};
	struct source s;
	struct err e;

	if (source_file(&s, path, &e))
		return NULL;
	if (source_read(&s, head, sizeof head, &e) < 0)
		head[0] = 0;
	source_close(&s);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (memcmp(head, kinds[i].magic, kinds[i].n) == 0)
			return kinds[i].name;
	return NULL;
}
