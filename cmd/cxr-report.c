/* cxr-report: one self-contained HTML page from a folder of results. */
#include <stdlib.h>

#include "base/mem.h"
#include "report.h"
#include "tool/tool.h"

enum { OPT_PICTURES = 256, OPT_JSON };
static const struct opt options[] = {
	{'o', "output", "FILE", "write the page here, - is standard output [DIR/report.html]", NULL},
	{OPT_PICTURES, "pictures", "N", "heat maps to show in each group at most [%s]", "6"},
	{OPT_JSON, "json", "FILE", "also write the numbers of all tables here", NULL},
	TOOL_OPTIONS, TOOL_END
};
static const struct tool tool = {
	"cxr-report", "[-o FILE] [--pictures N] [--json FILE] DIR",
	"Writes one self-contained HTML page from a folder of results.", options
};

typedef void section(FILE *f, const struct report *r);
static section *const one_run[] = {
	section_title, section_summary, section_data, section_training, section_results, section_stress, section_use,
	section_images, section_card, section_run, section_caveats, section_checklists, NULL
};
static section *const several[] = {section_beside, section_differences, section_commands, section_caveats, NULL};

static void page(FILE *f, const struct report *r)
{
	fputs("<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
	      "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; "
	      "img-src data:\">\n<title>cxr-tools report</title>\n<style>\n", f);
	html_style(f);
	fputs("</style>\n</head>\n<body>\n<main>\n", f);
	for (section *const *write = r->beside ? several : one_run; *write; write++)
		(*write)(f, r);
	html(f, "<footer><p class=device>Written by cxr-report %s. Research software, not a medical device.</p></footer>\n"
	     "</main>\n</body>\n</html>\n", CXR_VERSION);
}

int main(int argc, char **argv)
{
	struct report r = {.shown = 6};
	const char *output = NULL, *json = NULL;
	struct outfile out;
	struct opts o;
	struct err e;
	int key;

	tool_start(&tool, &o, argc, argv);
	while ((key = tool_option(&o)))
		if (key == 'o')
			output = o.arg;
		else if (key == OPT_JSON)
			json = o.arg;
		else
			r.shown = tool_int(&o, 0, 1000);
	if (opts_rest(&o) + 1 != argc)
		die_usage("one folder is needed");
	r.dir = argv[opts_rest(&o)];

	if (report_load(&r, &e))
		die_err(&e);
	if (output && output[0] == '-' && !output[1]) {
		page(stdout, &r);
	} else {
		char *path = output ? xstrdup(output) : xasprintf("%s/report.html", r.dir);
		if (outfile_open(&out, path, &e))
			die_err(&e);
		page(out.f, &r);
		if (outfile_commit(&out, &e))
			die_err(&e);
		free(path);
	}
	if (json && (outfile_open(&out, json, &e) || report_json(out.f, &r, &e) || outfile_commit(&out, &e)))
		die_err(&e);
	report_free(&r);
	opts_free(&o);
	tool_finish(EXIT_OK);
}
