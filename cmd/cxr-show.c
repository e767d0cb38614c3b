#include <unistd.h>

#include "show.h"
#include "stream/stream.h"
#include "tool/tool.h"

enum { ITEM = 256, ID, NPY, JSON, CAT };

static const struct opt options[] = {
	{'v', "verbose", NULL, "all metadata, and minimum, mean and maximum of every tensor", NULL},
	{JSON, "json", NULL, "one JSON object a record (with -v: figures of the tensors too)", NULL},
	{ITEM, "item", "N", "only the N-th item of the stream, from 0", NULL},
	{ID, "id", "ID", "only the items with this id", NULL},
	{'x', "extract", NULL, "write the chosen record itself, a safetensors file", NULL},
	{NPY, "npy", "NAME", "write the tensor NAME of the chosen record as a NumPy file", NULL},
	{CAT, "cat", NULL, "merge shards of a stream or of a score table", NULL},
	TOOL_OPTIONS,
	TOOL_END,
};

static const struct tool tool = {
	"cxr-show",
	"[-v] [--json] [--item N | --id ID] [-x | --npy NAME] [FILE]\n--cat SHARD...",
	"Prints what is in a stream or a model, takes single records out, and merges shards.",
	options,
};

static struct show_want want = {.item = -1};

static void read_options(struct opts *o)
{
	for (int key; (key = tool_option(o));)
		switch (key) {
		case 'v':
			want.verbose = true;
			break;
		case 'x':
			want.extract = true;
			break;
		case JSON:
			want.json = true;
			break;
		case ITEM:
			want.item = tool_int(o, 0, INT64_MAX);
			break;
		case ID:
			want.id = o->arg;
			break;
		case NPY:
			want.npy = o->arg;
			break;
		case CAT:
			want.cat = true;
		}
}

static void check_options(int operands)
{
	bool one = want.item >= 0 || want.id;
	if (want.cat && (one || want.npy || want.extract || want.json || want.verbose))
		die_usage("--cat goes with no other option");
	if (want.cat && !operands)
		die_usage("--cat needs the shards as operands");
	if (!want.cat && operands > 1)
		die_usage("one file at a time");
	if (want.item >= 0 && want.id)
		die_usage("--item and --id exclude each other");
	if ((want.extract || want.npy) && (want.json || want.verbose || (want.extract && want.npy)))
		die_usage("-x, --npy and a description exclude each other");
	if ((want.extract || want.npy) && isatty(STDOUT_FILENO))
		die_usage("the output is binary: pipe it into another tool or a file");
}

int main(int argc, char **argv)
{
	struct opts o;
	struct err e;
	struct source src;
	struct reader r;
	tool_start(&tool, &o, argc, argv);
	read_options(&o);
	int first = opts_rest(&o);
	check_options(argc - first);
	if (want.cat)
		show_cat(argv + first, argc - first);
	else {
		tool_input(&src, first < argc ? argv[first] : NULL);
		if (reader_open_any(&r, &src, &e))
			die_err(&e);
		show_stream(&r, &want);
		reader_close(&r);
		source_close(&src);
	}
	opts_free(&o);
	tool_finish(EXIT_OK);
}
