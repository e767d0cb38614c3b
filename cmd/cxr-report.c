/* cxr-report: one self-contained HTML page from a folder of results. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/report.h"
#include "tool/tool.h"

enum { OPT_PICTURES = 256, OPT_JSON, OPT_NUMBERS, OPT_TITLE, OPT_MODEL, OPT_SEED, OPT_HASH };
static const struct opt options[] = {
	{'o', "output", "FILE", "write the page here, - is standard output [DIR/report.html]", NULL},
	{OPT_PICTURES, "pictures", "N", "heat maps to show in each group at most [%s]", "6"},
	{OPT_NUMBERS, "numbers", "FILE", "also write the numbers of all tables here, as JSON", NULL},
	{OPT_JSON, "json", NULL, "JSON on standard output: these numbers, and no page without -o", NULL},
	{OPT_MODEL, "model", "FILE", "the model that was measured [DIR/model.safetensors]", NULL},
	{OPT_HASH, "hash-ids", "KEY", "show names of images and patients as hashes under KEY", NULL},
	TOOL_SEED(OPT_SEED, "1"),
	{OPT_TITLE, "title", "TEXT", "the page's title [what was run on what]", NULL},
	TOOL_OPTIONS, TOOL_END
};
static const struct tool tool = {
	"cxr-report", "[-o FILE] [--pictures N] [--numbers FILE] [--json] [--model FILE] [--hash-ids KEY] [--seed N] "
	"[--title TEXT] DIR",
	"Writes one self-contained HTML page from a folder of results.", options
};

typedef int writing(FILE *f, const struct report *r, struct err *e);

/* The file appears whole or not at all. */
static void write_file(const char *path, bool given, writing *write, const struct report *r)
{
	struct outfile out;
	struct err e;
	int rc = given ? outfile_open(&out, path, &e) : outfile_open_derived(&out, path, &e);

	if (rc || write(out.f, r, &e) || outfile_commit(&out, &e))
		die_err(&e);
}

int main(int argc, char **argv)
{
	struct report r = {.shown = 6, .seed = 1};
	const char *output = NULL, *numbers = NULL;
	bool json = false;
	struct opts o;
	struct err e;

	tool_start(&tool, &o, argc, argv);
	for (int key; (key = tool_option(&o)); )
		switch (key) {
		case 'o': output = o.arg; break;
		case OPT_NUMBERS: numbers = o.arg; break;
		case OPT_JSON: json = true; break;
		case OPT_MODEL: r.model_file = o.arg; break;
		case OPT_HASH: r.key = o.arg; break;
		case OPT_SEED: r.seed = tool_int(&o, 0, INT64_MAX); break;
		case OPT_TITLE: r.title = *o.arg ? o.arg : NULL; break;
		case OPT_PICTURES: r.shown = tool_int(&o, 0, 1000); break;
		}
	if (opts_rest(&o) + 1 != argc)
		die_usage("one folder is needed");
	r.dir = argv[opts_rest(&o)];
	if (r.key && !*r.key)
		die_usage("option --hash-ids: under no key names can be guessed");
	if (json && output && !strcmp(output, "-"))
		die_usage("--json and -o - both want standard output");

	if (report_load(&r, &e))
		die_err(&e);
	char *page = output ? xstrdup(output) : json ? NULL : xasprintf("%s/report.html", r.dir);

	if (page && !strcmp(page, "-") ? report_page(stdout, &r, &e) : json && report_json(stdout, &r, &e))
		die_err(&e);
	if (page && strcmp(page, "-"))
		write_file(page, output, report_page, &r);
	if (numbers)
		write_file(numbers, true, report_json, &r);
	free(page);
	report_free(&r);
	opts_free(&o);
	tool_finish(EXIT_OK);
}
