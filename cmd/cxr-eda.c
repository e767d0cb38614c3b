/* cxr-eda: what is in prepared images, before anything is trained on them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eda/eda.h"
#include "stream/stream.h"
#include "tool/tool.h"

static const struct opt options[] = {
	{'o', "output", "DIR", "write the tables and images here [%s]", "eda"},
	TOOL_QUIET, TOOL_OPTIONS, TOOL_END
};
static const struct tool tool = {
	"cxr-eda", "[-q] [-o DIR] [STREAM...]",
	"Describes the images of streams: classes, sizes, intensities, duplicates, shortcuts.", options
};

static void read_stream(struct eda *d, const char *path, int64_t *errors)
{
	struct record r = {0};
	struct source src;
	struct reader in;
	struct err e;
	int rc;

	tool_input(&src, path);
	if (reader_open(&in, &src, &e))
		die_err(&e);
	rc = eda_head(d, &in.head, &e) ? err_prefix(&e, "%s", src.name) : 1;
	while (rc > 0 && (rc = reader_next(&in, &r, &e)) > 0) {
		*errors += record_error(&r) != NULL;
		if (record_is_item(&r) && !record_error(&r) && eda_add(d, &r, &e))
			rc = err_prefix(&e, "%s", src.name);
	}
	if (rc < 0)
		die_err(&e);
	record_free(&r);
	reader_close(&in);
	source_close(&src);
}

static void write_table(const struct eda *d, const char *dir, const char *name,
                        void (*put)(const struct eda *d, FILE *f))
{
	char *path = xasprintf("%s/%s.tsv", dir, name);
	struct outfile out;
	struct err e;

	if (outfile_open_derived(&out, path, &e))
		die_err(&e);
	put(d, out.f);
	if (outfile_commit(&out, &e))
		die_err(&e);
	free(path);
}

static void write_sheet(const struct eda *d, const char *dir, const char *name,
                        int (*draw)(const struct eda *d, const char *path, struct err *e))
{
	char *path = xasprintf("%s/%s.png", dir, name);
	struct err e;

	if (draw(d, path, &e))
		die_err(&e);
	free(path);
}

int main(int argc, char **argv)
{
	struct eda d = {0};
	const char *dir = "eda";
	int64_t errors = 0;
	struct opts o;
	struct err e;

	tool_start(&tool, &o, argc, argv);
	for (int key; (key = tool_option(&o)); )
		if (key == 'o')
			dir = o.arg;
	int first = opts_rest(&o);
	for (int i = first; i < argc || i == first; i++)
		read_stream(&d, i < argc ? argv[i] : NULL, &errors);
	if (d.n == 0)
		die("no images, %lld errors", (long long)errors);
	if (file_mkdirs(dir, &e))
		die_err(&e);
	write_table(&d, dir, "classes", eda_classes);
	write_table(&d, dir, "levels", eda_levels);
	write_table(&d, dir, "sizes", eda_sizes);
	write_table(&d, dir, "duplicates", eda_duplicates);
	if (d.positive)
		write_table(&d, dir, "probe", eda_probe);
	else
		remark("no classes in the stream: no probe");
	write_sheet(&d, dir, "samples", eda_samples);
	write_sheet(&d, dir, "means", eda_means);
	if (errors)
		remark("%lld items with an error were left out", (long long)errors);
	eda_free(&d);
	opts_free(&o);
	tool_finish(EXIT_OK);
}
