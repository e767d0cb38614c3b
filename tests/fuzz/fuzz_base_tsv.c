/* Text tables and escapes: any bytes are rows or an error, and what was read is written and read the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tsv.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As it is in a table: behind a first line, which is asked what kind of file it begins. */
static void same_again(const struct tsv *t)
{
	char *bytes;
	size_t n;
	struct source src;
	struct tsv copy;
	struct err e;
	FILE *f = open_memstream(&bytes, &n);

	if (!f)
		abort();
	fprintf(f, "%0300d\n", 0); /* longer than any magic number (base/kind) is far in: what follows is a row */
	for (int i = 0; i < t->nfield; i++)
		tsv_put(f, t->field[i], i + 1 < t->nfield ? '\t' : '\n');
	fclose(f);
	source_memory(&src, "copy", bytes, n);
	tsv_init(&copy, &src, '\n');
	if (tsv_next(&copy, &e) != 1 || tsv_next(&copy, &e) != 1 || copy.nfield != t->nfield)
		abort();
	for (int i = 0; i < t->nfield; i++)
		if (strcmp(copy.field[i], t->field[i]))
			abort();
	tsv_free(&copy);
	source_close(&src);
	free(bytes);
}

static void escapes(const uint8_t *data, size_t size)
{
	size_t n;
	char *s = text_escape((const char *)data, size), *back = text_unescape(s, &n);
	if (n != size || (n && memcmp(back, data, n)))
		abort();
	free(back);
	free(text_unescape(s, &n));
	free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source src;
	struct tsv t;
	struct err e;
	double d;
	int64_t v;
	source_memory(&src, "fuzz", data, size);
	tsv_init(&t, &src, size && data[0] == '0' ? '\0' : '\n');
	while (tsv_next(&t, &e) > 0) {
		fuzz_reached++;
		for (int i = 0; i < t.nfield; i++) {
			num_double(t.field[i], &d);
			num_int(t.field[i], INT64_MIN, INT64_MAX, &v);
		}
		if (t.delimiter)
			same_again(&t);
	}
	tsv_free(&t);
	source_close(&src);
	escapes(data, size);
	return 0;
}
