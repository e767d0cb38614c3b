#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "report.h"

/* Escaped text; control characters that HTML forbids become a replacement character. */
static void put_escaped(FILE *f, const char *s)
{
	for (; *s; s++)
		switch (*s) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		case '\'':
			fputs("&#39;", f);
			break;
		default:
			if (((unsigned char)*s < ' ' && *s != '\n' && *s != '\t') || *s == 127)
				fputs("\xef\xbf\xbd", f);
			else
				putc(*s, f);
		}
}

void html(FILE *f, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	for (const char *p = format; *p; p++) {
		if (*p != '%') {
			putc(*p, f);
			continue;
		}
		switch (*++p) {
		case 's':
			put_escaped(f, va_arg(ap, const char *));
			break;
		case 'd':
			fprintf(f, "%d", va_arg(ap, int));
			break;
		case 'c':
			putc(va_arg(ap, int), f);
			break;
		case 'z':
			p++; /* %zu */
			fprintf(f, "%zu", va_arg(ap, size_t));
			break;
		case '.':
			fprintf(f, "%.*f", p[1] - '0', va_arg(ap, double));
			p += 2; /* %.3f */
			break;
		default:
			putc(*p, f);
		}
	}
	va_end(ap);
}

void html_base64(FILE *f, const unsigned char *bytes, size_t n)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < n; i += 3) {
		unsigned v = bytes[i] << 16 | (i + 1 < n ? bytes[i + 1] << 8 : 0) | (i + 2 < n ? bytes[i + 2] : 0);
		putc(digit[v >> 18], f);
		putc(digit[v >> 12 & 63], f);
		putc(i + 1 < n ? digit[v >> 6 & 63] : '=', f);
		putc(i + 2 < n ? digit[v & 63] : '=', f);
	}
}

void html_missing(FILE *f, const char *file, const char *what)
{
	html(f, "<p class=missing><b>%s</b> is not in this folder, so %s.</p>\n", file, what);
}

void html_number(FILE *f, double x)
{
	if (isfinite(x))
		html(f, "%.3f", x);
	else
		fputs("&ndash;", f);
}

/* The drawing inside a gnuplot SVG: without prolog and without what would clash or load when several are inlined
 * (title, definitions, ids). NULL when it does not look like one. Fresh memory. */
static char *svg_body(const char *svg)
{
	struct text t = {0};
	const char *p = strstr(svg, "<svg"), *end = p ? strstr(p, "</svg>") : NULL, *skip;
	if (!end)
		return NULL;
	p = strchr(p, '>') + 1;
	while (p < end) {
		if (!strncmp(p, "<defs>", 6) && (skip = strstr(p, "</defs>")))
			p = skip + 7;
		else if (!strncmp(p, "<title>", 7) && (skip = strstr(p, "</title>")))
			p = skip + 8;
		else if (!strncmp(p, "<desc>", 6) && (skip = strstr(p, "</desc>")))
			p = skip + 7;
		else if (!strncmp(p, " id=\"", 5) && (skip = strchr(p + 5, '"')))
			p = skip + 1;
		else
			text_addn(&t, p++, 1);
	}
	return t.s;
}

void html_plot(FILE *f, const struct report *r, const char *name, const char *caption)
{
	char *path = xasprintf("%s/plots/%s.svg", r->dir, name), *body = NULL;
	unsigned char *bytes;
	size_t n;
	if (!file_read(path, 8 << 20, &bytes, &n, NULL)) {
		body = svg_body((char *)bytes);
		free(bytes);
	}
	html(f, "<figure class=plot>");
	if (body) {
		html(f, "<svg viewBox=\"0 0 400 300\" role=img aria-label=\"%s\">", caption);
		fputs(body, f);
		fputs("</svg>", f);
	} else {
		html(f, "<p class=missing>plots/%s.svg is not in this folder.</p>", name);
	}
	html(f, "<figcaption>%s</figcaption></figure>\n", caption);
	free(body);
	free(path);
}
