/* Shared by the tests of lib/image. */
#ifndef TEST_PIC_H
#define TEST_PIC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "image/decode.h"
#include "image/image.h"

#define DATA "tests/image/data/"

static inline void slurp(const char *name, unsigned char **bytes, size_t *n)
{
	char path[256];
	struct err e;

	snprintf(path, sizeof path, DATA "%s", name);
	if (file_read(path, 1 << 20, bytes, n, &e) < 0)
		fail_msg("%s", e.text);
}

/* Loads a file of tests/image/data by a recipe, "" for none of its own; -1 with the cause in *e. */
static inline int load(struct image *im, const char *name, const char *recipe, struct err *e)
{
	unsigned char *bytes;
	size_t n;
	struct image_facts facts;
	int rc;
	struct recipe r;

	recipe_default(&r);
	if (recipe_parse(&r, recipe, e) < 0)
		fail_msg("%s", e->text);
	slurp(name, &bytes, &n);
	rc = image_load(im, &r, bytes, n, &facts, e);
	free(bytes);
	return rc;
}

static inline void must_load(struct image *im, const char *name, const char *recipe)
{
	struct err e;

	if (load(im, name, recipe, &e) < 0)
		fail_msg("%s: %s", name, e.text);
}

/* Value of pixel (y, x, channel) of the pattern of tests/ref/image_golden.py. */
static inline int pattern(int y, int x, int c)
{
	return (7 * y + 3 * x + 40 * c) % 256;
}

#endif
