#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/tsv.h"
#include "show.h"
#include "stream/describe.h"

enum { FEW = 8, SHORT = 72 }; /* tensors and bytes of a value that a line may show */

/* Whatever foreign files hold, a line stays a line. Cut at `most` bytes, between characters. */
static void put_text(const char *s, size_t most)
{
	size_t n = strlen(s), shown = n > most ? most : n;
	while (shown < n && shown > 0 && ((unsigned char)s[shown] & 0xc0) == 0x80)
		shown--;
	text_put_clean(stdout, s, shown);
	if (shown < n)
		fputs("...", stdout);
}

static void put_tensor(const struct tensor *t)
{
	put_text(t->name, SIZE_MAX);
	printf(" %s [", dtype_name(t->type));
	for (int i = 0; i < t->ndim; i++)
		printf("%s%lld", i ? "," : "", (long long)t->shape[i]);
	putchar(']');
}

static void put_tensors(const struct record *r)
{
	size_t bytes = 0;
	for (int i = 0; i < r->ntensor; i++)
		bytes += r->tensor[i].bytes;
	if (r->ntensor > FEW) {
		printf("%d tensors, %zu bytes", r->ntensor, bytes);
		return;
	}
	for (int i = 0; i < r->ntensor; i++) {
		fputs(i ? ", " : "", stdout);
		put_tensor(&r->tensor[i]);
	}
	if (!r->ntensor)
		putchar('-');
}

static void put_kind(const struct record *r)
{
	const char *kind = record_kind(r);
	put_text(*kind ? kind : "-", SHORT);
}

static void put_line(const struct record *r)
{
	put_kind(r);
	putchar('\t');
	put_tensors(r);
	char before = '\t';
	for (int i = 0; i < r->nmeta; i++) {
		if (!strcmp(r->meta[i].key, "cxr"))
			continue;
		putchar(before);
		put_text(r->meta[i].key, SHORT);
		putchar('=');
		put_text(r->meta[i].value, SHORT);
		before = ' ';
	}
	putchar('\n');
}

static void put_figures(const struct tensor *t)
{
	char a[NUM_TEXT], b[NUM_TEXT], c[NUM_TEXT];
	struct stats s = tensor_stats(t);
	printf("  min %s mean %s max %s", num_text(s.min, a), num_text(s.mean, b), num_text(s.max, c));
	if (s.nan)
		printf(" nan %zu", s.nan);
}

static void put_paragraph(const struct record *r)
{
	put_kind(r);
	putchar('\n');
	for (int i = 0; i < r->nmeta; i++) {
		putchar('\t');
		put_text(r->meta[i].key, SIZE_MAX);
		fputs(" = ", stdout);
		put_text(r->meta[i].value, SIZE_MAX);
		putchar('\n');
	}
	for (int i = 0; i < r->ntensor; i++) {
		putchar('\t');
		put_tensor(&r->tensor[i]);
		put_figures(&r->tensor[i]);
		putchar('\n');
	}
}

void show_record(const struct record *r, bool verbose)
{
	if (verbose)
		put_paragraph(r);
	else
		put_line(r);
}
