/* Standard output on a terminal, which obeys control characters whoever put them into a name: none is let through. */
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/tsv.h"

/* The beginning of a character of which the rest was not written yet. */
static char begun[4];
static size_t nbegun;

/* How many bytes at the end of n are the beginning of a character. */
static size_t unfinished(const char *s, size_t n)
{
	for (size_t k = 1; k < sizeof begun && k <= n; k++) {
		unsigned char c = (unsigned char)s[n - k];

		if (c >= 0xc0)
			return k < (c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2) ? k : 0;
		if (c < 0x80)
			break;
	}
	return 0;
}

static void clean(char *s, size_t n)
{
	for (size_t k; n > 0; s += k, n -= k) {
		k = *s == '\n' || *s == '\t' ? 1 : text_utf8_length(s, n);
		if (!k) {
			*s = '?';
			k = 1;
		}
	}
}

static int put(const char *s, size_t n)
{
	for (ssize_t k; n > 0; s += k, n -= (size_t)k)
		if ((k = write(STDOUT_FILENO, s, n)) < 0)
			return -1;
	return 0;
}

/* Returns 0 for an error, as fopencookie(3) asks. */
static ssize_t write_clean(void *ctx, const char *bytes, size_t n)
{
	size_t all = nbegun + n;
	char *s = xmalloc(all + 1);

	(void)ctx;
	memcpy(s, begun, nbegun);
	memcpy(s + nbegun, bytes, n);
	nbegun = unfinished(s, all);
	memcpy(begun, s + all - nbegun, nbegun);
	clean(s, all - nbegun);
	int rc = put(s, all - nbegun);
	free(s);
	return rc ? 0 : (ssize_t)n;
}

static int put_last(void *ctx)
{
	(void)ctx;
	return nbegun ? put("?", 1) : 0;
}

void tool_clean_terminal(void)
{
	cookie_io_functions_t io = {.write = write_clean, .close = put_last};
	FILE *f = isatty(STDOUT_FILENO) ? fopencookie(NULL, "w", io) : NULL;

	if (!f)
		return;
	setvbuf(f, NULL, _IOLBF, BUFSIZ);
	stdout = f;
}
