/* cxr-report: one self-contained HTML page from a folder of results. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/report.h"
#include "tool/tool.h"

enum { OPT_PICTURES = 256, OPT_JSON, OPT_TITLE };
static const struct opt options[] = {
	{'o', "output", "FILE", "write the page here, - is standard output [DIR/report.html]", NULL},
	{OPT_PICTURES, "pictures", "N", "heat maps to show in each group at most [%s]", "6"},
	{OPT_JSON, "json", "FILE", "also write the numbers of all tables here", NULL},
	{OPT_TITLE, "title", "TEXT", "the page's title [what was run on what]", NULL},
	TOOL_OPTIONS, TOOL_END
};
static const struct tool tool = {
	"cxr-report", "[-o FILE] [--pictures N] [--json FILE] [--title TEXT] DIR",
	"Writes one self-contained HTML page from a folder of results.", options
};

typedef int writing(FILE *f, const struct report *r, struct err *e);

/* The file appears whole or not at all. */
static void write_file(const char *path, writing *write, const struct report *r)
{
	struct outfile out;
	struct err e;

	if (outfile_open(&out, path, &e) || write(out.f, r, &e) || outfile_commit(&out, &e))
		die_err(&e);
}

int main(int argc, char **argv)
{
	struct report r = {.shown = 6};
	const char *output = NULL, *json = NULL;
	struct opts o;
	struct err e;
	int key;

	tool_start(&tool, &o, argc, argv);
	while ((key = tool_option(&o)))
		if (key == 'o')
			output = o.arg;
		else if (key == OPT_JSON)
			json = o.arg;
		else if (key == OPT_TITLE)
			r.title = o.arg;
		else
			r.shown = tool_int(&o, 0, 1000);
	if (opts_rest(&o) + 1 != argc)
		die_usage("one folder is needed");
	r.dir = argv[opts_rest(&o)];

	if (report_load(&r, &e))
		die_err(&e);
	char *path = output ? xstrdup(output) : xasprintf("%s/report.html", r.dir);
	if (!strcmp(path, "-") && report_page(stdout, &r, &e))
		die_err(&e);
	else if (strcmp(path, "-"))
		write_file(path, report_page, &r);
	if (json)
		write_file(json, report_json, &r);
	free(path);
	report_free(&r);
	opts_free(&o);
	tool_finish(EXIT_OK);
}
