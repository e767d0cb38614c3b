#ifndef FUZZ_SCRATCH_H
#define FUZZ_SCRATCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The bytes as a file, for what reads by name. One file a process, removed at its end. */
static char scratch_path[64];

static void scratch_remove(void)
{
	unlink(scratch_path);
}

static inline const char *scratch(const uint8_t *data, size_t size)
{
	if (!*scratch_path) {
		snprintf(scratch_path, sizeof scratch_path, "/tmp/cxr-fuzz-%ld", (long)getpid());
		atexit(scratch_remove);
	}
	FILE *f = fopen(scratch_path, "wb");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		abort();
	return scratch_path;
}

#endif
