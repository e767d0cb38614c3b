/* Plots and images, inside the page. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "report/chapters.h"
#include "report/svg.h"

/* The drawing of an SVG file, and its size; NULL when it is absent or, a fault, damaged. Fresh memory. */
static char *drawing(const struct report *r, const char *path, int size[2])
{
	unsigned char *bytes;
	char *body;
	size_t n;
	struct err e;

	if (!report_exists(r, path))
		return NULL;
	if (file_read(path, 8 << 20, &bytes, &n, &e)) {
		report_fault(r, "%s", e.text);
		return NULL;
	}
	if (!(body = svg_drawing((char *)bytes, size)))
		report_fault(r, "%s: not an SVG drawing, or damaged", path);
	free(bytes);
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
	char *path = xasprintf("%s/plots/%s.svg", r->dir, name), *body = drawing(r, path, size);

	if (body)
		figure(f, body, size, caption);
	else
		html(f, "<figure class=plot><p class=missing>plots/%s.svg is not in this folder.</p>"
		     "<figcaption>%s</figcaption></figure>\n", name, caption);
	free(body);
	free(path);
}

/* Whoever may write into the folder may let a link of that name lead to any file, which would leave with the page. */
static int leads_astray(const char *path, const unsigned char *bytes, size_t n, struct err *e)
{
	bool png = n >= 8 && !memcmp(bytes, "\x89PNG\r\n\x1a\n", 8);

	return png ? 0 : file_refuse_link(path, "no PNG image", e);
}

bool html_png(FILE *f, const struct report *r, const char *path, const char *alt)
{
	unsigned char *bytes;
	size_t n;
	struct err e;

	if (!report_exists(r, path))
		return false;
	if (file_read(path, 32 << 20, &bytes, &n, &e)) {
		report_fault(r, "%s", e.text);
		return false;
	}
	if (leads_astray(path, bytes, n, &e)) {
		report_fault(r, "%s", e.text);
		free(bytes);
		return false;
	}
	if (!n)
		report_fault(r, "%s: empty", path);
	html(f, "<img alt=\"%s\" src=\"data:image/png;base64,", alt);
	html_base64(f, bytes, n);
	fputs("\">", f);
	free(bytes);
	return true;
}

void html_figure(FILE *f, const struct report *r, const char *name, const char *caption)
{
	int size[2];
	char *path = xasprintf("%s/%s", r->dir, name), *body = strstr(name, ".svg") ? drawing(r, path, size) : NULL;

	if (body) {
		figure(f, body, size, caption);
	} else if (!strstr(name, ".svg") && report_exists(r, path)) {
		fputs("<figure class=sheet>", f);
		html_png(f, r, path, caption);
		html(f, "<figcaption>%s</figcaption></figure>\n", caption);
	}
	free(body);
	free(path);
}
