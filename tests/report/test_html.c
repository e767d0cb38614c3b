/* What reaches the page is text, whatever is in it; drawings bring shapes and nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "report/svg.h"
#include "unit.h"

static char *escaped(const char *text)
{
	char *s = NULL;
	size_t n;
	FILE *f = open_memstream(&s, &n);

	html(f, "%s", text);
	fclose(f);
	return s;
}

static void text_is_escaped(void **state)
{
	static const struct { const char *text, *html; } cases[] = {
		{"a<b>&\"'c", "a&lt;b&gt;&amp;&quot;&#39;c"},
		{"</style><script>", "&lt;/style&gt;&lt;script&gt;"},
		{"tab\tline\n", "tab\tline\n"},
		{"\x01\x1b[2J\x7f", "\xef\xbf\xbd\xef\xbf\xbd[2J\xef\xbf\xbd"},
		{"\xc3\xa4 \xff \xc2\x9b", "\xc3\xa4 \xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *s = escaped(cases[i].text);
		assert_string_equal(s, cases[i].html);
		free(s);
	}
}

static void formats_are_filled(void **state)
{
	char *s = NULL;
	size_t n;
	FILE *f = open_memstream(&s, &n);

	(void)state;
	html(f, "%d %zu %.2f %c %% ", -3, (size_t)4, 1.005e2, 'x');
	html_number(f, -.0001);
	html_path(f, "a<b/c");
	html_base64(f, (const unsigned char *)"abcd", 4);
	fclose(f);
	assert_string_equal(s, "-3 4 100.50 x % 0.000a&lt;b/<wbr>cYWJjZA==");
	free(s);
}

static void drawings_keep_shapes(void **state)
{
	static const struct { const char *svg, *drawing; } cases[] = {
		{"<svg viewBox=\"0 0 40 30\"><g id='a' fill='red'><path d=\"M0 0\"/></g></svg>",
		 "<g fill=\"red\"><path d=\"M0 0\"/></g>"},
		{"<?xml version='1.0'?><!-- c --><svg><title>t</title><text x='1'>a &lt; b</text></svg>",
		 "<text x=\"1\">a &lt; b</text>"},
		{"<svg><script>alert(1)</script><g/></svg>", "<g/>"},
		{"<svg onload='x()'><g onclick=\"x()\" fill='url(http://e)' style='x'/></svg>", "<g/>"},
		{"<svg><foreignObject><form action='http://e'><g/></form></foreignObject></svg>", ""},
		{"<svg><a href='javascript:x'><text>t</text></a><use href='#b'/><image href='http://e'/></svg>", ""},
		{"<svg><style>*{}</style><![CDATA[<img src=x>]]><SCRIPT></SCRIPT></svg>", ""},
		{"<svg></svg><script>alert(1)</script>", ""},
		{"<svg><text>]]> --></text></svg>", "<text>]]&gt; --&gt;</text>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int size[2];
		char *s = svg_drawing(cases[i].svg, size);
		assert_non_null(s);
		assert_string_equal(s, cases[i].drawing);
		assert_int_equal(size[0], i ? 400 : 40);
		free(s);
	}
}

static void damaged_drawings_are_none(void **state)
{
	static const char *const damaged[] = {
		"", "text", "<svg", "<svg>", "<svg><g></svg>", "<svg></g></svg>", "<svg><g><path></g></path></svg>",
		"<svg><g a=></g></svg>", "<svg><g x='1></g></svg>", "<svg><!-- </svg>", "<svg><g", "<svg><></svg>", "<svg/>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
		int size[2];
		assert_null(svg_drawing(damaged[i], size));
	}
}

/* However deep, an error rather than a crash. */
static void depth_is_bounded(void **state)
{
	char *svg = calloc(1, 4000);
	int size[2];

	(void)state;
	strcpy(svg, "<svg>");
	for (int i = 0; i < 1000; i++)
		strcat(svg, "<g>");
	assert_null(svg_drawing(svg, size));
	free(svg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(formats_are_filled),
		cmocka_unit_test(drawings_keep_shapes),
		cmocka_unit_test(damaged_drawings_are_none),
		cmocka_unit_test(depth_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
