/* What kind of weights a file holds. */
#include <string.h>
#include <sys/stat.h>

#include "model.h"

/* By its first bytes; NULL: safetensors, or something that its reader knows better how to refuse. */
static const char *kind_of(const unsigned char head[9])
{
	static const struct {
		const char *magic, *name;
		size_t n;
	} kinds[] = {
		{"PK\3\4", "a zip file (torch, npz)", 4},
		{"PK\5\6", "an empty zip file", 4},
		{"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras)", 8},
		{"\x93NUMPY", "a NumPy array", 6},
	};

	if (head[8] == '{') /* after a length, which may be any bytes */
		return NULL;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (memcmp(head, kinds[i].magic, kinds[i].n) == 0)
			return kinds[i].name;
	if (head[0] == 0x80 && head[1] >= 2 && head[1] <= 5)
		return "a pickle (torch before 1.6)";
	return NULL;
}

void model_check_weights(const char *path)
{
	unsigned char head[9] = {0};
	const char *kind;
	struct source s;
	struct stat st;
	struct err e;

	if (strcmp(path, "-") == 0 || (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		die("%s: cannot import from a pipe or a device: the file is read twice", path);
	if (source_file(&s, path, &e) || source_read(&s, head, sizeof head, &e) < 0)
		die_err(&e);
	source_close(&s);
	if ((kind = kind_of(head)))
		die("%s: %s is not supported yet, only safetensors", path, kind);
}
