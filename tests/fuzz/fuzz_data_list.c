/* Any bytes as a list: read, or refused; what was read can be split, filtered, written, and read to the same text. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/list.h"
#include "data/split.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_bytes(struct list *l, const void *bytes, size_t n, char delimiter)
{
	struct source src;
	struct err e;
	int r;

	*l = (struct list){0};
	source_memory(&src, "fuzz", bytes, n);
	r = list_read(l, &src, delimiter, &e);
	source_close(&src);
	return r;
}

static char *text_of(const struct list *l, size_t *n)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, n);

	if (f == NULL)
		abort();
	list_write(l, f);
	if (fclose(f) != 0)
		abort();
	return text;
}

static void round_trip(const struct list *l)
{
	struct list again;
	size_t n, m;
	char *text = text_of(l, &n), *twice;

	if (read_bytes(&again, text, n, '\n') < 0)
		abort();
	twice = text_of(&again, &m);
	if (n != m || memcmp(text, twice, n) != 0)
		abort();
	list_free(&again);
	free(text);
	free(twice);
}

static void split(struct list *l)
{
	struct shares s;
	size_t left;

	if (shares_parse(&s, "train=0.8,val=0.2", NULL) < 0)
		abort();
	split_list(l, &(struct split_options){.shares = &s, .keep = "test"}, &left, NULL);
	shares_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct list l;
	char delimiter = size > 0 && data[size - 1] == '\0' ? '\0' : '\n';

	if (read_bytes(&l, data, size, delimiter) == 0) {
		fuzz_reached++;
		round_trip(&l);
		free(list_classes(&l));
		split(&l);
		list_only(&l, "split=train,", NULL);
		if (!list_shard(&l, (struct shard){1, 2}, NULL))
			round_trip(&l);
	}
	list_free(&l);
	return 0;
}
