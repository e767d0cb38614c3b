/* Escaping, numbers and the rows of measures. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tsv.h"
#include "report/html.h"

/* Escaped text; control characters that HTML forbids, and bytes that are no UTF-8, become a replacement character. */
static void put_escaped(FILE *f, const char *s)
{
	static const char special[] = "&<>\"'";
	static const char *const escape[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
	size_t left = strlen(s), n;

	for (; left; s += n, left -= n) {
		const char *p = strchr(special, *s);

		n = *s == '\n' || *s == '\t' ? 1 : text_utf8_length(s, left);
		if (p)
			fputs(escape[p - special], f);
		else if (n)
			fwrite(s, 1, n, f);
		else
			fputs("\xef\xbf\xbd", f);
		n += !n;
	}
}

/* No -0.000. */
static double shown(double x, int digits)
{
	return fabs(x) < .5 * pow(10, -digits) ? 0 : x;
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
			fprintf(f, "%.*f", p[1] - '0', shown(va_arg(ap, double), p[1] - '0'));
			p += 2; /* %.3f */
			break;
		default:
			putc(*p, f);
		}
	}
	va_end(ap);
}

void html_path(FILE *f, const char *text)
{
	for (const char *slash; (slash = strchr(text, '/')) != NULL; text = slash + 1) {
		char *part = xstrndup(text, (size_t)(slash + 1 - text));
		html(f, "%s<wbr>", part);
		free(part);
	}
	html(f, "%s", text);
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

void html_range(FILE *f, double lo, double hi)
{
	if (isfinite(lo) && isfinite(hi))
		html(f, "%.3f&thinsp;&ndash;&thinsp;%.3f", lo, hi);
}

void html_whisker(FILE *f, double value, double lo, double hi, double from, double to)
{
	double unit = 100 / (to - from);

	if (!(value >= from && value <= to))
		return;
	fputs("<svg class=whisker viewBox=\"0 0 104 12\" aria-hidden=true><path class=scale d=\"M2 6H102\"/>", f);
	if (from < 0 && to > 0)
		html(f, "<path class=scale d=\"M%.1f 1V11\"/>", 2 - unit * from);
	if (lo >= from && hi <= to)
		html(f, "<path class=bar d=\"M%.1f 6H%.1f\"/>", 2 + unit * (lo - from), 2 + unit * (hi - from));
	html(f, "<circle cx=\"%.1f\" cy=6 r=2.2 /></svg>", 2 + unit * (value - from));
}

void html_measure(FILE *f, const struct word *w, double value, double lo, double hi, double from, double to)
{
	html(f, "<tr><th>%s</th><td>", w->title);
	html_number(f, value);
	fputs("</td><td class=range>", f);
	html_range(f, lo, hi);
	fputs("</td><td class=wide>", f);
	if (w->share)
		html_whisker(f, value, lo, hi, from, to);
	fputs("</td><td class=says>", f);
}

void html_meaning(FILE *f, const struct word *w, bool always)
{
	html(f, "%s%s", w->meaning, w->better < 0 ? "; lower is better" : w->better > 0 && always ? "; higher is better" : "");
}
