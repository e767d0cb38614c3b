#ifndef TESTS_FUZZ_RESUMED_H
#define TESTS_FUZZ_RESUMED_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "left.h"
#include "reached.h"
#include "scratch.h"

/* Writes an output whole into f, or goes on with what is there. 0 or -1. */
typedef int resumed_run(FILE *f, bool resume, struct err *e);

/* What a run from the start makes, made once. */
static char *resumed_whole(resumed_run *run, size_t *n)
{
	static char *bytes;
	static size_t length;
	struct err e;

	if (!bytes) {
		FILE *f = open_memstream(&bytes, &length);

		if (!f || run(f, false, &e) || fclose(f))
			abort();
	}
	*n = length;
	return bytes;
}

/* Any bytes as what a run that died left in its output. Going on with it makes the whole that a run from the start
 * makes, or is an error that leaves the file as it was. An item that is there and has other content is the earlier
 * run's own business. */
static void resumed_check(const uint8_t *data, size_t size, resumed_run *run)
{
	unsigned char *now;
	struct err e;
	size_t n, had, want;
	char *bytes = resumed_whole(run, &want);
	uint8_t *left = left_of(bytes, want, data, size, &had);
	const char *path = scratch(left, had);
	FILE *f = fopen(path, "ab");

	if (!f)
		abort();
	int rc = run(f, true, &e);
	if (fclose(f) || file_read(path, (size_t)1 << 30, &now, &n, &e))
		abort();
	bool same = n == want && !memcmp(now, bytes, n);

	if (!rc && had < want && !memcmp(left, bytes, had) && !same)
		abort();
	if (size <= 2 && (rc || !same))
		abort();
	if (rc && (n < had || memcmp(now, left, had)))
		abort();
	fuzz_reached += !rc && had > 0;
	free(now);
	free(left);
}

#endif
