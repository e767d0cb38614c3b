/* SVG files are drawn by gnuplot, but whoever may write into the folder may put others there: what is let into the page
 * is listed here, and nothing else gets in. */
#include "report/svg.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

static const char *const elements[] = {
	"g", "path", "polygon", "polyline", "line", "rect", "circle", "ellipse", "text", "tspan", NULL
};
static const char *const attributes[] = {
	"class", "color", "cx", "cy", "d", "dx", "dy", "fill", "fill-opacity", "fill-rule", "font-family", "font-size",
	"font-style", "font-weight", "height", "opacity", "points", "r", "rx", "ry", "shape-rendering", "stroke",
	"stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-opacity", "stroke-width", "text-anchor",
	"transform", "width", "x", "x1", "x2", "xml:space", "y", "y1", "y2", NULL
};
enum { DEPTH = 64 };
static const char blanks[] = " \t\r\n";

struct svg_reader {
	struct text out;
	const char *p;
	int depth;                /* open elements, the outer svg not counted */
	int left_out;             /* the depth at which one is left out with all that is in it, 0: none is */
	const char *open[DEPTH];  /* their names, in the file */
	size_t length[DEPTH];
};

static bool listed(const char *const *list, const char *name, size_t n)
{
	for (; *list; list++)
		if (strlen(*list) == n && !strncmp(*list, name, n))
			return true;
	return false;
}

/* Drawing needs neither addresses nor references. */
static bool harmless(const char *value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strchr("<>\"\\&", value[i]) || (i + 4 <= n && !strncasecmp(value + i, "url(", 4)))
			return false;
	return true;
}

/* Reads attributes up to the end of the tag and adds those that are let in. True at the end of the tag. */
static bool read_attributes(struct svg_reader *r, bool wanted, bool *empty)
{
	*empty = false;
	for (;;) {
		r->p += strspn(r->p, blanks);
		if (*r->p == '>')
			return r->p++, true;
		if (r->p[0] == '/' && r->p[1] == '>')
			return r->p += 2, *empty = true;
		const char *name = r->p;
		size_t n = strcspn(name, " \t\r\n=<>/\"'");
		const char *quote = name + n + strspn(name + n, blanks);
		if (!n || *quote++ != '=')
			return false;
		quote += strspn(quote, blanks);
		const char *end = *quote == '"' || *quote == '\'' ? strchr(quote + 1, *quote) : NULL;
		if (!end)
			return false;
		if (wanted && listed(attributes, name, n) && harmless(quote + 1, (size_t)(end - quote - 1)))
			text_addf(&r->out, " %.*s=\"%.*s\"", (int)n, name, (int)(end - quote - 1), quote + 1);
		r->p = end + 1;
	}
}

static bool start_tag(struct svg_reader *r)
{
	const char *name = r->p + 1;
	size_t n = strcspn(name, " \t\r\n<>/\"'=");
	bool empty, wanted = !r->left_out && listed(elements, name, n);

	if (!n || r->depth == DEPTH)
		return false;
	if (wanted)
		text_addf(&r->out, "<%.*s", (int)n, name);
	r->p = name + n;
	if (!read_attributes(r, wanted, &empty))
		return false;
	if (wanted)
		text_add(&r->out, empty ? "/>" : ">");
	if (empty)
		return true;
	r->open[r->depth] = name;
	r->length[r->depth++] = n;
	if (!wanted && !r->left_out)
		r->left_out = r->depth;
	return true;
}

static bool end_tag(struct svg_reader *r)
{
	const char *name = r->p + 2;
	size_t n = strcspn(name, " \t\r\n>");

	if (!r->depth || r->length[r->depth - 1] != n || strncmp(r->open[r->depth - 1], name, n))
		return false;
	name += n + strspn(name + n, blanks);
	if (*name != '>')
		return false;
	r->p = name + 1;
	if (!r->left_out)
		text_addf(&r->out, "</%.*s>", (int)n, r->open[r->depth - 1]);
	if (r->left_out == r->depth--)
		r->left_out = 0;
	return true;
}

/* Past a comment, an instruction, a declaration or a CDATA section; none is copied. */
static bool skip(struct svg_reader *r)
{
	static const struct { const char *start, *end; } what[] = {
		{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}, {"<!", ">"},
	};

	for (size_t i = 0; i < sizeof what / sizeof *what; i++)
		if (!strncmp(r->p, what[i].start, strlen(what[i].start))) {
			const char *end = strstr(r->p + strlen(what[i].start), what[i].end);
			r->p = end ? end + strlen(what[i].end) : r->p;
			return end;
		}
	return false;
}

/* Everything up to the end of the outer svg. */
static bool read_content(struct svg_reader *r)
{
	for (;;) {
		size_t n = strcspn(r->p, "<");

		if (!r->left_out)
			for (size_t i = 0; i < n; i++)
				text_addn(&r->out, r->p[i] == '>' ? "&gt;" : r->p + i, r->p[i] == '>' ? 4 : 1);
		r->p += n;
		if (!*r->p)
			return false;
		if (!r->depth && !strncmp(r->p, "</svg", 5))
			return true;
		if (r->p[1] == '/' ? !end_tag(r) : strchr("!?", r->p[1]) && r->p[1] ? !skip(r) : !start_tag(r))
			return false;
	}
}

char *svg_drawing(const char *svg, int size[2])
{
	const char *start = strstr(svg, "<svg"), *box = strstr(svg, "viewBox=\"0 0 ");
	struct svg_reader r = {.p = start ? start + strlen("<svg") : NULL};
	bool empty;

	size[0] = 400;
	size[1] = 300;
	if (box)
		sscanf(box, "viewBox=\"0 0 %4d %4d", &size[0], &size[1]);
	if (start && read_attributes(&r, false, &empty) && !empty && read_content(&r))
		return r.out.s ? r.out.s : xstrdup("");
	text_free(&r.out);
	return NULL;
}
