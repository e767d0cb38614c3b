/* The stream reader: any bytes are a stream, a document or damage, never a crash, and what was read can be written and
 * read again with the same content. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream/describe.h"
#include "stream/recipe.h"
#include "stream/stream.h"
#include "stream_mutator.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const struct record *a, const struct record *b)
{
	if (a->nmeta != b->nmeta || a->ntensor != b->ntensor)
		abort();
	for (int i = 0; i < a->nmeta; i++)
		if (strcmp(a->meta[i].key, b->meta[i].key) || strcmp(a->meta[i].value, b->meta[i].value))
			abort();
	for (int i = 0; i < a->ntensor; i++) {
		const struct tensor *s = &a->tensor[i], *t = record_tensor(b, s->name);
		if (!t || t->type != s->type || t->ndim != s->ndim || t->bytes != s->bytes ||
		    memcmp(t->shape, s->shape, s->ndim * sizeof *s->shape) || (s->bytes && memcmp(t->data, s->data, s->bytes)))
			abort();
	}
}

static void round_trip(const struct record *r)
{
	char *bytes = NULL;
	size_t n = 0;
	struct err e;
	struct record copy = {0};
	struct source src;
	FILE *f = open_memstream(&bytes, &n);
	if (!f || record_write(r, f, NULL, &e) || fclose(f))
		abort();
	source_memory(&src, "copy", bytes, n);
	if (record_read(&copy, &src, NULL, &e) != 1)
		abort();
	same(r, &copy);
	source_close(&src);
	record_free(&copy);
	free(bytes);
}

/* What every tool asks of an item: names of files, which stay below a folder, and its image. */
static void look_at_item(const struct record *r)
{
	char *name = item_file_name(r, 0), *path = item_path(r);
	struct recipe recipe;
	struct err e;
	float image[6];

	if (!*name || strchr(name, '/') || *path == '/' || !strncmp(path, "../", 3) || strstr(path, "/../"))
		abort();
	recipe_default(&recipe);
	recipe.width = 3;
	recipe.height = 2;
	recipe_set_channels(&recipe, 1);
	if (!recipe_image(&recipe, r, image, &e))
		for (int i = 0; i < 6; i++)
			if (!isfinite(image[i]))
				abort();
	free(name);
	free(path);
}

static void look(const struct record *r)
{
	struct recipe recipe;
	struct classes classes;
	struct err e;
	round_trip(r);
	free(record_json(r, true));
	recipe_default(&recipe);
	if (record_get(r, "recipe") && !recipe_parse(&recipe, record_get(r, "recipe"), &e)) {
		char text[RECIPE_TEXT], again[RECIPE_TEXT];
		struct recipe second;
		recipe_default(&second);
		recipe_format(&recipe, text);
		if (recipe_parse(&second, text, &e) || strcmp(recipe_format(&second, again), text))
			abort();
	}
	if (record_is_item(r))
		look_at_item(r);
	if (record_get(r, "classes") && !classes_parse(&classes, record_get(r, "classes"), &e))
		classes_free(&classes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source src;
	struct reader r;
	struct record rec = {0};
	struct err e;
	int rc;

	source_memory(&src, "fuzz", data, size);
	if (!reader_open_any(&r, &src, &e)) {
		look(&r.head);
		while ((rc = reader_next(&r, &rec, &e)) > 0)
			look(&rec);
		fuzz_reached += !rc && r.items > 0;
		reader_close(&r);
	}
	record_free(&rec);
	source_close(&src);
	return 0;
}
