/* Any bytes as a compressed or plain file, and as an archive of images. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "data/fetch.h"
#include "data/list.h"
#include "data/scan.h"
#include "reached.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_source(const char *path)
{
	static char buf[1 << 16];
	struct source s;
	size_t total = 0;
	ptrdiff_t n;

	if (source_open_any(&s, path, NULL) < 0)
		return;
	while (total < 1 << 22 && (n = source_read(&s, buf, sizeof buf, NULL)) > 0)
		total += (size_t)n;
	source_close(&s);
}

static void read_archive(const char *path)
{
	struct list l = {0};
	struct fetch *f = fetch_new();
	unsigned char *bytes = NULL;
	size_t n, cap = 0;

	scan_add(&l, path, NULL);
	scan_drop_doubles(&l);
	for (size_t i = 0; i < l.n && i < 16; i++)
		fuzz_reached += !fetch_get(f, l.item[i].path, &bytes, &n, &cap, NULL);
	free(bytes);
	fetch_free(f);
	list_free(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = scratch(data, size);

	read_source(path);
	read_archive(path);
	return 0;
}
