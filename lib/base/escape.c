/* Text that is safe to store and to show: UTF-8 checked, escapes written and read, control characters replaced. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tsv.h"

/* What ends a line or turns the direction of all that follows: a name with it reads as another. */
static bool misleads(unsigned code)
{
	return (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* Shortest form only, no surrogates, at most U+10FFFF (RFC 3629). C1 controls (U+0080 to U+009F) move a terminal's
 * cursor too. */
size_t text_utf8_length(const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	static const unsigned lowest[] = {0, 0, 0xa0, 0x800, 0x10000};
	if (*s < 0x80)
		return *s >= 0x20 && *s != 0x7f;
	size_t len = *s >= 0xf0 ? 4 : *s >= 0xe0 ? 3 : 2;
	if (*s < 0xc2 || *s > 0xf4 || len > n)
		return 0;
	unsigned code = *s & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	return code >= lowest[len] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) && !misleads(code) ? len : 0;
}

char *text_escape(const char *s, size_t n)
{
	struct text t = {0};
	text_add(&t, "");
	for (size_t i = 0; i < n;) {
		size_t len = text_utf8_length(s + i, n - i);
		if (s[i] == '\\')
			text_add(&t, "\\\\");
		else if (len)
			text_addn(&t, s + i, len);
		else
			text_addf(&t, "\\x%02x", (unsigned char)s[i]);
		i += len ? len : 1;
	}
	return t.s;
}

static int hex(char c)
{
	const char *digits = "0123456789abcdef", *p = c ? strchr(digits, c | 0x20) : NULL;
	return p ? (int)(p - digits) : -1;
}

char *text_unescape(const char *s, size_t *n)
{
	char *out = xmalloc(strlen(s) + 1), *to = out;
	while (*s) {
		if (s[0] == '\\' && s[1] == '\\') {
			*to++ = '\\';
			s += 2;
		} else if (s[0] == '\\' && s[1] == 'x' && hex(s[2]) >= 0 && hex(s[3]) >= 0) {
			*to++ = hex(s[2]) << 4 | hex(s[3]);
			s += 4;
		} else
			*to++ = *s++;
	}
	*to = 0;
	if (n)
		*n = to - out;
	return out;
}

void text_put_json(FILE *f, const char *s)
{
	putc('"', f);
	for (size_t n = strlen(s), len; n > 0; s += len, n -= len) {
		len = text_utf8_length(s, n);
		if (*s == '"' || *s == '\\')
			putc('\\', f);
		if (len)
			fwrite(s, 1, len, f);
		else if ((unsigned char)*s < 0x80)
			fprintf(f, "\\u%04x", (unsigned)*s);
		else
			fputs("\\ufffd", f);
		len += !len;
	}
	putc('"', f);
}

void text_clean(char *s)
{
	for (size_t n = strlen(s), len; n > 0; s += len, n -= len) {
		len = text_utf8_length(s, n);
		if (!len) {
			*s = '?';
			len = 1;
		}
	}
}

void text_put_clean(FILE *f, const char *s, size_t n)
{
	char *copy = xstrndup(s, n);
	text_clean(copy);
	fputs(copy, f);
	free(copy);
}
