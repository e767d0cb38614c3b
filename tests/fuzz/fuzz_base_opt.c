/* libFuzzer: lines of text as the arguments of a tool, and its options' values as numbers and amounts of memory; then
 * the text as help, wrapped. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/choice.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/opt.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct opt table[] = {
	{'h', "help", NULL, "This text", NULL}, {'o', "output", "FILE", "Write there (%s)", "-"},
	{'v', "value", "X", "A number", NULL}, {1000, "level", "SHARE", "An option of a long name only", NULL},
	{1001, "limit", "BYTES", "Another", NULL}, {0, NULL, NULL, NULL, NULL}
};

static void read_value(const char *text)
{
	struct err e;
	double d;
	int64_t v;
	size_t bytes;
	int n;

	if (!text)
		abort();
	num_double(text, &d);
	num_int(text, -5, 5, &v);
	budget_parse(text, &bytes, &e);
	free(choice_split(text, ',', &n));
	choice_has(text, "a");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size), *rest = text, *arg[64] = {(char *)"tool"};
	struct text help = {0};
	struct opts o;
	struct err e;
	int n = 1, key;

	opts_wrap(&help, text, size % 7, 20);
	while (n < 63 && (arg[n] = strsep(&rest, "\n")))
		n++;
	arg[n] = NULL;
	opts_init(&o, table, n, arg);
	while ((key = opts_next(&o, &e)) > 0)
		if (key != 'h') {
			read_value(o.arg);
			fuzz_reached++;
		}
	if (opts_rest(&o) < 1 || opts_rest(&o) > n)
		abort();
	opts_free(&o);
	text_free(&help);
	free(opts_help(table, 20 + size % 80));
	free(text);
	return 0;
}
