/* libFuzzer: any bytes as the SVG of a plot. Of what is let into the page every element is one of shapes and text,
 * each that is opened is closed, and no value says where else to look. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "report/svg.h"
#include "reached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_shape(const char *name)
{
	static const char *const shapes[] = {"g", "path", "polygon", "polyline", "line", "rect", "circle", "ellipse", "text",
		"tspan"};
	size_t n = strcspn(name, " />");

	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		if (strlen(shapes[i]) == n && !memcmp(shapes[i], name, n))
			return 1;
	return 0;
}

/* The attributes of a tag, each NAME="value"; returns its end, a > or the slash before it. */
static const char *check_attributes(const char *p)
{
	for (; *p == ' '; p++) {
		size_t n = strcspn(++p, "=");

		if (!strncasecmp(p, "on", 2) || memmem(p, n, "href", 4) || strncmp(p + n, "=\"", 2))
			abort();
		for (p += n + 2; *p != '"'; p++)
			if (!*p || strchr("<>&", *p) || !strncasecmp(p, "url(", 4))
				abort();
	}
	return p;
}

static void check_drawing(const char *p)
{
	int depth = 0;

	while ((p = strchr(p, '<'))) {
		int closes = *++p == '/';

		if (!is_shape(p += closes))
			abort();
		p = check_attributes(p + strcspn(p, " />"));
		depth += closes ? -1 : *p != '/';
		p += *p == '/';
		if (*p != '>')
			abort();
	}
	if (depth)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size), *drawing;
	int side[2];

	if ((drawing = svg_drawing(text, side))) {
		fuzz_reached += *drawing;
		check_drawing(drawing);
	}
	free(drawing);
	free(text);
	return 0;
}
