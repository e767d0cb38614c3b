/* cxr-show: what is in a stream or a model; single records taken out; shards merged. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/tsv.h"
#include "data/fetch.h"
#include "stream/describe.h"
#include "stream/merge.h"
#include "stream/stream.h"
#include "tool/tool.h"

enum { ITEM = 256, ID, NPY, JSON, CAT };

static const struct opt options[] = {
	{'v', "verbose", NULL, "all metadata, and minimum, mean and maximum of every tensor", NULL},
	{JSON, "json", NULL, "JSON on standard output: an object a record (with -v: figures of tensors too)", NULL},
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

struct show_want {
	bool verbose, json, extract, cat;
	int64_t item; /* -1: not chosen by number */
	const char *id, *npy;
};

/* A record in words */

enum { FEW = 8, SHORT = 72 }; /* tensors and bytes of a value that a line may show */

/* Whatever foreign files hold, a line stays a line. Cut at `most` bytes, between characters. */
static void print_text(const char *s, size_t most)
{
	size_t n = strlen(s), shown = n > most ? most : n;
	while (shown < n && shown > 0 && ((unsigned char)s[shown] & 0xc0) == 0x80)
		shown--;
	text_put_clean(stdout, s, shown);
	if (shown < n)
		fputs("...", stdout);
}

static void print_tensor(const struct tensor *t)
{
	print_text(t->name, SIZE_MAX);
	printf(" %s [", dtype_name(t->type));
	for (int i = 0; i < t->ndim; i++)
		printf("%s%lld", i ? "," : "", (long long)t->shape[i]);
	putchar(']');
}

static void print_tensors(const struct record *r)
{
	size_t bytes = 0;
	for (int i = 0; i < r->ntensor; i++)
		bytes += r->tensor[i].bytes;
	if (r->ntensor > FEW) {
		printf("%d tensors, %zu bytes", r->ntensor, bytes);
		return;
	}
	for (int i = 0; i < r->ntensor; i++) {
		fputs(i ? ", " : "", stdout);
		print_tensor(&r->tensor[i]);
	}
	if (!r->ntensor)
		putchar('-');
}

static void print_kind(const struct record *r)
{
	const char *kind = record_kind(r);
	print_text(*kind ? kind : "-", SHORT);
}

static void print_line(const struct record *r)
{
	print_kind(r);
	putchar('\t');
	print_tensors(r);
	char before = '\t';
	for (int i = 0; i < r->nmeta; i++) {
		if (!strcmp(r->meta[i].key, "cxr"))
			continue;
		putchar(before);
		print_text(r->meta[i].key, SHORT);
		putchar('=');
		print_text(r->meta[i].value, SHORT);
		before = ' ';
	}
	putchar('\n');
}

static void print_figures(const struct tensor *t)
{
	char a[NUM_TEXT], b[NUM_TEXT], c[NUM_TEXT];
	struct stats s = tensor_stats(t);
	printf("  min %s mean %s max %s", num_text(s.min, a), num_text(s.mean, b), num_text(s.max, c));
	if (s.nan)
		printf(" nan %zu", s.nan);
}

static void print_paragraph(const struct record *r)
{
	print_kind(r);
	putchar('\n');
	for (int i = 0; i < r->nmeta; i++) {
		putchar('\t');
		print_text(r->meta[i].key, SIZE_MAX);
		fputs(" = ", stdout);
		print_text(r->meta[i].value, SIZE_MAX);
		putchar('\n');
	}
	for (int i = 0; i < r->ntensor; i++) {
		putchar('\t');
		print_tensor(&r->tensor[i]);
		print_figures(&r->tensor[i]);
		putchar('\n');
	}
}

static void print_record(const struct record *r, bool verbose)
{
	if (verbose)
		print_paragraph(r);
	else
		print_line(r);
}

/* Records chosen */

/* The id as text on the command line: stored strings are escaped, so the argument may be given either way. */
static bool has_id(const struct record *r, const char *want)
{
	const char *id = record_get(r, "id");
	char *plain = id ? text_unescape(id, NULL) : NULL;
	bool same = id && (!strcmp(id, want) || !strcmp(plain, want));
	free(plain);
	return same;
}

static bool is_chosen(const struct show_want *want, const struct record *r, int64_t index)
{
	if (want->item < 0 && !want->id)
		return true;
	if (!record_is_item(r))
		return false;
	return want->id ? has_id(r, want->id) : index == want->item;
}

static void write_npy(const struct record *r, const char *name)
{
	struct err e;
	const struct tensor *t = record_tensor(r, name);
	if (!t)
		die("no tensor %s in the record", name);
	if (tensor_write_npy(t, stdout, &e))
		die("standard output: %s", e.text);
}

static void show(const struct show_want *want, const struct record *r)
{
	struct err e;
	if (want->npy)
		write_npy(r, want->npy);
	else if (want->extract && record_write(r, stdout, NULL, &e))
		die("standard output: %s", e.text);
	else if (want->json) {
		char *text = record_json(r, want->verbose);
		puts(text);
		free(text);
	} else if (!want->extract)
		print_record(r, want->verbose);
}

/* -x and --npy take one record, the first that is chosen: without a choice a model itself, or a stream's first item. */
static void show_stream(struct reader *r, const struct show_want *want)
{
	struct err e;
	struct record rec = {0};
	bool single = want->extract || want->npy, stream = !r->ended, found = false;
	bool all = want->item < 0 && !want->id;
	int rc = 1;
	if (all && !(single && stream)) {
		show(want, &r->head);
		found = true;
	}
	while (!(single && found) && (rc = reader_next(r, &rec, &e)) > 0)
		if (is_chosen(want, &rec, r->items - 1) && (!single || record_is_item(&rec))) {
			show(want, &rec);
			found = true;
		}
	if (rc < 0)
		die_err(&e);
	if (all && stream && !single)
		show(want, &rec); /* the tail */
	if (!found)
		die("%s: no such record", r->src->name);
	record_free(&rec);
}

static struct show_want read_options(struct opts *o)
{
	struct show_want want = {.item = -1};

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
	return want;
}

static void check_options(const struct show_want *want, int operands)
{
	bool one = want->item >= 0 || want->id;

	if (want->cat && (one || want->npy || want->extract || want->json || want->verbose))
		die_usage("--cat goes with no other option");
	if (want->cat && !operands)
		die_usage("--cat needs the shards as operands");
	if (!want->cat && operands > 1)
		die_usage("one file at a time");
	if (want->item >= 0 && want->id)
		die_usage("--item and --id exclude each other");
	if ((want->extract || want->npy) && (want->json || want->verbose || (want->extract && want->npy)))
		die_usage("-x, --npy and a description exclude each other");
	if ((want->extract || want->npy) && isatty(STDOUT_FILENO))
		die_usage("the output is binary: pipe it into another tool or a file");
}

static int open_shard(struct source *s, const char *path, struct err *e)
{
	return source_open_any(s, path, e) || output_check("/dev/stdout", e) ? -1 : 0;
}

static void merge_files(char *const *path, int n)
{
	struct merge m;
	struct err e;

	for (int k = 0; k < n; k++)
		if (!strcmp(path[k], "-"))
			die_usage("--cat reads its shards twice: standard input cannot be one");
	if (merge_open(&m, open_shard, path, n, &e))
		die_err(&e);
	if (!m.tables)
		tool_refuse_terminal();
	if (merge_write(&m, stdout, "standard output", &e))
		die_err(&e);
	merge_free(&m);
}

static void show_file(const struct show_want *want, const char *path)
{
	struct source src;
	struct reader r;
	struct err e;

	tool_input(&src, path);
	if (reader_open_any(&r, &src, &e))
		die_err(&e);
	show_stream(&r, want);
	reader_close(&r);
	source_close(&src);
}

int main(int argc, char **argv)
{
	struct show_want want;
	struct opts o;
	int first;

	tool_start(&tool, &o, argc, argv);
	want = read_options(&o);
	first = opts_rest(&o);
	check_options(&want, argc - first);
	if (want.cat)
		merge_files(argv + first, argc - first);
	else
		show_file(&want, argv[first]);
	opts_free(&o);
	tool_finish(EXIT_OK);
}
