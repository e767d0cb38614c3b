/* Plots and images, inside the page. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "report/chapters.h"

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

/* The drawing of an SVG file, and its size; NULL when there is none. Fresh memory. */
static char *drawing(const char *path, int size[2])
{
	unsigned char *bytes;
	char *body = NULL;
	size_t n;

	if (!file_read(path, 8 << 20, &bytes, &n, NULL)) {
		const char *box = strstr((char *)bytes, "viewBox=\"0 0 ");
		size[0] = 400;
		size[1] = 300;
		if (box)
			sscanf(box, "viewBox=\"0 0 %4d %4d", &size[0], &size[1]);
		body = svg_body((char *)bytes);
		free(bytes);
	}
	return body;
}

static void figure(FILE *f, const char *body, const int size[2], const char *caption)
{
	html(f, "<figure class=plot><svg viewBox=\"0 0 %d %d\" role=img aria-label=\"%s\">", size[0], size[1], caption);
	fputs(body, f);
	html(f, "</svg><figcaption>%s</figcaption></figure>\n", caption);
}

void html_plot(FILE *f, const struct report *r, const char *name, const char *caption)
{
	int size[2];
	char *path = xasprintf("%s/plots/%s.svg", r->dir, name), *body = drawing(path, size);

	if (body)
		figure(f, body, size, caption);
	else
		html(f, "<figure class=plot><p class=missing>plots/%s.svg is not in this folder.</p>"
		     "<figcaption>%s</figcaption></figure>\n", name, caption);
	free(body);
	free(path);
}

bool html_png(FILE *f, const char *path, const char *alt)
{
	unsigned char *bytes;
	size_t n;

	if (file_read(path, 32 << 20, &bytes, &n, NULL))
		return false;
	html(f, "<img alt=\"%s\" src=\"data:image/png;base64,", alt);
	html_base64(f, bytes, n);
	fputs("\">", f);
	free(bytes);
	return true;
}

void html_figure(FILE *f, const struct report *r, const char *name, const char *caption)
{
	int size[2];
	char *path = xasprintf("%s/%s", r->dir, name), *body = strstr(name, ".svg") ? drawing(path, size) : NULL;

	if (body) {
		figure(f, body, size, caption);
	} else if (!strstr(name, ".svg") && report_exists(path)) {
		fputs("<figure class=sheet>", f);
		html_png(f, path, caption);
		html(f, "<figcaption>%s</figcaption></figure>\n", caption);
	}
	free(body);
	free(path);
}
